package analytics

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/synclog"
)

// says tells the account's state in four parts: what happened, what it means, what we do and when,
// what the creator can do. All is empty when all is well. steps are the newest run's.
func (acc *account) says(now time.Time, steps []*ent.SyncLog) Notice {
	n := Notice{Platform: acc.c.Platform, Handle: acc.handle(), ConnectionID: acc.c.ID}
	switch acc.c.Status {
	case connection.StatusDisconnected:
		return acc.saysGone(n, now)
	case connection.StatusNeedsReconnect:
		return acc.saysEnded(n, now)
	case connection.StatusPaused:
		n.Happened = "An admin paused syncing" + since(acc.c.StatusSince, now) + "."
		n.Means = acc.safe(now)
		return n
	default: // access is there: the runs tell the rest
	}
	if acc.c.StatusCode == platform.BlockedCode {
		return acc.saysBlocked(n, now)
	}
	if r := acc.active(); r != nil {
		return acc.saysActive(n, r, now)
	}
	if acc.failed() {
		n.Tone = "warn"
		return acc.saysLate(n, acc.last, now)
	}
	switch acc.c.Status {
	case connection.StatusExpiring:
		return acc.saysExpiring(n, now)
	case connection.StatusLimited:
		return acc.saysLimited(n)
	default: // nothing to say of access
	}
	if what, at := acc.behindSince(now); what != "" {
		n.Tone, n.You = "warn", "No action needed."
		n.Happened = fmt.Sprintf("The %s of %s have not been read%s.", what, n.Handle, since(at, now))
		if what == "profile" {
			n.Happened = fmt.Sprintf("The profile of %s has not been read%s.", n.Handle, since(at, now))
		}
		n.Means, n.We = "Their numbers are from then. All others are up to date.", acc.again(now)
		return n
	}
	if acc.fresh(now).Status == "stale" {
		n.Tone = "warn"
		n.Happened = fmt.Sprintf("The daily sync of %s did not come through.", n.Handle)
		n.Means = acc.from(now)
		n.We = acc.again(now)
		n.You = "You need not do anything."
		return n
	}
	return acc.saysPartial(n, steps, now)
}

func (acc *account) saysBlocked(n Notice, now time.Time) Notice {
	name := acc.spec.Name
	n.Tone = "warn"
	n.Happened = fmt.Sprintf("%s is holding %s back%s.", name, n.Handle, since(acc.c.StatusSince, now))
	n.Means = acc.from(now)
	n.We = acc.again(now)
	n.You = fmt.Sprintf("Sign in at %s as %s and follow what it asks. No need to reconnect here.", name, n.Handle)
	return n
}

func (acc *account) saysGone(n Notice, now time.Time) Notice {
	n.Happened = fmt.Sprintf("%s was disconnected%s.", n.Handle, since(acc.c.DisconnectedAt, now))
	if acc.c.DeleteBy != nil {
		n.Means = fmt.Sprintf("%s asks that its numbers are deleted after that.", acc.spec.Name)
		n.You = "Reconnect before then to keep them."
		return n
	}
	n.Means = "The numbers so far are kept, and not updated any more."
	return n
}

func (acc *account) saysEnded(n Notice, now time.Time) Notice {
	name, when := acc.spec.Name, since(acc.c.StatusSince, now)
	n.Tone, n.Action, n.ActionLabel = "err", "reconnect", "Reconnect "+n.Handle
	n.Means, n.You = acc.safe(now), "Reconnect to go on."
	if acc.c.DeleteBy != nil {
		n.Means = fmt.Sprintf("%s's terms let numbers be kept until %s.", name, date(*acc.c.DeleteBy, now))
		n.You = "Reconnect before then to keep them."
	}
	switch fault.Code(acc.c.StatusCode) {
	case fault.AuthRevoked:
		n.Happened = fmt.Sprintf("%s ended access for %s%s.", name, n.Handle, when)
		if acc.c.StatusDetail == platform.DetailStopped { // that was us
			n.Happened = fmt.Sprintf("Truecount was stopped while %s renewed access for %s%s, and the answer was lost.", name, n.Handle, when)
		}
	case fault.AuthExpired:
		n.Happened = fmt.Sprintf("Access to %s on %s ran out%s.", n.Handle, name, when)
	case fault.ScopeMissing:
		n.Happened = fmt.Sprintf("%s no longer lets us read %s%s: %s.", name, n.Handle, when, acc.lostPermission())
	case fault.NotFound:
		n.Happened = fmt.Sprintf("%s does not find %s any more%s.", name, n.Handle, when)
		n.You = "Reconnect when the account is back."
	default:
		n.Happened = fmt.Sprintf("%s asks you to confirm access for %s again%s.", name, n.Handle, when)
	}
	return n
}

func (acc *account) lostPermission() string {
	required, _ := acc.spec.MissingScopes(acc.c.Scopes)
	if len(required) == 0 {
		return "a permission was taken back"
	}
	return "the permission “" + required[0].Label + "” was taken back"
}

func (acc *account) saysActive(n Notice, r *ent.Run, now time.Time) Notice {
	switch r.State {
	case run.StateDeferred:
		if n = acc.saysLate(n, r, now); r.NextAttemptAt != nil {
			n.We = "Your turn comes at " + clock(*r.NextAttemptAt, now) + "."
		}
		return n
	case run.StateRetrying:
		n.Tone = "warn"
		return acc.saysLate(n, r, now)
	default: // under way
	}
	if acc.asOf() == nil {
		n.Tone = "info"
		n.Happened = "Connected as " + n.Handle + "."
		n.We = "The first sync is under way: first numbers come within a minute."
	}
	return n
}

// saysLate tells what kept a run from ending well.
func (acc *account) saysLate(n Notice, r *ent.Run, now time.Time) Notice {
	name, when := acc.spec.Name, ""
	if at := latest(r); at != nil {
		when = " " + on(*at, now)
	}
	n.Means, n.We, n.You = acc.from(now), acc.again(now), "You need not do anything."
	switch fault.Code(r.ErrorCode) {
	case fault.Timeout:
		n.Happened = name + " did not answer in time" + when + "."
	case fault.Network:
		n.Happened = "We could not reach " + name + when + "."
	case fault.PlatformError:
		n.Happened = name + " had a fault of its own" + when + "."
	case fault.BadResponse:
		n.Happened = name + " sent something we could not read" + when + "."
	case fault.RateLimit:
		n.Happened = name + " asked us to slow down" + when + "."
	case fault.QuotaExhausted:
		n.Happened = "Today's allowance at " + name + " is used."
	case fault.AppRefused:
		n.Happened = name + " does not accept this server" + when + "."
		n.Means = strings.TrimSpace("Every " + name + " account here is affected; none of them is at fault. " + n.Means)
		n.We = "An admin has to mend it. " + n.We
	case fault.NotFound:
		n.Happened = name + " did not find " + n.Handle + when + "."
	case fault.AuthFailed, fault.AuthExpired, fault.AuthRevoked:
		n.Happened = name + " did not accept our access to " + n.Handle + when + "."
	case fault.ScopeMissing:
		n.Happened = name + " did not allow us to read " + n.Handle + when + "."
	case "":
		n.Happened = "The sync of " + n.Handle + " has to wait for its turn."
	default:
		n.Happened = "Something went wrong on our side" + when + "."
	}
	return n
}

func (acc *account) saysExpiring(n Notice, now time.Time) Notice {
	n.Tone, n.Action, n.ActionLabel = "warn", "reconnect", "Reconnect "+n.Handle
	n.Means = fmt.Sprintf("%s asks you to confirm access from time to time.", acc.spec.Name)
	if at := acc.actBy(); at != nil {
		n.Happened = fmt.Sprintf("Access to %s ends %s.", n.Handle, inDays(*at, now))
		n.You = fmt.Sprintf("Reconnect before %s.", clock(*at, now))
		return n
	}
	n.Happened = fmt.Sprintf("Access to %s ends soon.", n.Handle)
	n.You = "Reconnect to keep it."
	return n
}

func (acc *account) saysLimited(n Notice) Notice {
	optional := acc.withheld()
	var labels []string
	for _, s := range optional {
		labels = append(labels, "“"+s.Label+"”")
	}
	n.Tone, n.Action, n.ActionLabel = "warn", "grant", "Grant it on "+acc.spec.Name
	n.Happened = "Some numbers of " + n.Handle + " are missing."
	lost := slices.DeleteFunc(acc.missing(), func(m string) bool { return slices.Contains(acc.spec.Unavailable, m) })
	switch {
	case len(lost) == 1 && lost[0] == "reach":
		n.Happened = "Reach is missing for " + n.Handle + "."
	case len(lost) > 0:
		n.Happened = sentence(joined(lost)) + " are missing for " + n.Handle + "."
	}
	n.Means = "A permission was not given."
	switch len(labels) {
	case 0:
	case 1:
		n.Means = "The permission " + labels[0] + " was not given."
	default:
		n.Means = "The permissions " + joined(labels) + " were not given."
		n.ActionLabel = "Grant them on " + acc.spec.Name
	}
	return n
}

// saysPartial tells which part of the newest sync is missing.
func (acc *account) saysPartial(n Notice, steps []*ent.SyncLog, now time.Time) Notice {
	if acc.last == nil || acc.last.State != run.StatePartial {
		return n
	}
	var parts []string
	for _, l := range steps {
		if l.Attempt == acc.last.Attempt && l.Status != synclog.StatusSuccess {
			parts = append(parts, strings.ToLower(stepLabels[l.SyncType]))
		}
	}
	n.Happened = "The last sync of " + n.Handle + " brought only a part."
	if len(parts) > 0 {
		n.Happened = sentence(joined(parts)) + " of " + n.Handle + " did not come in full with the last sync."
	}
	n.Means = "What did not come keeps the values from before."
	n.We = acc.again(now)
	return n
}

func (acc *account) from(now time.Time) string {
	if at := acc.asOf(); at != nil {
		return "What you see is from " + clock(*at, now) + "."
	}
	return "There are no numbers yet."
}

func (acc *account) safe(now time.Time) string {
	if at := acc.asOf(); at != nil {
		return "Numbers up to " + date(*at, now) + " are safe."
	}
	return ""
}

func (acc *account) again(now time.Time) string {
	if at := acc.retryAt(now); at != nil {
		return "We try again at " + clock(*at, now) + "."
	}
	return "We try again with the next daily sync."
}

// latest is when a run last did something.
func latest(r *ent.Run) *time.Time {
	if r.CompletedAt != nil {
		return r.CompletedAt
	}
	return r.StartedAt
}

func since(t *time.Time, now time.Time) string {
	if t == nil {
		return ""
	}
	return " " + on(*t, now)
}

// joined lists words: a, b and c.
func joined(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// sentence begins with a capital.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
