package health

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/synclog"
)

// RunStory is one run from its asking to its end, and what comes next.
type RunStory struct {
	RunRow
	Owner   string // the creator's name
	EndedAt *time.Time
	Calls   int64 // requests to the platform, all attempts
	Story   []Moment
	Next    string     // what happens next, one sentence
	NextAt  *time.Time // when, if a time is set
	Steps   []Step     // oldest first
}

// Moment is one line of a story. Tone is ok, warn, err or empty.
type Moment struct {
	At    time.Time
	Tone  string
	Words string
}

// Step is one step of one attempt.
type Step struct {
	Type     string // token, profile, posts, metrics
	Status   string // success, partial, failed
	Attempt  int
	Items    int
	Calls    int64
	Started  time.Time
	Duration time.Duration
	Code     string
	Words    string
}

// Run tells one run's story. An unknown id is NOT_FOUND.
func (h *Health) Run(ctx context.Context, id string) (*RunStory, error) {
	if !text(id) {
		return nil, errNothing()
	}
	r, err := h.db.Run.Query().Where(run.ID(id), run.HasConnectionWith(connection.SourceEQ(h.source))).
		WithConnection(func(q *ent.ConnectionQuery) {
			named(q)
			q.WithOwner().WithSchedule()
		}).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, errNothing()
	}
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", id, err)
	}
	s := &RunStory{RunRow: runRow(r), EndedAt: utc(r.CompletedAt), Calls: r.APICalls}
	if o := r.Edges.Connection.Edges.Owner; o != nil {
		s.Owner = o.Name
	}
	logs, err := h.db.SyncLog.Query().Where(synclog.RunID(id)).Order(synclog.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the steps of run %s: %w", id, err)
	}
	s.Story = append(s.Story, Moment{r.CreatedAt.UTC(), "", "Asked for by " + asker[r.Trigger] + "."})
	for _, l := range logs {
		step := Step{
			Type: string(l.SyncType), Status: string(l.Status), Attempt: l.Attempt, Items: l.ItemsSynced, Calls: l.APICalls, Started: l.StartedAt.UTC(),
			Duration: time.Duration(l.Duration) * time.Millisecond, Code: l.ErrorCode, Words: l.ErrorMessage,
		}
		s.Steps = append(s.Steps, step)
		if l.SyncType == synclog.SyncTypeToken && l.Status == synclog.StatusSuccess {
			s.Story = append(s.Story, Moment{step.Started, "", fmt.Sprintf("Attempt %d began.", l.Attempt)})
			continue
		}
		s.Story = append(s.Story, step.moment())
	}
	if r.CompletedAt != nil {
		s.Story = append(s.Story, end(r))
	}
	s.next(r)
	return s, nil
}

var asker = map[run.Trigger]string{
	run.TriggerFirst: "the first connection", run.TriggerSchedule: "the schedule", run.TriggerCreator: "the creator", run.TriggerAdmin: "an admin",
	run.TriggerAPI: "the creator's program", run.TriggerCommand: "a command", run.TriggerRetry: "an admin, after a failure",
}

var stepNames = map[string]string{"token": "The access", "profile": "The profile", "posts": "The posts", "metrics": "The numbers"}

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

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// end is the last line of a run that is over.
func end(r *ent.Run) Moment {
	m := Moment{At: r.CompletedAt.UTC()}
	switch r.State {
	case run.StateSuccess:
		m.Tone, m.Words = "ok", "Done: "+words(r)
	case run.StatePartial:
		m.Tone, m.Words = "warn", fmt.Sprintf("Done in part: %d %s saved; what is missing was kept as it was.", r.Items, plural(r.Items, "item", "items"))
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
	if sc := c.Edges.Schedule; sc != nil && r.CompletedAt != nil && syncs(c.Status) {
		s.NextAt = utc(&sc.DueAt)
	}
	switch r.State {
	case run.StateQueued:
		s.Next = "It waits for its turn."
	case run.StateRunning:
		s.Next = "It is under way. If its process is lost, another one goes on within two minutes."
	case run.StateDeferred:
		s.NextAt, s.Next = utc(r.NextAttemptAt), "It waits without using up an attempt, and goes on by itself."
	case run.StateRetrying:
		s.NextAt, s.Next = utc(r.NextAttemptAt), fmt.Sprintf("It is tried again by itself, attempt %d of %d.", r.Attempt+1, maxAttempts)
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
