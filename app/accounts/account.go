package accounts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/refusal"
	"github.com/truecount/truecount/ent/run"
)

// Account is one connection with everything its state is read from.
type Account struct {
	Row      *ent.Connection
	Spec     platform.Spec
	Settings config.Platform
	Profile  *ent.Profile  // nil before the first sync
	Schedule *ent.Schedule // nil before the first plan

	Last      *ent.Run // the newest, ended or not
	Scheduled *ent.Run // the newest scheduled one that ended
	Asked     *ent.Run // the newest the creator asked for
	Unread    bool     // it was synced long ago, and its posts were never read

	// FollowersAt is when the followers were last read, where the newest reading did not bring them; else nil.
	FollowersAt *time.Time

	Withdrawn []string // metrics the platform refuses everybody at present
	Refused   []string // metrics it refuses this account at present
}

// Load loads a creator's connections in the order pages show them: primary ones first, then by
// platform, live before disconnected, oldest first.
func (a *Accounts) Load(ctx context.Context, creatorID string, only ...predicate.Connection) ([]*Account, error) {
	if !text.Storable(creatorID) {
		return nil, NothingThere()
	}
	q := a.db.Connection.Query().Where(connection.OwnerID(creatorID), connection.SourceEQ(a.source)).Where(only...).
		WithProfile().WithSchedule()
	rows, err := q.Select(
		connection.FieldOwnerID,
		connection.FieldPlatform,
		connection.FieldSource,
		connection.FieldExternalID,
		connection.FieldHandle,
		connection.FieldStatus,
		connection.FieldStatusCode,
		connection.FieldStatusDetail,
		connection.FieldStatusSince,
		connection.FieldPrimary,
		connection.FieldScopes,
		connection.FieldRefreshSealed,
		connection.FieldTokenIssuedAt,
		connection.FieldTokenExpiresAt,
		connection.FieldRefreshExpiresAt,
		connection.FieldDisconnectedAt,
		connection.FieldDeleteBy,
		connection.FieldCreatedAt,
	).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	order := map[string]int{}
	for i, s := range a.platforms.Specs() {
		order[s.ID] = i
	}
	out := make([]*Account, 0, len(rows))
	for _, c := range rows {
		spec, ok := a.platforms.Spec(c.Platform)
		if !ok {
			continue // a platform this build does not have
		}
		settings, _ := a.platforms.Settings(c.Platform)
		out = append(
			out,
			&Account{Row: c, Spec: spec, Settings: settings, Profile: c.Edges.Profile, Schedule: c.Edges.Schedule},
		)
	}
	slices.SortStableFunc(out, func(x, y *Account) int {
		return cmp.Or(
			CompareFlags(x.Live() && x.Row.Primary, y.Live() && y.Row.Primary),
			cmp.Compare(order[x.Row.Platform], order[y.Row.Platform]),
			CompareFlags(x.Live(), y.Live()),
			CompareFlags(x.Row.Primary, y.Row.Primary),
			x.Row.CreatedAt.Compare(y.Row.CreatedAt),
			cmp.Compare(x.Row.ID, y.Row.ID),
		)
	})
	for _, acc := range out {
		if acc.Profile == nil || acc.Profile.Followers == nil {
			continue
		}
		if at, dated := acc.Profile.KnownAt[profile.FieldFollowers]; dated {
			acc.FollowersAt = store.UTC(&at)
		}
	}
	return out, a.withFollowersAt(ctx, out)
}

// CompareFlags orders what is so before what is not: -1, 0 or 1.
func CompareFlags(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	default:
		return 1
	}
}

// WithRuns adds to each account the runs its state depends on.
func (a *Accounts) WithRuns(ctx context.Context, list []*Account) error {
	runs, err := a.newestRuns(ctx, IDs(list))
	if err != nil {
		return err
	}
	unread, err := a.unread(ctx, list)
	if err != nil {
		return err
	}
	gone, own, err := a.withdrawn(ctx, IDs(list))
	if err != nil {
		return err
	}
	for _, acc := range list {
		for _, r := range runs[acc.Row.ID] {
			acc.Last = newer(acc.Last, r)
			if scheduled.has(r) {
				acc.Scheduled = newer(acc.Scheduled, r)
			}
			if asked.has(r) {
				acc.Asked = newer(acc.Asked, r)
			}
		}
		acc.Unread = unread[acc.Row.ID]
		acc.Withdrawn, acc.Refused = gone[acc.Row.Platform], own[acc.Row.ID]
	}
	return nil
}

// unread finds the accounts that were synced longer ago than posts may be missing, and whose posts were never read.
func (a *Accounts) unread(ctx context.Context, list []*Account) (map[string]bool, error) {
	var never []string
	for _, acc := range list {
		if acc.Schedule != nil && acc.Schedule.PostsReadAt == nil && acc.Schedule.LastSuccessAt != nil {
			never = append(never, acc.Row.ID)
		}
	}
	if len(never) == 0 {
		return nil, nil
	}
	found, err := a.db.Run.Query().
		Where(run.ConnectionIDIn(never...), run.KindEQ(run.KindSync), run.StateIn(lifecycle.GoodRuns()...),
			run.CompletedAtLT(a.now().Add(-partAfter))).
		Unique(true).
		Select(run.FieldConnectionID).
		Strings(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for accounts without posts: %w", err)
	}
	out := map[string]bool{}
	for _, id := range found {
		out[id] = true
	}
	return out, nil
}

// withdrawn lists the metrics that are not asked for at present: by platform those it refuses
// everybody, and by connection those it was refused itself.
func (a *Accounts) withdrawn(ctx context.Context, connections []string) (all, own map[string][]string, err error) {
	rows, err := a.db.Refusal.Query().Where(refusal.AtGT(a.now().Add(-platform.WithdrawnFor)),
		refusal.Or(refusal.Lone(false), refusal.ConnectionIDIn(connections...))).Order(refusal.ByMetric()).All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read withdrawn metrics: %w", err)
	}
	all, own = map[string][]string{}, map[string][]string{}
	count := map[[2]string]int{}
	for _, r := range rows {
		own[r.ConnectionID] = append(own[r.ConnectionID], r.Metric)
		if r.Lone {
			continue
		}
		k := [2]string{r.Platform, r.Metric}
		if count[k]++; count[k] == platform.WithdrawnFrom {
			all[r.Platform] = append(all[r.Platform], r.Metric)
		}
	}
	return all, own, nil
}

// class is a group of runs, for the database and for a row that was read.
type class struct {
	triggers []run.Trigger
	states   []run.State // empty: any
}

var (
	scheduled = class{triggers: []run.Trigger{run.TriggerSchedule}, states: lifecycle.EndedRuns()}
	asked     = class{triggers: []run.Trigger{run.TriggerCreator, run.TriggerAPI}}
)

func (c class) has(r *ent.Run) bool {
	return slices.Contains(c.triggers, r.Trigger) && (len(c.states) == 0 || slices.Contains(c.states, r.State))
}

// newestAt is the expression for when the newest run of the class was created: NULL where there is none.
func (c class) newestAt(t *sql.SelectTable) sql.Querier {
	is := sql.In(t.C(run.FieldTrigger), anys(c.triggers)...)
	if len(c.states) > 0 {
		is = sql.And(is, sql.In(t.C(run.FieldState), anys(c.states)...))
	}
	return sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("MAX(CASE WHEN ").Join(is).WriteString(" THEN ").WriteString(t.C(run.FieldCreatedAt)).
			WriteString(" END)")
	})
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// newer is the one of two runs that was created later. a may be nil.
func newer(a, b *ent.Run) *ent.Run {
	if a == nil || b.CreatedAt.After(a.CreatedAt) || b.CreatedAt.Equal(a.CreatedAt) && b.ID > a.ID {
		return b
	}
	return a
}

// newestRuns gives, by connection, the newest sync, the newest of the schedule that ended, and the newest that a person
// asked for: up to three runs, and those created in the same moment. One pass over the runs finds all of them.
func (a *Accounts) newestRuns(ctx context.Context, connections []string) (map[string][]*ent.Run, error) {
	if len(connections) == 0 {
		return nil, nil
	}
	of := []predicate.Run{run.ConnectionIDIn(connections...), run.KindEQ(run.KindSync)}
	rows, err := a.db.Run.Query().Where(of...).Where(func(s *sql.Selector) {
		t := sql.Table(run.Table).As("r")
		newest := sql.Dialect(s.Dialect()).Select(t.C(run.FieldConnectionID)).
			AppendSelectAs(sql.Max(t.C(run.FieldCreatedAt)), "last_at").
			AppendSelectExprAs(scheduled.newestAt(t), "scheduled_at").
			AppendSelectExprAs(asked.newestAt(t), "asked_at").
			From(t).GroupBy(t.C(run.FieldConnectionID))
		for _, p := range of {
			p(newest)
		}
		j := newest.As("newest")
		created := s.C(run.FieldCreatedAt)
		s.Join(j).OnP(sql.And(
			sql.ColumnsEQ(s.C(run.FieldConnectionID), j.C(run.FieldConnectionID)),
			sql.ExprP(fmt.Sprintf("%s IN (%s, %s, %s)", created, j.C("last_at"), j.C("scheduled_at"), j.C("asked_at"))),
		))
	}).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the newest runs: %w", err)
	}
	out := make(map[string][]*ent.Run, len(connections))
	for _, r := range rows {
		out[r.ConnectionID] = append(out[r.ConnectionID], r)
	}
	return out, nil
}

func IDs(list []*Account) []string {
	out := make([]string, len(list))
	for i, acc := range list {
		out[i] = acc.Row.ID
	}
	return out
}

func LiveOf(list []*Account) []*Account {
	return slices.DeleteFunc(slices.Clone(list), func(acc *Account) bool { return !acc.Live() })
}

func (acc *Account) Live() bool { return acc.Row.Status != connection.StatusDisconnected }

// Working reports that the connection is synced.
func (acc *Account) Working() bool {
	return lifecycle.Syncable(acc.Row.Status)
}

// Active is the run that has not ended, or nil.
func (acc *Account) Active() *ent.Run {
	if acc.Last == nil || !lifecycle.RunActive(acc.Last.State) {
		return nil
	}
	return acc.Last
}

// Handle is what the account is called: "@mina", or its name where the platform gives no handle.
func (acc *Account) Handle() string {
	if h := strings.TrimPrefix(acc.Row.Handle, "@"); h != "" {
		return "@" + h
	}
	if acc.Profile != nil && acc.Profile.DisplayName != "" {
		return acc.Profile.DisplayName
	}
	return words.English.Say("creator.unnamed", "Platform", acc.Spec.Name)
}

// At is the account's handle for programs: it always carries "@". Where the platform gives none, its id stands in.
func (acc *Account) At() string {
	if h := cmp.Or(strings.TrimPrefix(acc.Row.Handle, "@"), acc.Row.ExternalID); h != "" {
		return "@" + h
	}
	return acc.Handle()
}

func (acc *Account) displayName() string {
	if acc.Profile == nil {
		return ""
	}
	return acc.Profile.DisplayName
}

// Initials stand in for a picture: at most two letters of the name, else of the handle.
func (acc *Account) Initials() string {
	for _, name := range []string{acc.displayName(), acc.Row.Handle, acc.Spec.Name} {
		if out := text.Initials(name); out != "" {
			return out
		}
	}
	return "?"
}

func (acc *Account) Followers() *int64 {
	if acc.Profile == nil || acc.Ungranted("followers") {
		return nil
	}
	return acc.Profile.Followers
}

func (acc *Account) PostCount() *int64 {
	if acc.Profile == nil || acc.Ungranted("post_count") {
		return nil
	}
	return acc.Profile.PostCount
}

// Restricted reports that the platform's terms forbid what we would calculate from its numbers.
func (acc *Account) Restricted() bool { return acc.Spec.DerivedRestricted && !acc.Settings.Derived }

func (acc *Account) AsOf() *time.Time {
	if acc.Schedule == nil {
		return nil
	}
	return store.UTC(acc.Schedule.LastSuccessAt)
}

func (acc *Account) nextSync() *time.Time {
	if acc.Schedule == nil || !acc.Working() {
		return nil
	}
	return store.UTC(&acc.Schedule.DueAt)
}

func (acc *Account) FollowerWord() words.Text { return Named(MetricNouns, acc.Spec.Followers) }

func Filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
