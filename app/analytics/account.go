package analytics

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
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/refusal"
	"github.com/truecount/truecount/ent/run"
)

// account is one connection with everything its state is read from.
type account struct {
	c        *ent.Connection
	spec     platform.Spec
	settings config.Platform
	profile  *ent.Profile  // nil before the first sync
	schedule *ent.Schedule // nil before the first plan

	last      *ent.Run // the newest, ended or not
	scheduled *ent.Run // the newest scheduled one that ended
	asked     *ent.Run // the newest the creator asked for
	unread    bool     // it was synced long ago, and its posts were never read

	followersAt *time.Time // of the last count, of an account that does not give it any more

	withdrawn []string // metrics the platform refuses everybody at present
	refused   []string // metrics it refuses this account at present
}

// accounts loads a creator's connections in the order pages show them: primary ones first, then by
// platform, live before disconnected, oldest first.
func (a *Analytics) accounts(ctx context.Context, creatorID string, only ...predicate.Connection) ([]*account, error) {
	if !text.Storable(creatorID) {
		return nil, errNothing()
	}
	q := a.db.Connection.Query().Where(connection.OwnerID(creatorID), connection.SourceEQ(a.source)).Where(only...).
		WithProfile().WithSchedule()
	rows, err := q.Select(
		connection.FieldOwnerID, connection.FieldPlatform, connection.FieldSource, connection.FieldExternalID,
		connection.FieldHandle, connection.FieldStatus, connection.FieldStatusCode, connection.FieldStatusDetail, connection.FieldStatusSince,
		connection.FieldPrimary, connection.FieldScopes, connection.FieldRefreshSealed, connection.FieldTokenIssuedAt,
		connection.FieldTokenExpiresAt, connection.FieldRefreshExpiresAt, connection.FieldDisconnectedAt,
		connection.FieldDeleteBy, connection.FieldCreatedAt,
	).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	order := map[string]int{}
	for i, s := range a.platforms.Specs() {
		order[s.ID] = i
	}
	out := make([]*account, 0, len(rows))
	for _, c := range rows {
		spec, ok := a.platforms.Spec(c.Platform)
		if !ok {
			continue // a platform this build does not have
		}
		settings, _ := a.platforms.Settings(c.Platform)
		out = append(out, &account{c: c, spec: spec, settings: settings, profile: c.Edges.Profile, schedule: c.Edges.Schedule})
	}
	slices.SortStableFunc(out, func(x, y *account) int {
		return cmp.Or(
			first(x.live() && x.c.Primary, y.live() && y.c.Primary),
			cmp.Compare(order[x.c.Platform], order[y.c.Platform]),
			first(x.live(), y.live()),
			first(x.c.Primary, y.c.Primary),
			x.c.CreatedAt.Compare(y.c.CreatedAt),
			cmp.Compare(x.c.ID, y.c.ID),
		)
	})
	return out, a.withFollowersAt(ctx, out)
}

// first orders true before false.
func first(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	default:
		return 1
	}
}

// withRuns adds to each account the runs its state depends on.
func (a *Analytics) withRuns(ctx context.Context, list []*account) error {
	last, err := a.newestRuns(ctx, ids(list))
	if err != nil {
		return err
	}
	scheduled, err := a.newestRuns(ctx, ids(list), run.TriggerEQ(run.TriggerSchedule),
		run.StateIn(lifecycle.EndedRuns()...))
	if err != nil {
		return err
	}
	asked, err := a.newestRuns(ctx, ids(list), run.TriggerIn(run.TriggerCreator, run.TriggerAPI))
	if err != nil {
		return err
	}
	unread, err := a.unread(ctx, list)
	if err != nil {
		return err
	}
	gone, own, err := a.withdrawn(ctx, ids(list))
	if err != nil {
		return err
	}
	for _, acc := range list {
		acc.last, acc.scheduled, acc.asked = last[acc.c.ID], scheduled[acc.c.ID], asked[acc.c.ID]
		acc.unread = unread[acc.c.ID]
		acc.withdrawn, acc.refused = gone[acc.c.Platform], own[acc.c.ID]
	}
	return nil
}

// unread finds the accounts that were synced longer ago than posts may be missing, and whose posts were never read.
func (a *Analytics) unread(ctx context.Context, list []*account) (map[string]bool, error) {
	var never []string
	for _, acc := range list {
		if acc.schedule != nil && acc.schedule.PostsReadAt == nil && acc.schedule.LastSuccessAt != nil {
			never = append(never, acc.c.ID)
		}
	}
	if len(never) == 0 {
		return nil, nil
	}
	found, err := a.db.Run.Query().Where(run.ConnectionIDIn(never...), run.KindEQ(run.KindSync), run.StateIn(lifecycle.GoodRuns()...),
		run.CompletedAtLT(a.now().Add(-partAfter))).Unique(true).Select(run.FieldConnectionID).Strings(ctx)
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
func (a *Analytics) withdrawn(ctx context.Context, connections []string) (all, own map[string][]string, err error) {
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

// newestRuns gives the newest run of each connection that satisfies the predicates.
func (a *Analytics) newestRuns(ctx context.Context, connections []string, only ...predicate.Run) (map[string]*ent.Run, error) {
	if len(connections) == 0 {
		return nil, nil
	}
	only = append([]predicate.Run{run.ConnectionIDIn(connections...), run.KindEQ(run.KindSync)}, only...)
	rows, err := a.db.Run.Query().Where(only...).Where(func(s *sql.Selector) {
		t := sql.Table(run.Table).As("r")
		newest := sql.Dialect(s.Dialect()).Select(t.C(run.FieldConnectionID)).
			AppendSelectAs(sql.Max(t.C(run.FieldCreatedAt)), "newest_at").From(t).GroupBy(t.C(run.FieldConnectionID))
		for _, p := range only {
			p(newest)
		}
		j := newest.As("newest")
		s.Join(j).OnP(sql.And(
			sql.ColumnsEQ(s.C(run.FieldConnectionID), j.C(run.FieldConnectionID)),
			sql.ColumnsEQ(s.C(run.FieldCreatedAt), j.C("newest_at")),
		))
	}).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the newest runs: %w", err)
	}
	out := make(map[string]*ent.Run, len(rows))
	for _, r := range rows {
		if old := out[r.ConnectionID]; old == nil || old.ID < r.ID {
			out[r.ConnectionID] = r
		}
	}
	return out, nil
}

func ids(list []*account) []string {
	out := make([]string, len(list))
	for i, acc := range list {
		out[i] = acc.c.ID
	}
	return out
}

func live(list []*account) []*account {
	return slices.DeleteFunc(slices.Clone(list), func(acc *account) bool { return !acc.live() })
}

func (acc *account) live() bool { return acc.c.Status != connection.StatusDisconnected }

// working reports that the connection is synced.
func (acc *account) working() bool {
	return lifecycle.Syncable(acc.c.Status)
}

// active is the run that has not ended, or nil.
func (acc *account) active() *ent.Run {
	if acc.last == nil || !lifecycle.RunActive(acc.last.State) {
		return nil
	}
	return acc.last
}

// handle is what the account is called: "@mina", or its name where the platform gives no handle.
func (acc *account) handle() string {
	if h := strings.TrimPrefix(acc.c.Handle, "@"); h != "" {
		return "@" + h
	}
	if acc.profile != nil && acc.profile.DisplayName != "" {
		return acc.profile.DisplayName
	}
	return words.English.Say("creator.unnamed", "Platform", acc.spec.Name)
}

// at is the account's handle for programs: it always carries "@". Where the platform gives none, its id stands in.
func (acc *account) at() string {
	if h := cmp.Or(strings.TrimPrefix(acc.c.Handle, "@"), acc.c.ExternalID); h != "" {
		return "@" + h
	}
	return acc.handle()
}

func (acc *account) displayName() string {
	if acc.profile == nil {
		return ""
	}
	return acc.profile.DisplayName
}

// initials stand in for a picture: at most two letters of the name, else of the handle.
func (acc *account) initials() string {
	for _, name := range []string{acc.displayName(), acc.c.Handle, acc.spec.Name} {
		if out := text.Initials(name); out != "" {
			return out
		}
	}
	return "?"
}

func (acc *account) followers() *int64 {
	if acc.profile == nil || acc.ungranted("followers") {
		return nil
	}
	return acc.profile.Followers
}

func (acc *account) postCount() *int64 {
	if acc.profile == nil || acc.ungranted("post_count") {
		return nil
	}
	return acc.profile.PostCount
}

// restricted reports that the platform's terms forbid what we would calculate from its numbers.
func (acc *account) restricted() bool { return acc.spec.DerivedRestricted && !acc.settings.Derived }

func (acc *account) asOf() *time.Time {
	if acc.schedule == nil {
		return nil
	}
	return utc(acc.schedule.LastSuccessAt)
}

func (acc *account) nextSync() *time.Time {
	if acc.schedule == nil || !acc.working() {
		return nil
	}
	return utc(&acc.schedule.DueAt)
}

func (acc *account) followerWord() words.Text { return named(metricNouns, acc.spec.Followers) }

func utc(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
