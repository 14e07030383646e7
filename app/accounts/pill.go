package accounts

import (
	"time"

	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// retryAt is when syncing is tried again: the run's next attempt, else the next planned sync.
func (acc *Account) retryAt(now time.Time) *time.Time {
	if r := acc.Active(); r != nil && r.NextAttemptAt != nil {
		return store.UTC(r.NextAttemptAt)
	}
	if next := acc.nextSync(); next != nil && next.After(now) {
		return next
	}
	return nil
}

// Pill is the account's state in the fixed words: what a person must fix first, then what is under
// way, then how old the numbers are.
func (acc *Account) Pill(now time.Time) Pill {
	since := sinceTip(acc.Row.StatusSince)
	switch acc.Row.Status {
	case connection.StatusDisconnected:
		if acc.Row.DisconnectedAt != nil {
			since = sinceTip(acc.Row.DisconnectedAt)
		}
		return Pill{Icon: "circle-slash", Word: words.New("creator.state.disconnected"), Tone: "neutral", Tip: since}
	case connection.StatusNeedsReconnect:
		return Pill{Icon: "circle-x", Word: words.New("creator.state.reconnect"), Tone: "err", Tip: since}
	case connection.StatusPaused:
		return Pill{Icon: "circle-pause", Word: words.New("creator.state.paused"), Tone: "neutral", Tip: since}
	default: // access is there: the runs tell the rest
	}
	if p, ok := acc.running(now); ok {
		return p
	}
	if acc.Row.StatusCode == platform.BlockedCode {
		return Pill{Icon: "circle-alert", Word: words.New("creator.state.action"), Tone: "warn", Tip: since}
	}
	f := acc.Freshness(now)
	if what, at := acc.behindSince(now); what != "" && f.Status == "stale" {
		p := Pill{
			Icon: "timer",
			Word: words.New("creator.state.delayedPart", "What", Named(nouns, what)),
			Tone: "warn",
			Tip:  acc.updated(),
		}
		if at != nil {
			p.Word = words.New("creator.state.delayedSince", "What", Named(nouns, what), "Day", date(*at, now))
			p.Tip = words.New("creator.tip.lastRead", "At", stamp(*at))
		}
		return p
	}
	if f.Status == "stale" || acc.failed() {
		return late(acc.retryAt(now), now, acc.updated())
	}
	if f.Status == "never" {
		return waiting(acc.retryAt(now), now, words.New("creator.tip.never"))
	}
	switch acc.Row.Status {
	case connection.StatusExpiring:
		if at := acc.actBy(); at != nil {
			return Pill{
				Icon: "clock",
				Word: words.New("creator.state.expires", "When", inDays(*at, now)),
				Tone: "warn",
				Tip:  words.New("creator.tip.ends", "At", stamp(*at)),
			}
		}
		return Pill{Icon: "clock", Word: words.New("creator.state.expiring"), Tone: "warn", Tip: since}
	case connection.StatusLimited:
		return Pill{Icon: "circle-alert", Word: words.New("creator.state.limited"), Tone: "warn", Tip: since}
	default:
		return Pill{Icon: "circle-check", Word: words.New("creator.state.upToDate"), Tone: "ok", Tip: acc.updated()}
	}
}

// running is the pill of a run that has not ended.
func (acc *Account) running(now time.Time) (Pill, bool) {
	r := acc.Active()
	if r == nil {
		return Pill{}, false
	}
	switch r.State {
	case run.StateDeferred:
		return waiting(store.UTC(r.NextAttemptAt), now, acc.updated()), true
	case run.StateRetrying:
		return late(store.UTC(r.NextAttemptAt), now, acc.updated()), true
	case run.StateQueued:
		return Pill{
			Icon: "loader",
			Word: words.New("creator.state.syncing"),
			Tone: "info",
			Tip:  words.New("creator.tip.requested", "At", stamp(r.CreatedAt)),
		}, true
	default:
		var tip words.Text
		if r.StartedAt != nil {
			tip = words.New("creator.tip.started", "At", stamp(*r.StartedAt))
		}
		return Pill{Icon: "loader", Word: words.New("creator.state.syncing"), Tone: "info", Tip: tip}, true
	}
}

// failed reports that the newest run gave up, whoever asked for it.
func (acc *Account) failed() bool {
	return acc.Last != nil && lifecycle.RunFailed(acc.Last.State)
}

func (acc *Account) updated() words.Text {
	if at := acc.AsOf(); at != nil {
		return words.New("creator.tip.updated", "At", stamp(*at))
	}
	return words.New("creator.tip.never")
}

func late(at *time.Time, now time.Time, tip words.Text) Pill {
	p := Pill{Icon: "timer", Word: words.New("creator.state.delayed"), Tone: "warn", Tip: tip}
	if at != nil {
		p.Word, p.Tip = words.New("creator.state.delayedUntil", "At", clock(*at, now)), next(tip, *at)
	}
	return p
}

func waiting(at *time.Time, now time.Time, tip words.Text) Pill {
	p := Pill{Icon: "hourglass", Word: words.New("creator.state.waiting"), Tone: "neutral", Tip: tip}
	if at != nil {
		p.Word, p.Tip = words.New("creator.state.waitingUntil", "At", clock(*at, now)), next(tip, *at)
	}
	return p
}

// inDays counts whole days that are left.
func inDays(at, now time.Time) words.Text {
	n := int64(at.Sub(now) / (24 * time.Hour))
	if n < 1 {
		return words.New("creator.when.today")
	}
	return words.New("creator.when.inDays", "Count", n)
}

func sinceTip(t *time.Time) words.Text {
	if t == nil {
		return words.Text{}
	}
	return words.New("creator.tip.since", "At", stamp(*t))
}

func next(tip words.Text, at time.Time) words.Text {
	return words.Dots(tip, words.New("creator.tip.next", "At", stamp(at)))
}
