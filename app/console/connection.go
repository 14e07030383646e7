package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/connectionevent"
	"github.com/truecount/truecount/ent/hold"
	"github.com/truecount/truecount/ent/notice"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/synclog"
)

const (
	timelineLength = 30
	runsShown      = 10
	callsShown     = 60
)

// ConnectionStory is one connection with its state, what becomes of it, and how its last syncs went. It holds no
// token and none of the creator's numbers.
type ConnectionStory struct {
	ConnectionRow
	OwnerEmail   string
	Primary      bool
	Connected    time.Time
	Next         string // what happens next, one sentence
	Todo         string // what a person can do; empty: nothing
	Granted      []string
	GrantedKnown bool // false: the platform did not say
	Missing      []string
	Access       AccessFacts
	DeleteBy     *time.Time
	Timeline     []Moment // newest first
	Runs         []RunRow // newest first
	Calls        []CallRow
}

// AccessFacts are what is known of a connection's tokens, never the tokens.
type AccessFacts struct {
	Held        bool // an access token is stored
	Renewable   bool // and one to renew it with
	Issued      *time.Time
	Expires     *time.Time
	RenewBy     *time.Time // when the refresh token ends; nil: not said, or never
	RenewDue    *time.Time // when we renew next
	Failures    int        // renewals that failed in a row
	FailingFrom *time.Time
	Consented   *time.Time
}

// CallRow is one request to the platform.
type CallRow struct {
	RunID    string
	Step     string
	At       time.Time
	Method   string
	Endpoint string
	Status   int    // 0: no answer
	Failure  string // why none came
	Took     time.Duration
	Units    int64
}

// Connection gives one connection with its access, timeline, runs and calls. An unknown id is NOT_FOUND.
func (co *Console) Connection(ctx context.Context, id string) (*ConnectionStory, error) {
	row, err := co.ConnectionRow(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := co.db.Connection.Query().Where(connection.ID(id)).WithOwner().WithSchedule().Only(ctx)
	if store.Missing(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read connection %s: %w", id, err)
	}
	s := &ConnectionStory{
		ConnectionRow: *row,
		Primary:       c.Primary,
		Connected:     c.CreatedAt.UTC(),
		DeleteBy:      store.UTC(c.DeleteBy),
	}
	if o := c.Edges.Owner; o != nil {
		s.OwnerEmail = o.Email
	}
	s.Granted, s.GrantedKnown = c.Scopes, c.Scopes != nil
	if spec, ok := co.platforms.Spec(c.Platform); ok && s.GrantedKnown {
		required, optional := spec.MissingScopes(c.Scopes)
		for _, m := range slices.Concat(required, optional) {
			s.Missing = append(s.Missing, m.Name)
		}
	}
	s.Access = AccessFacts{
		Held:      c.AccessSealed != nil && len(*c.AccessSealed) > 0,
		Renewable: c.RefreshSealed != nil && len(*c.RefreshSealed) > 0,
		Issued:    store.UTC(c.TokenIssuedAt), Expires: store.UTC(c.TokenExpiresAt),
		RenewBy: store.UTC(c.RefreshExpiresAt), RenewDue: store.UTC(c.RefreshDueAt),
		Failures: c.RefreshFailures, FailingFrom: store.UTC(c.FailingSince), Consented: store.UTC(c.ConsentedAt),
	}
	if c.Status == connection.StatusNeedsReconnect || c.Status == connection.StatusDisconnected {
		s.Access.RenewDue = nil // nothing is renewed
	}
	s.next(c)
	if err := co.postponed(ctx, s, c); err != nil {
		return nil, err
	}
	if s.Timeline, err = co.timeline(ctx, id); err != nil {
		return nil, err
	}
	if s.Runs, err = co.runRows(ctx, co.db.Run.Query().Where(run.ConnectionID(id)).
		Order(run.ByCreatedAt(sql.OrderDesc()), run.ByID(sql.OrderDesc())).Limit(runsShown)); err != nil {
		return nil, err
	}
	s.Calls, err = co.calls(ctx, id)
	return s, err
}

// postponed says what keeps a connection from being synced by its schedule now, with the time: its platform is paused
// or refuses us, or its sync waits for a limit or another try.
func (co *Console) postponed(ctx context.Context, s *ConnectionStory, c *ent.Connection) error {
	if !lifecycle.Syncable(c.Status) {
		return nil
	}
	name := co.nameOf(c.Platform)
	holds, err := co.db.Hold.Query().Where(hold.IDIn(c.Platform, platform.PauseOf(c.Platform))).All(ctx)
	if err != nil {
		return fmt.Errorf("read what holds %s: %w", c.Platform, err)
	}
	pause := func(h *ent.Hold) bool { return h.ID == platform.PauseOf(c.Platform) }
	if slices.ContainsFunc(holds, pause) { // an admin's pause is said before a refusal
		s.Next = words.English.Say("admin.story.platformPaused", "Platform", name)
		s.Todo = words.English.Say("admin.story.resumePlatform")
		return nil
	}
	if len(holds) > 0 && holds[0].Until.After(co.now()) {
		s.Next = words.English.Say("admin.story.refused", "Platform", name, "At", stamp(holds[0].Until))
		s.Todo = words.English.Say("admin.story.fixCredentials")
		return nil
	}
	r, err := co.db.Run.Query().
		Where(run.ConnectionID(c.ID), run.CompletedAtIsNil(), run.StateIn(lifecycle.PostponedRuns()...),
			run.NextAttemptAtNotNil()).
		Order(run.ByNextAttemptAt()).
		First(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what connection %s waits for: %w", c.ID, err)
	}
	if r.State == run.StateRetrying {
		s.Next = words.English.Say(
			"admin.story.syncRetries",
			"Why",
			r.ErrorMessage,
			"At",
			stamp(*r.NextAttemptAt),
			"Number",
			r.Attempt+1,
			"Most",
			lifecycle.MaxAttempts,
		)
	} else {
		s.Next = words.English.Say("admin.story.syncWaits", "At", stamp(*r.NextAttemptAt), "Why", r.ErrorMessage)
	}
	return nil
}

// timeline is what happened to a connection, and what its creator was sent.
func (co *Console) timeline(ctx context.Context, id string) ([]Moment, error) {
	events, err := co.db.ConnectionEvent.Query().Where(connectionevent.ConnectionID(id)).
		Order(connectionevent.ByAt(sql.OrderDesc()), connectionevent.ByID(sql.OrderDesc())).Limit(timelineLength).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the timeline of connection %s: %w", id, err)
	}
	var out []Moment
	for _, e := range events {
		m := Moment{At: e.At.UTC(), Words: e.Words}
		if m.Words == "" {
			m.Words = e.Kind
		}
		if e.Code != "" {
			m.Words += " (" + e.Code + ")"
		}
		switch e.Kind {
		case "connected", "recovered", "resumed":
			m.Tone = "ok"
		case "failing":
			m.Tone = "warn"
		case "lost", "tampered":
			m.Tone = "err"
		}
		out = append(out, m)
	}
	notices, err := co.db.Notice.Query().
		Where(notice.ConnectionID(id), notice.Or(notice.ErrorNEQ(""), notice.UsedAtNotNil(), notice.NumberLT(0))).
		Order(notice.ByCreatedAt(sql.OrderDesc())).
		Limit(timelineLength).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the messages of connection %s: %w", id, err)
	}
	for _, n := range notices {
		switch {
		case n.UsedAt != nil:
			out = append(out, Moment{n.UsedAt.UTC(), "ok", words.English.Say("admin.story.linkUsed")})
		case n.Error != "":
			out = append(
				out,
				Moment{n.CreatedAt.UTC(), "warn", words.English.Say("admin.story.mailFailed", "Why", n.Error)},
			)
		default:
			out = append(out, Moment{n.CreatedAt.UTC(), "", words.English.Say("admin.story.linkMade")})
		}
	}
	slices.SortStableFunc(out, func(a, b Moment) int { return cmp.Compare(b.At.UnixNano(), a.At.UnixNano()) })
	return out[:min(len(out), timelineLength)], nil
}

// calls are the requests of a connection's last runs, newest first.
func (co *Console) calls(ctx context.Context, id string) ([]CallRow, error) {
	logs, err := co.db.SyncLog.Query().Where(synclog.ConnectionID(id), synclog.CallsNotNil()).
		Order(synclog.ByStartedAt(sql.OrderDesc()), synclog.ByID(sql.OrderDesc())).Limit(callsShown).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the calls of connection %s: %w", id, err)
	}
	var out []CallRow
	for _, l := range logs {
		for _, c := range slices.Backward(l.Calls) {
			out = append(
				out,
				CallRow{
					l.RunID,
					string(l.SyncType),
					c.At.UTC(),
					c.Method,
					c.Endpoint,
					c.Status,
					c.Failure,
					time.Duration(c.Millis) * time.Millisecond,
					c.Units,
				},
			)
		}
		if len(out) >= callsShown {
			break
		}
	}
	return out[:min(len(out), callsShown)], nil
}
