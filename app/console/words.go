package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// planned puts a schedule into words: "daily at 03:00 UTC".
func planned(c config.Cron) string {
	zone := "UTC"
	if c.Zone != nil {
		zone = c.Zone.String()
	}
	fields := strings.Fields(c.Text)
	if len(fields) == 5 && strings.Join(fields[2:], " ") == "* * *" {
		if at, err := time.Parse("15 4", fields[1]+" "+fields[0]); err == nil {
			return "daily at " + at.Format("15:04") + " " + zone
		}
	}
	if c.Text == "" {
		return ""
	}
	return c.Text + " (" + zone + ")"
}

// outcome tells what happened to a run: its own message, else what its state comes to.
func outcome(r *ent.Run) string {
	switch {
	case r.ErrorMessage != "":
		return r.ErrorMessage
	case r.State == run.StateSuccess, r.State == run.StatePartial:
		if r.Items == 1 {
			return "1 item saved."
		}
		return fmt.Sprintf("%d items saved.", r.Items)
	case r.State == run.StateRunning:
		return "Under way."
	default:
		return ""
	}
}

func statusWords(c *ent.Connection, now time.Time) string {
	switch c.Status {
	case connection.StatusNeedsReconnect:
		return "Access has ended."
	case connection.StatusExpiring:
		end := c.RefreshExpiresAt
		if end == nil {
			end = c.TokenExpiresAt
		}
		if end == nil {
			return "Access ends soon and cannot be renewed."
		}
		return fmt.Sprintf(
			"Access ends %s, in %d days.",
			end.UTC().Format("2 Jan 15:04 MST"),
			max(0, int(end.Sub(now)/day)),
		)
	default:
		return ""
	}
}

var asker = map[run.Trigger]string{
	run.TriggerFirst: "the first connection", run.TriggerSchedule: "the schedule", run.TriggerCreator: "the creator", run.TriggerAdmin: "an admin",
	run.TriggerAPI: "the creator's program", run.TriggerCommand: "a command", run.TriggerRetry: "an admin, after a failure",
}

var stepNames = map[string]string{
	"token":   "The access",
	"profile": "The profile",
	"posts":   "The posts",
	"metrics": "The numbers",
}

func (s Step) moment() Moment {
	m := Moment{At: s.Started.Add(s.Duration), Words: stepNames[s.Type]}
	switch s.Status {
	case "success":
		m.Words += fmt.Sprintf(" came: %d %s.", s.Items, plural(s.Items, "item", "items"))
	case "partial":
		m.Tone, m.Words = "warn", m.Words+fmt.Sprintf(" came in part: %s (%s).", s.Words, s.Code)
	default:
		m.Tone, m.Words = "err", m.Words+fmt.Sprintf(" failed: %s (%s).", s.Words, s.Code)
	}
	return m
}

// end is the last line of a run that is over.
func end(r *ent.Run) Moment {
	m := Moment{At: r.CompletedAt.UTC()}
	switch r.State {
	case run.StateSuccess:
		m.Tone, m.Words = "ok", "Done: "+outcome(r)
	case run.StatePartial:
		m.Tone, m.Words = "warn", fmt.Sprintf(
			"Done in part: %d %s saved; what is missing was kept as it was.",
			r.Items,
			plural(r.Items, "item", "items"),
		)
	case run.StateDead:
		m.Tone, m.Words = "err", fmt.Sprintf("Gave up after %d attempts.", r.Attempt)
	case run.StateFailed:
		m.Tone, m.Words = "err", "Ended: "+r.ErrorMessage+"."
	default: // not over
	}
	return m
}

// next says what happens after this.
func (s *RunStory) next(r *ent.Run) {
	c := r.Edges.Connection
	if sc := c.Edges.Schedule; sc != nil && r.CompletedAt != nil && lifecycle.Syncable(c.Status) {
		s.NextAt = store.UTC(&sc.DueAt)
	}
	switch r.State {
	case run.StateQueued:
		s.Next = "It waits for its turn."
	case run.StateRunning:
		s.Next = "It is under way. If its process is lost, another one goes on within two minutes."
	case run.StateDeferred:
		s.NextAt, s.Next = store.UTC(r.NextAttemptAt), "It waits without using up an attempt, and goes on by itself."
	case run.StateRetrying:
		s.NextAt = store.UTC(r.NextAttemptAt)
		s.Next = fmt.Sprintf("It is tried again by itself, attempt %d of %d.", r.Attempt+1, lifecycle.MaxAttempts)
	case run.StateSuccess, run.StatePartial:
		s.Next = "The account is synced again by the schedule."
	case run.StateFailed, run.StateDead:
		s.Next = failedNext(r, c)
	}
}

func failedNext(r *ent.Run, c *ent.Connection) string {
	switch {
	case c.Status == connection.StatusNeedsReconnect:
		return "Nothing is tried until the creator reconnects the account."
	case c.Status == connection.StatusPaused:
		return "Nothing is tried until an admin resumes the account."
	case c.Status == connection.StatusDisconnected:
		return "Nothing is tried: the account is disconnected."
	case r.SettledAt != nil:
		return "It was dealt with. The account is synced again by the schedule."
	case r.ErrorCode == string(fault.AppRefused):
		return "Mend what the platform refuses first (credentials, review), then retry it. The schedule tries the account again too."
	default:
		return "Retry it now, or dismiss it: the schedule tries the account again too."
	}
}

// next says what becomes of a connection, and what a person can do.
func (s *ConnectionStory) next(c *ent.Connection) {
	switch c.Status {
	case connection.StatusConnected:
		s.Next = "It is synced by the schedule, and its access is renewed by itself."
	case connection.StatusLimited:
		s.Next = "It is synced by the schedule; numbers behind a permission that was not given stay missing."
		s.Todo = "Only the creator can give it, by reconnecting the account."
	case connection.StatusExpiring:
		s.Next = "It is synced until access ends, and then no more."
		s.Todo = "Only the creator can give access again: ask them to reconnect before it ends."
	case connection.StatusNeedsReconnect:
		s.Next = "No sync is tried and no call is spent until the creator reconnects. What was read up to then is kept."
		s.Todo = "Send a reconnect link."
	case connection.StatusPaused:
		s.Next = "It is not synced; its access is kept alive."
		s.Todo = "Resume it."
	case connection.StatusDisconnected:
		s.Next = "Nothing is read any more; access was revoked and the tokens were deleted."
	}
	if c.StatusCode == platform.BlockedCode {
		s.Next = "The platform is holding this account back; its access is kept and its next sync tries again."
		s.Todo = "Ask the creator to sign in at the platform and follow what it asks. Reconnecting does not help."
	}
	if c.FailingSince != nil && c.Status != connection.StatusNeedsReconnect {
		s.Next += " Renewing access has failed " + fmt.Sprint(
			c.RefreshFailures,
		) + " times in a row and is tried again by itself; the present access is used while it lives."
	}
}

// stamp is a time in a sentence.
func stamp(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04 MST") }

// plural gives the form of a noun or verb that fits a number.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// othersOpen tells of the other open alerts; empty for none.
func othersOpen(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("%d more %s open, under Alerts.", n, plural(n, "alert is", "alerts are"))
}
