package numbers_test

import (
	"context"
	"testing"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/snapshot"
	"github.com/truecount/truecount/ent/user"
)

// told is a database in which a platform gives figures of days and restates them.
type told struct {
	t   *testing.T
	ctx context.Context
	s   *store.Store
	now time.Time
}

// account adds a creator with an account.
func (w *told) account(email string) (owner, conn string) {
	w.t.Helper()
	u := w.s.Client.User.Create().SetEmail(email).SetName("Mina").SetRole(user.RoleCreator).SetPasswordHash("x").SaveX(w.ctx)
	c := w.s.Client.Connection.Create().SetOwnerID(u.ID).SetPlatform("instagram").SetSource(connection.SourceLive).
		SetExternalID(email).SetHandle("mina").SetStatus(connection.StatusConnected).SetPrimary(true).SaveX(w.ctx)
	return u.ID, c.ID
}

// day adds what was read of a day that many days ago: at each age, counted from the end of the day, a value. A value
// that was read before is no new reading.
func (w *told) day(conn string, daysAgo int, values map[int]int64) {
	w.t.Helper()
	d := reading.DayOf(w.now, time.UTC) - reading.Day(daysAgo)
	last := int64(-1)
	for age := range 8 {
		v, read := values[age]
		at := d.End(time.UTC).AddDate(0, 0, age).Add(3 * time.Hour)
		if !read || at.After(w.now) {
			continue
		}
		if v != last {
			w.s.Client.DayReading.Create().SetConnectionID(conn).SetMetric("account_views").SetDay(d.String()).
				SetObservedAt(at).SetValue(v).ExecX(w.ctx)
		}
		last = v
		w.s.Client.Snapshot.Create().SetConnectionID(conn).SetMetric("account_views").SetDay(d.String()).SetValue(v).
			SetObservedAt(at).OnConflictColumns(snapshot.FieldConnectionID, snapshot.FieldMetric, snapshot.FieldDay).
			UpdateNewValues().ExecX(w.ctx)
	}
}

func (w *told) numbers() *numbers.Numbers {
	clock := func() time.Time { return w.now }
	spec := platform.Spec{
		ID: "instagram", Name: "Instagram", Followers: "Followers", PostNoun: "posts",
		Figures: platform.Figures{Days: map[string]string{"views_gained": "account_views"}},
		Metrics: []platform.Metric{{ID: "account_views", Name: "Views"}},
	}
	return numbers.New(numbers.Options{Store: w.s, Now: clock, Accounts: accounts.New(accounts.Options{
		Store: w.s, Source: "live", Now: clock, SyncIntervalMin: 15 * time.Minute,
		Platforms: platformtest.Described([]platform.Spec{spec},
			config.Platform{ID: "instagram", ClientID: "app", ClientSecret: "secret"}),
	})})
}

// A platform gives 90 of 100 views on the morning after a day, and the rest two days later. What that means for a figure
// of yesterday is learned from every account's days, an unfinished day is not set against a finished one, and what was
// read when it no longer changes is final.
func TestFinalOrNotYet(t *testing.T) {
	t.Parallel()
	w := &told{
		t: t, ctx: viewer.System(t.Context(), viewer.ReasonTest), s: storetest.New(t),
		now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
	}
	me, mine := w.account("mina@example.test")
	_, other := w.account("other@example.test")
	restated := map[int]int64{0: 90, 1: 90, 2: 100, 5: 100}
	for ago := 1; ago <= 9; ago++ {
		w.day(mine, ago, restated)
	}
	today := reading.DayOf(w.now, time.UTC)
	ask := func(n *numbers.Numbers, first, last int) *numbers.Answer {
		t.Helper()
		a, err := n.Number(viewer.With(t.Context(), viewer.Viewer{UserID: me}), me, numbers.Query{
			Metric: "views_gained",
			Range:  period.Range{From: today - reading.Day(first), To: today - reading.Day(last), Zone: time.UTC},
		})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	n := w.numbers()
	if a := ask(n, 1, 1); a.Value.Final != nil || a.Change.Value == nil {
		t.Errorf("got final %v and change %v, want nothing known of too few days", show(a.Value.Final), show(a.Change.Value))
	}
	for ago := 10; ago <= 25; ago++ {
		w.day(other, ago, restated)
	}
	if a := ask(n, 1, 1); a.Value.Final != nil {
		t.Errorf("got final %v within the hour, want what was learned to be kept", show(a.Value.Final))
	}
	w.now = w.now.Add(time.Hour)
	for name, c := range map[string]struct {
		first, last int
		final       float64
		withheld    bool
	}{
		"yesterday against the day before":  {1, 1, 0.9, false}, // both were read at 0 or 1 day
		"three days ago against four":       {3, 3, 1, false},
		"yesterday and the days before it":  {4, 1, 0.9, true},
		"days that were read again":         {8, 7, 1, false},
		"two days ago, read on the morning": {2, 2, 0.9, true},
	} {
		a := ask(n, c.first, c.last)
		if a.Value.Final == nil || *a.Value.Final != c.final {
			t.Errorf("%s: got final %v, want %v", name, show(a.Value.Final), c.final)
		}
		withheld := a.Change.Reason != nil && a.Change.Reason.Code == numbers.ReasonNotFinal
		if withheld != c.withheld || withheld && (a.Change.Value != nil || a.Change.State != numbers.StateWithheld) {
			t.Errorf("%s: got change %v (%s), want it withheld: %t", name, show(a.Change.Value), a.Change.State, c.withheld)
		}
	}
}
