package analytics

import (
	"fmt"
	"time"

	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// The texts here are in UTC; pages tell the reader's own time beside them.

// stamp is the exact time: 24 Nov 2026, 11:48:00 UTC.
func stamp(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05") + " UTC" }

// clock is the time of day, with the date when that is not today.
func clock(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	hour := t.Format("15:04") + " UTC"
	if midnight(t).Equal(midnight(now)) {
		return hour
	}
	return date(t, now) + ", " + hour
}

// on places an event: "on 21 Nov at 03:30 UTC".
func on(t, now time.Time) string {
	return "on " + date(t, now) + " at " + t.UTC().Format("15:04") + " UTC"
}

// date is a day, with its year when that is not this one.
func date(t, now time.Time) string {
	t = t.UTC()
	if t.Year() == now.UTC().Year() {
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// retryAt is when syncing is tried again: the run's next attempt, else the next planned sync.
func (acc *account) retryAt(now time.Time) *time.Time {
	if r := acc.active(); r != nil && r.NextAttemptAt != nil {
		return utc(r.NextAttemptAt)
	}
	if next := acc.nextSync(); next != nil && next.After(now) {
		return next
	}
	return nil
}

// pill is the account's state in the fixed words: what a person must mend first, then what is under
// way, then how old the numbers are.
func (acc *account) pill(now time.Time) Pill {
	since := ""
	if acc.c.StatusSince != nil {
		since = "Since " + stamp(*acc.c.StatusSince)
	}
	switch acc.c.Status {
	case connection.StatusDisconnected:
		if acc.c.DisconnectedAt != nil {
			since = "Since " + stamp(*acc.c.DisconnectedAt)
		}
		return Pill{Icon: "circle-slash", Word: "Disconnected", Tone: "neutral", Tip: since}
	case connection.StatusNeedsReconnect:
		return Pill{Icon: "circle-x", Word: "Needs reconnect", Tone: "err", Tip: since}
	case connection.StatusPaused:
		return Pill{Icon: "circle-pause", Word: "Paused", Tone: "neutral", Tip: since}
	default: // access is there: the runs tell the rest
	}
	if p, ok := acc.running(now); ok {
		return p
	}
	if acc.c.StatusCode == platform.BlockedCode {
		return Pill{Icon: "circle-alert", Word: "Action needed", Tone: "warn", Tip: since}
	}
	f := acc.fresh(now)
	if what, at := acc.behindSince(now); what != "" && f.Status == "stale" {
		p := Pill{Icon: "timer", Word: "Delayed: " + what, Tone: "warn", Tip: acc.updated()}
		if at != nil {
			p.Word, p.Tip = p.Word+" since "+date(*at, now), "Last read "+stamp(*at)
		}
		return p
	}
	if f.Status == "stale" || acc.failed() {
		return late(acc.retryAt(now), now, acc.updated())
	}
	if f.Status == "never" {
		return waiting(acc.retryAt(now), now, "Not synced yet")
	}
	switch acc.c.Status {
	case connection.StatusExpiring:
		if at := acc.actBy(); at != nil {
			return Pill{Icon: "clock", Word: "Expires " + inDays(*at, now), Tone: "warn", Tip: "Access ends " + stamp(*at)}
		}
		return Pill{Icon: "clock", Word: "Expiring", Tone: "warn", Tip: since}
	case connection.StatusLimited:
		return Pill{Icon: "circle-alert", Word: "Partly connected", Tone: "warn", Tip: since}
	default:
		return Pill{Icon: "circle-check", Word: "Fresh", Tone: "ok", Tip: acc.updated()}
	}
}

// running is the pill of a run that has not ended.
func (acc *account) running(now time.Time) (Pill, bool) {
	r := acc.active()
	if r == nil {
		return Pill{}, false
	}
	switch r.State {
	case run.StateDeferred:
		return waiting(utc(r.NextAttemptAt), now, acc.updated()), true
	case run.StateRetrying:
		return late(utc(r.NextAttemptAt), now, acc.updated()), true
	case run.StateQueued:
		return Pill{Icon: "loader", Word: "Syncing", Tone: "info", Tip: "Asked for " + stamp(r.CreatedAt)}, true
	default:
		tip := ""
		if r.StartedAt != nil {
			tip = "Started " + stamp(*r.StartedAt)
		}
		return Pill{Icon: "loader", Word: "Syncing", Tone: "info", Tip: tip}, true
	}
}

// failed reports that the newest run gave up, whoever asked for it.
func (acc *account) failed() bool {
	return acc.last != nil && lifecycle.RunFailed(acc.last.State)
}

func (acc *account) updated() string {
	if at := acc.asOf(); at != nil {
		return "Updated " + stamp(*at)
	}
	return "Not synced yet"
}

func late(at *time.Time, now time.Time, tip string) Pill {
	p := Pill{Icon: "timer", Word: "Late", Tone: "warn", Tip: tip}
	if at != nil {
		p.Word, p.Tip = "Late, retrying at "+clock(*at, now), tip+", next try "+stamp(*at)
	}
	return p
}

func waiting(at *time.Time, now time.Time, tip string) Pill {
	p := Pill{Icon: "hourglass", Word: "Waiting", Tone: "neutral", Tip: tip}
	if at != nil {
		p.Word, p.Tip = "Waiting until "+clock(*at, now), tip+", next turn "+stamp(*at)
	}
	return p
}

// inDays counts whole days that are left.
func inDays(at, now time.Time) string {
	switch n := int64(at.Sub(now) / (24 * time.Hour)); {
	case n < 1:
		return "today"
	default:
		return "in " + plural(n, "day", "days")
	}
}
