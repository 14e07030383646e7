package console

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
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

// Run gives one run with its steps and what comes next. An unknown id is NOT_FOUND.
func (co *Console) Run(ctx context.Context, id string) (*RunStory, error) {
	if !text.Storable(id) {
		return nil, notFound()
	}
	r, err := co.db.Run.Query().Where(run.ID(id), run.HasConnectionWith(connection.SourceEQ(co.source))).
		WithConnection(func(q *ent.ConnectionQuery) {
			withFields(q)
			q.WithOwner().WithSchedule()
		}).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", id, err)
	}
	s := &RunStory{RunRow: runRow(r), EndedAt: store.UTC(r.CompletedAt), Calls: r.APICalls}
	if o := r.Edges.Connection.Edges.Owner; o != nil {
		s.Owner = o.Name
	}
	logs, err := co.db.SyncLog.Query().Where(synclog.RunID(id)).Order(synclog.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the steps of run %s: %w", id, err)
	}
	s.Story = append(
		s.Story,
		Moment{r.CreatedAt.UTC(), "", words.English.Say("admin.story.requestedBy", "Who", words.New(asker[r.Trigger]))},
	)
	for _, l := range logs {
		step := Step{
			Type: string(l.SyncType), Status: string(l.Status), Attempt: l.Attempt,
			Items: l.ItemsSynced, Calls: l.APICalls, Started: l.StartedAt.UTC(),
			Duration: time.Duration(l.Duration) * time.Millisecond, Code: l.ErrorCode, Words: l.ErrorMessage,
		}
		s.Steps = append(s.Steps, step)
		if l.SyncType == synclog.SyncTypeToken && l.Status == synclog.StatusSuccess {
			s.Story = append(
				s.Story,
				Moment{step.Started, "", words.English.Say("admin.story.attemptBegan", "Number", l.Attempt)},
			)
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
