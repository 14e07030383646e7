package console

import (
	"strings"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
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
			return words.English.Say("admin.story.daily", "At", at.Format("15:04"), "Zone", zone)
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
		return words.English.Say("admin.story.saved", "Count", r.Items)
	case r.State == run.StateRunning:
		return words.English.Say("admin.story.running")
	default:
		return ""
	}
}

func statusWords(c *ent.Connection, now time.Time) string {
	switch c.Status {
	case connection.StatusNeedsReconnect:
		return words.English.Say("admin.story.ended")
	case connection.StatusExpiring:
		end := c.RefreshExpiresAt
		if end == nil {
			end = c.TokenExpiresAt
		}
		if end == nil {
			return words.English.Say("admin.story.endsSoon")
		}
		return words.English.Say("admin.story.endsAt", "At", stamp(*end), "Count", max(0, int(end.Sub(now)/day)))
	default:
		return ""
	}
}

var asker = map[run.Trigger]string{
	run.TriggerFirst: "admin.asker.first", run.TriggerSchedule: "admin.asker.schedule",
	run.TriggerCreator: "admin.asker.creator",
	run.TriggerAdmin:   "admin.asker.admin", run.TriggerAPI: "admin.asker.api", run.TriggerCommand: "admin.asker.command",
	run.TriggerRetry: "admin.asker.retry",
}

var stepNames = map[string]string{
	"token":   "admin.stepName.token",
	"profile": "admin.stepName.profile",
	"posts":   "admin.stepName.posts",
	"metrics": "admin.stepName.metrics",
}

func (s Step) moment() Moment {
	w, m := words.English, Moment{At: s.Started.Add(s.Duration)}
	name := words.Plain(s.Type)
	if id, ok := stepNames[s.Type]; ok {
		name = words.New(id)
	}
	switch s.Status {
	case "success":
		m.Words = w.Say("admin.story.stepDone", "Step", name, "Count", s.Items)
	case "partial":
		m.Tone, m.Words = "warn", w.Say("admin.story.stepPartial", "Step", name, "Why", s.Words, "Code", s.Code)
	default:
		m.Tone, m.Words = "err", w.Say("admin.story.stepFailed", "Step", name, "Why", s.Words, "Code", s.Code)
	}
	return m
}

// end is the last line of a run that is over.
func end(r *ent.Run) Moment {
	w, m := words.English, Moment{At: r.CompletedAt.UTC()}
	switch r.State {
	case run.StateSuccess:
		m.Tone, m.Words = "ok", w.Say("admin.story.done", "What", outcome(r))
	case run.StatePartial:
		m.Tone, m.Words = "warn", w.Say("admin.story.partial", "Count", r.Items)
	case run.StateDead:
		m.Tone, m.Words = "err", w.Say("admin.story.gaveUp", "Count", r.Attempt)
	case run.StateFailed:
		m.Tone, m.Words = "err", w.Say("admin.story.failed", "Why", r.ErrorMessage)
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
		s.Next = words.English.Say("admin.story.turn")
	case run.StateRunning:
		s.Next = words.English.Say("admin.story.runningNext")
	case run.StateDeferred:
		s.NextAt, s.Next = store.UTC(r.NextAttemptAt), words.English.Say("admin.story.deferred")
	case run.StateRetrying:
		s.NextAt = store.UTC(r.NextAttemptAt)
		s.Next = words.English.Say("admin.story.retrying", "Number", r.Attempt+1, "Most", lifecycle.MaxAttempts)
	case run.StateSuccess, run.StatePartial:
		s.Next = words.English.Say("admin.story.scheduled")
	case run.StateFailed, run.StateDead:
		s.Next = failedNext(r, c)
	}
}

func failedNext(r *ent.Run, c *ent.Connection) string {
	switch {
	case c.Status == connection.StatusNeedsReconnect:
		return words.English.Say("admin.story.untilReconnect")
	case c.Status == connection.StatusPaused:
		return words.English.Say("admin.story.untilResume")
	case c.Status == connection.StatusDisconnected:
		return words.English.Say("admin.story.disconnected")
	case r.SettledAt != nil:
		return words.English.Say("admin.story.reviewed")
	case r.ErrorCode == string(fault.AppRefused):
		return words.English.Say("admin.story.fixApp")
	default:
		return words.English.Say("admin.story.retryNow")
	}
}

// next says what becomes of a connection, and what a person can do.
func (s *ConnectionStory) next(c *ent.Connection) {
	switch c.Status {
	case connection.StatusConnected:
		s.Next = words.English.Say("admin.story.connected")
	case connection.StatusLimited:
		s.Next = words.English.Say("admin.story.limited")
		s.Todo = words.English.Say("admin.story.limitedTodo")
	case connection.StatusExpiring:
		s.Next = words.English.Say("admin.story.expiring")
		s.Todo = words.English.Say("admin.story.expiringTodo")
	case connection.StatusNeedsReconnect:
		s.Next = words.English.Say("admin.story.needsReconnect")
		s.Todo = words.English.Say("admin.story.sendLink")
	case connection.StatusPaused:
		s.Next = words.English.Say("admin.story.paused")
		s.Todo = words.English.Say("admin.story.resume")
	case connection.StatusDisconnected:
		s.Next = words.English.Say("admin.story.gone")
	}
	if c.StatusCode == platform.BlockedCode {
		s.Next = words.English.Say("admin.story.blocked")
		s.Todo = words.English.Say("admin.story.blockedTodo")
	}
	if c.FailingSince != nil && c.Status != connection.StatusNeedsReconnect {
		s.Next += " " + words.English.Say("admin.story.renewFailed", "Count", c.RefreshFailures)
	}
}

// stamp is a time in a sentence.
func stamp(t time.Time) words.Value { return words.Minute(t, time.UTC) }

// othersOpen tells of the other open alerts; empty for none.
func othersOpen(n int) string {
	if n <= 0 {
		return ""
	}
	return words.English.Say("admin.story.moreAlerts", "Count", n)
}
