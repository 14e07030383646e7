package accounts

import (
	"slices"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/synclog"
)

// Notice tells the account's state in four parts: what happened, what it means, what we do and when,
// what the creator can do. All is empty when all is well. steps are the newest run's.
func (acc *Account) Notice(now time.Time, steps []*ent.SyncLog) Notice {
	return noticeWriter{acc}.notice(now, steps)
}

// noticeWriter writes an account's notice: each kind of trouble has a method.
type noticeWriter struct{ *Account }

func (acc noticeWriter) notice(now time.Time, steps []*ent.SyncLog) Notice {
	n := Notice{Platform: acc.Row.Platform, Handle: acc.Handle(), ConnectionID: acc.Row.ID}
	switch acc.Row.Status {
	case connection.StatusDisconnected:
		return acc.saysGone(n, now)
	case connection.StatusNeedsReconnect:
		return acc.saysEnded(n, now)
	case connection.StatusPaused:
		n.Happened = words.New("creator.notice.paused", "When", when(acc.Row.StatusSince, now))
		n.Means = acc.keptNumbers(now)
		return n
	default: // access is there: the runs tell the rest
	}
	if acc.Row.StatusCode == platform.BlockedCode {
		return acc.saysBlocked(n, now)
	}
	if r := acc.Active(); r != nil {
		return acc.saysActive(n, r, now)
	}
	if acc.failed() {
		n.Tone = "warn"
		return acc.saysLate(n, acc.Last, now)
	}
	switch acc.Row.Status {
	case connection.StatusExpiring:
		return acc.saysExpiring(n, now)
	case connection.StatusLimited:
		return acc.saysLimited(n)
	default: // nothing to say of access
	}
	if what, at := acc.behindSince(now); what != "" {
		n.Tone, n.You = "warn", words.New("creator.notice.noAction")
		switch {
		case at == nil:
			n.Happened = words.New("creator.notice.behindNever", "What", Named(nouns, what), "Account", n.Handle)
		case what == "profile":
			n.Happened = words.New("creator.notice.behindProfile", "Account", n.Handle, "When", when(at, now))
		default:
			n.Happened = words.New(
				"creator.notice.behind",
				"What",
				Named(nouns, what),
				"Account",
				n.Handle,
				"When",
				when(at, now),
			)
		}
		n.Means, n.We = words.New("creator.notice.behindMeans"), acc.tryingAgain(now)
		return n
	}
	if acc.Freshness(now).Status == "stale" {
		n.Tone = "warn"
		n.Happened = words.New("creator.notice.stale", "Account", n.Handle)
		n.Means = acc.newNumbersFrom(now)
		n.We = acc.tryingAgain(now)
		n.You = words.New("creator.notice.noAction")
		return n
	}
	return acc.saysPartial(n, steps, now)
}

func (acc noticeWriter) saysBlocked(n Notice, now time.Time) Notice {
	name := acc.Spec.Name
	n.Tone = "warn"
	n.Happened = words.New(
		"creator.notice.blocked",
		"Platform",
		name,
		"Account",
		n.Handle,
		"When",
		when(acc.Row.StatusSince, now),
	)
	n.Means = acc.newNumbersFrom(now)
	n.We = acc.tryingAgain(now)
	n.You = words.New("creator.notice.blockedYou", "Platform", name, "Account", n.Handle)
	return n
}

func (acc noticeWriter) saysGone(n Notice, now time.Time) Notice {
	n.Happened = words.New("creator.notice.gone", "Account", n.Handle, "When", when(acc.Row.DisconnectedAt, now))
	if acc.Row.DeleteBy != nil {
		n.Means = words.New("creator.notice.goneDelete", "Platform", acc.Spec.Name)
		n.You = words.New("creator.notice.reconnectBefore")
		return n
	}
	n.Means = words.New("creator.notice.goneKept")
	return n
}

func (acc noticeWriter) saysEnded(n Notice, now time.Time) Notice {
	name, since := acc.Spec.Name, when(acc.Row.StatusSince, now)
	n.Tone, n.Action, n.ActionLabel = "err", "reconnect", words.New("creator.notice.reconnect", "Account", n.Handle)
	n.Means, n.You = acc.keptNumbers(now), words.New("creator.notice.reconnectNew")
	if acc.Row.DeleteBy != nil {
		n.Means = words.New("creator.notice.keptUntil", "Platform", name, "Day", date(*acc.Row.DeleteBy, now))
		n.You = words.New("creator.notice.reconnectBefore")
	}
	switch fault.Code(acc.Row.StatusCode) {
	case fault.AuthRevoked:
		n.Happened = words.New("creator.notice.ended", "Platform", name, "Account", n.Handle, "When", since)
		if acc.Row.StatusDetail == platform.DetailStopped { // that was us
			n.Happened = words.New("creator.notice.stopped", "Platform", name, "Account", n.Handle, "When", since)
		}
	case fault.AuthExpired:
		n.Happened = words.New("creator.notice.expired", "Platform", name, "Account", n.Handle, "When", since)
	case fault.ScopeMissing:
		n.Happened = acc.lostPermission(n.Handle, since)
	case fault.NotFound:
		n.Happened = words.New("creator.notice.notFound", "Platform", name, "Account", n.Handle, "When", since)
		n.You = words.New("creator.notice.reconnectBack")
	default:
		n.Happened = words.New("creator.notice.confirm", "Platform", name, "Account", n.Handle)
	}
	return n
}

func (acc noticeWriter) lostPermission(handle string, since words.Text) words.Text {
	required, _ := acc.Spec.MissingScopes(acc.Row.Scopes)
	if len(required) == 0 {
		return words.New("creator.notice.scopeUnknown", "Platform", acc.Spec.Name, "Account", handle, "When", since)
	}
	return words.New(
		"creator.notice.scope",
		"Platform",
		acc.Spec.Name,
		"Account",
		handle,
		"When",
		since,
		"Permission",
		required[0].Label,
	)
}

func (acc noticeWriter) saysActive(n Notice, r *ent.Run, now time.Time) Notice {
	switch r.State {
	case run.StateDeferred:
		if n = acc.saysLate(n, r, now); r.NextAttemptAt != nil {
			n.We = words.New("creator.notice.next", "At", clock(*r.NextAttemptAt, now))
		}
		return n
	case run.StateRetrying:
		n.Tone = "warn"
		return acc.saysLate(n, r, now)
	default: // under way
	}
	if acc.AsOf() == nil {
		n.Tone = "info"
		n.Happened = words.New("creator.notice.connected", "Account", n.Handle)
		n.We = words.New("creator.notice.first")
	}
	return n
}

// saysLate tells what kept a run from ending well.
func (acc noticeWriter) saysLate(n Notice, r *ent.Run, now time.Time) Notice {
	name, at := acc.Spec.Name, when(latest(r), now)
	n.Means, n.We, n.You = acc.newNumbersFrom(now), acc.tryingAgain(now), words.New("creator.notice.noAction")
	switch fault.Code(r.ErrorCode) {
	case fault.Timeout:
		n.Happened = words.New("creator.notice.timeout", "Platform", name, "When", at)
	case fault.Network:
		n.Happened = words.New("creator.notice.network", "Platform", name, "When", at)
	case fault.PlatformError:
		n.Happened = words.New("creator.notice.problem", "Platform", name, "When", at)
	case fault.BadResponse:
		n.Happened = words.New("creator.notice.unexpected", "Platform", name, "When", at)
	case fault.RateLimit:
		n.Happened = words.New("creator.notice.rate", "Platform", name, "When", at)
	case fault.QuotaExhausted:
		n.Happened = words.New("creator.notice.quota", "Platform", name)
	case fault.AppRefused:
		n.Happened = words.New("creator.notice.refused", "Platform", name, "When", at)
		n.Means = words.Sentences(words.New("creator.notice.refusedMeans", "Platform", name), n.Means)
		n.We = words.Sentences(words.New("creator.notice.refusedWe"), n.We)
	case fault.NotFound:
		n.Happened = words.New("creator.notice.notFound", "Platform", name, "Account", n.Handle, "When", at)
	case fault.AuthFailed, fault.AuthExpired, fault.AuthRevoked:
		n.Happened = words.New("creator.notice.denied", "Platform", name, "Account", n.Handle, "When", at)
	case fault.ScopeMissing:
		n.Happened = words.New("creator.notice.notAllowed", "Platform", name, "Account", n.Handle, "When", at)
	case "":
		n.Happened = words.New("creator.notice.turn", "Account", n.Handle)
	default:
		n.Happened = words.New("creator.notice.internal", "When", at)
	}
	return n
}

func (acc noticeWriter) saysExpiring(n Notice, now time.Time) Notice {
	n.Tone, n.Action, n.ActionLabel = "warn", "reconnect", words.New("creator.notice.reconnect", "Account", n.Handle)
	n.Means = words.New("creator.notice.fromTime", "Platform", acc.Spec.Name)
	if at := acc.actBy(); at != nil {
		n.Happened = words.New("creator.notice.ends", "Account", n.Handle, "When", inDays(*at, now))
		n.You = words.New("creator.notice.endsYou", "At", clock(*at, now))
		return n
	}
	n.Happened = words.New("creator.notice.endsSoon", "Account", n.Handle)
	n.You = words.New("creator.notice.keepAccess")
	return n
}

func (acc noticeWriter) saysLimited(n Notice) Notice {
	optional := acc.withheld()
	var labels []words.Text
	for _, s := range optional {
		labels = append(labels, words.New("creator.notice.quoted", "Text", s.Label))
	}
	n.Tone, n.Action, n.ActionLabel = "warn", "grant", words.New("creator.notice.grant", "Count", max(1, len(labels)))
	n.Happened = words.New("creator.notice.someMissing", "Account", n.Handle)
	lost := slices.DeleteFunc(acc.missing(), func(m string) bool { return slices.Contains(acc.Spec.Unavailable, m) })
	if len(lost) > 0 {
		n.Happened = words.New("creator.notice.missing", "Account", n.Handle, "Numbers", metricList(lost))
	}
	n.Means = words.New("creator.notice.permissionMissing")
	if len(labels) > 0 {
		n.Means = words.New("creator.notice.permissions", "Count", len(labels), "Names", words.List(labels...))
	}
	return n
}

// saysPartial tells which part of the newest sync is missing.
func (acc noticeWriter) saysPartial(n Notice, steps []*ent.SyncLog, now time.Time) Notice {
	if acc.Last == nil || acc.Last.State != run.StatePartial {
		return n
	}
	var parts []words.Text
	for _, l := range steps {
		if l.Attempt == acc.Last.Attempt && l.Status != synclog.StatusSuccess {
			parts = append(parts, words.New(stepNouns[l.SyncType]))
		}
	}
	n.Happened = words.New("creator.notice.partial", "Account", n.Handle)
	if len(parts) > 0 {
		n.Happened = words.New("creator.notice.partialParts", "Account", n.Handle, "Parts", words.List(parts...))
	}
	n.Means = words.New("creator.notice.lastReading")
	n.We = acc.tryingAgain(now)
	return n
}

func (acc noticeWriter) newNumbersFrom(now time.Time) words.Text {
	if at := acc.AsOf(); at != nil {
		return words.New("creator.notice.from", "At", clock(*at, now))
	}
	return words.New("creator.notice.noNumbers")
}

func (acc noticeWriter) keptNumbers(now time.Time) words.Text {
	if at := acc.AsOf(); at != nil {
		return words.New("creator.notice.kept", "Day", date(*at, now))
	}
	return words.Text{}
}

func (acc noticeWriter) tryingAgain(now time.Time) words.Text {
	if at := acc.retryAt(now); at != nil {
		return words.New("creator.notice.next", "At", clock(*at, now))
	}
	return words.New("creator.notice.nextDaily")
}

// latest is when a run last did something.
func latest(r *ent.Run) *time.Time {
	if r.CompletedAt != nil {
		return r.CompletedAt
	}
	return r.StartedAt
}

// metricList lists metrics in a sentence: saves, shares and reach.
func metricList(metrics []string) words.Value {
	out := make([]words.Text, len(metrics))
	for i, m := range metrics {
		out[i] = Named(MetricNouns, m)
	}
	return words.List(out...)
}
