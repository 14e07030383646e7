package numbers_test

import (
	"io/fs"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

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
	"github.com/truecount/truecount/ent/dayreading"
	"github.com/truecount/truecount/ent/user"
	"github.com/truecount/truecount/migrations"
)

// withoutReadings takes a database back to the schema that knew no readings.
func withoutReadings(t *testing.T, s *store.Store) {
	t.Helper()
	folder, d, last := "sqlite", goose.DialectSQLite3, int64(20261130185529)
	if !s.Embedded() {
		folder, d, last = "postgres", goose.DialectPostgres, 20261130185532
	}
	files, err := fs.Sub(migrations.Files, folder)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(d, s.SQL(), files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.DownTo(t.Context(), last); err != nil {
		t.Fatal(err)
	}
}

// An installation that kept a value a day, and no readings, has the same followers on the same days after its upgrade,
// and the platform's own figures of days too.
func TestAnUpgradeKeepsThePast(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	s := storetest.New(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	owner := s.Client.User.Create().SetEmail("mina@example.test").SetName("Mina").SetRole(user.RoleCreator).
		SetPasswordHash("x").SaveX(ctx)
	conn := s.Client.Connection.Create().SetOwnerID(owner.ID).SetPlatform("tiktok").SetSource(connection.SourceLive).
		SetExternalID("1").SetHandle("mina").SetStatus(connection.StatusConnected).SetPrimary(true).SaveX(ctx)
	snapshot := func(metric string, day int, at time.Time, value int64) {
		s.Client.Snapshot.Create().SetConnectionID(conn.ID).SetMetric(metric).SetValue(value).SetObservedAt(at).
			SetDay(now.AddDate(0, 0, -day).Format(time.DateOnly)).ExecX(ctx)
	}
	for day := range 20 {
		if day == 7 { // nothing was read
			continue
		}
		at := now.AddDate(0, 0, -day).Add(-9 * time.Hour)
		snapshot("follower_count", day, at, int64(1000-day))
		snapshot("view_count", day, at, int64(90000-day))
		snapshot("account_views", day+1, at, int64(50+day))
	}
	withoutReadings(t, s)
	if err := s.Migrate(ctx, nil); err != nil {
		t.Fatal(err)
	}

	if got := s.Client.AccountReading.Query().CountX(ctx); got != 19 {
		t.Errorf("got %d readings, want one for each of the 19 times", got)
	}
	days := s.Client.DayReading.Query().Order(dayreading.ByDay()).AllX(ctx)
	if len(days) != 19 || days[18].Metric != "account_views" || days[18].Day != "2026-11-23" || days[18].Value != 50 ||
		!days[18].ObservedAt.Equal(now.Add(-9*time.Hour)) {
		t.Errorf("got readings of days %v, want the 19 that there were", days)
	}

	clock := func() time.Time { return now }
	spec := platform.Spec{ID: "tiktok", Name: "TikTok", Followers: "Followers", PostNoun: "videos"}
	acc := accounts.New(accounts.Options{
		Store: s, Source: "live", Now: clock, SyncIntervalMin: 15 * time.Minute,
		Platforms: platformtest.Described([]platform.Spec{spec},
			config.Platform{ID: "tiktok", ClientID: "app", ClientSecret: "secret"}),
	})
	today := reading.DayOf(now, time.UTC)
	a, err := numbers.New(numbers.Options{Store: s, Accounts: acc, Now: clock}).Number(ctx, owner.ID, numbers.Query{
		Metric: "followers", Series: true, Range: period.Range{From: today - 18, To: today - 1, Zone: time.UTC},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range a.Series {
		day := int(today - b.Range.From - 1) // the reading of the next morning closes a day
		switch {
		case day == 7:
			if b.Value.Value != nil {
				t.Errorf("%s: got %v, want nothing: nothing was read", b.Range.From, *b.Value.Value)
			}
		case b.Value.Value == nil || *b.Value.Value != float64(1000-day):
			t.Errorf("%s: got %v, want %d", b.Range.From, show(b.Value.Value), 1000-day)
		}
	}
}
