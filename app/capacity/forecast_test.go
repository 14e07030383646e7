package capacity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/instagram"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/platform/tiktok"
	"github.com/truecount/truecount/app/platform/youtube"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// real is the three platforms as they are, with settings of a test.
func real(settings map[string]config.Platform) *platform.Registry {
	var list []config.Platform
	for id, s := range settings {
		s.ID, s.ClientID, s.ClientSecret = id, "app", "secret"
		list = append(list, s)
	}
	return platformtest.Described([]platform.Spec{instagram.Maker.Spec, tiktok.Maker.Spec, youtube.Maker.Spec}, list...)
}

// usual is the settings as they are by default.
func usual(t *testing.T, id, cron string) config.Platform {
	t.Helper()
	c, err := config.ParseCron(cron, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]config.Platform{
		"instagram": {Cron: c, Delay: 2 * time.Second, PostLimit: 25, Quotas: map[string][]config.Rate{"USER_QUOTA": {{Limit: 200, Per: "hour"}}}},
		"tiktok":    {Cron: c, Delay: 3 * time.Second, PostLimit: 20, Quotas: map[string][]config.Rate{"QUOTA": {{Limit: 600, Per: "minute"}}}},
		"youtube": {Cron: c, Delay: 2 * time.Second, PostLimit: 50, Quotas: map[string][]config.Rate{
			"QUOTA": {{Limit: 10000, Per: "day"}}, "STATS_QUOTA": {{Limit: 0, Per: "day"}},
		}},
	}[id]
}

// newForecast is a world with the platforms as they really are.
func newForecast(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.c.platforms = real(map[string]config.Platform{
		"instagram": usual(
			t,
			"instagram",
			"0 3 * * *",
		), "tiktok": usual(t, "tiktok", "30 3 * * *"), "youtube": usual(t, "youtube", "0 4 * * *"),
	})
	return w
}

func (w *world) forecast(id string) Forecast {
	w.T.Helper()
	w.c.forecasts = nil
	all, err := w.c.Forecasts(w.Ctx)
	w.Must(err)
	for _, f := range all {
		if f.Platform == id {
			return f
		}
	}
	w.T.Fatalf("got no forecast of %s", id)
	return Forecast{}
}

// spend writes into the ledger what was spent of the Pacific day that holds at.
func (w *world) spend(bucket, scope string, at time.Time, units int64) {
	w.T.Helper()
	end := outbound.NextPacificMidnight(at)
	w.Must(
		w.DB.QuotaUse.Create().
			SetPlatform("youtube").
			SetBucket(bucket).
			SetScope(scope).
			SetWindowStart(outbound.NextPacificMidnight(end.Add(-26 * time.Hour))).
			SetWindowEnd(end).
			SetUsed(units).
			Exec(w.Ctx),
	)
}

func since(at time.Time) func(*ent.ConnectionCreate) {
	return func(c *ent.ConnectionCreate) { c.SetCreatedAt(at) }
}

// channels connects so many, the first 40 days ago and the others a day apart from then, and syncs each of them
// on every one of the last days.
func (w *world) channels(n, days int) {
	w.T.Helper()
	for i := range n {
		w.Conn["youtube"] = w.Connect(
			"youtube",
			fmt.Sprint("channel ", i),
			since(healthtest.Noon.Add(time.Duration(i-40)*day)),
		)
		for d := range days {
			w.Run(
				"youtube",
				run.StateSuccess,
				time.Duration(d)*day+7*time.Hour,
				asked(w.Time.Add(-time.Duration(d)*day-8*time.Hour)),
			)
		}
	}
}

func asked(at time.Time) func(*ent.RunCreate) {
	return func(r *ent.RunCreate) { r.SetCreatedAt(at).SetAPICalls(3) }
}

// J11: nothing is told that is not known, and what is known is told from the ledger.
func TestForecastFromTheLedger(t *testing.T) {
	t.Parallel()
	w := newForecast(t)
	if f := w.forecast("youtube"); f.Carries != nil || f.Cost != nil || f.Growth != nil || f.MetOn != nil ||
		f.Changes != nil ||
		f.Binding != "" {
		t.Errorf("of nothing: got %+v, want all unknown", f)
	}
	w.channels(4, 3)
	if f := w.forecast("youtube"); f.Carries != nil || f.Cost != nil {
		t.Errorf("before a day of the ledger has ended: got a price, want none, though calls are known")
	}
	w.spend("QUOTA", "", healthtest.Noon, 17)
	w.spend("QUOTA", "", healthtest.Noon.Add(-day), 9)
	w.spend("QUOTA", "", healthtest.Noon.Add(-2*day), 7)
	w.spend("QUOTA", "", healthtest.Noon.Add(-9*day), 4000) // too long ago
	f := w.forecast("youtube")
	// The syncs of today's morning, 05:00 UTC, belong to the Pacific day that ended at 08:00.
	if f.Cost == nil || *f.Cost != 2 {
		t.Fatalf("price: got %v, want 2 units: 16 in two days of four accounts", f.Cost)
	}
	if f.Carries == nil || *f.Carries != 4750 || f.Binding != "YOUTUBE_QUOTA" || f.Unlimited {
		t.Errorf("got %v accounts by %q, want 4750 by YOUTUBE_QUOTA, a twentieth being kept", *f.Carries, f.Binding)
	}
	// All four were connected more than 30 days ago.
	if f.Accounts != 4 || f.Growth == nil || *f.Growth != 0 || f.MetOn != nil {
		t.Errorf("got %d accounts, a growth of %v, met on %v, want 4, 0 and never", f.Accounts, f.Growth, f.MetOn)
	}
	quota := f.Limits[0]
	if quota.Used != 17 || quota.Ends == nil || !quota.Ends.Equal(time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("the day that holds now: got %d units until %v, want 17 until 25 Nov 08:00 UTC", quota.Used, quota.Ends)
	}
	w.DB.Connection.Update().Where(connection.Handle("channel 3")).SetStatus(connection.StatusDisconnected).ExecX(w.Ctx)
	for range 15 {
		w.Connect("youtube", fmt.Sprint("new ", w.DB.Connection.Query().CountX(w.Ctx)), since(healthtest.Noon.Add(-day)))
	}
	f = w.forecast("youtube")
	if f.Accounts != 18 || f.Growth == nil || *f.Growth != 0.5 {
		t.Fatalf("got %d accounts and a growth of %v, want 18 and 15 in 30 days", f.Accounts, f.Growth)
	}
	f.MetOn = reachedOn(healthtest.Noon, 4740, f.Carries, f.Growth)
	if want := healthtest.Noon.Add(20 * day); f.MetOn == nil || !f.MetOn.Equal(want) {
		t.Errorf("ten accounts before the limit: got %v, want %v", f.MetOn, want)
	}
}

// A first sync comes on top of its day's, and a night that waited for quota is not lost in the next one.
func TestForecastCountsDaysOfAccounts(t *testing.T) {
	t.Parallel()
	w := newForecast(t)
	w.Conn["youtube"] = w.Connect("youtube", "channel", since(healthtest.Noon.Add(-40*day)))
	w.spend("QUOTA", "", healthtest.Noon.Add(-day), 10)
	yesterday := healthtest.Noon.Add(-day)
	for i, r := range []struct {
		trigger    run.Trigger
		state      run.State
		due, ended time.Time
	}{
		{run.TriggerFirst, run.StateSuccess, yesterday.Add(-2 * time.Hour), yesterday},
		{run.TriggerSchedule, run.StatePartial, yesterday.Add(-8 * time.Hour), yesterday.Add(-time.Hour)}, // of the day before
		{run.TriggerSchedule, run.StateSuccess, yesterday.Add(time.Hour), yesterday.Add(2 * time.Hour)},
		{run.TriggerCreator, run.StateSuccess, yesterday.Add(3 * time.Hour), yesterday.Add(3 * time.Hour)},  // costs, and is no day more
		{run.TriggerSchedule, run.StatePartial, yesterday.Add(3 * time.Hour), yesterday.Add(4 * time.Hour)}, // light
		{run.TriggerSchedule, run.StateDead, yesterday.Add(4 * time.Hour), yesterday.Add(5 * time.Hour)},
	} {
		w.Run("youtube", r.state, healthtest.Noon.Sub(r.ended), asked(r.due), func(c *ent.RunCreate) {
			if c.SetTrigger(r.trigger); i == 4 {
				c.SetErrorCode("QUOTA_EXHAUSTED")
			}
		})
	}
	if f := w.forecast("youtube"); f.Cost == nil || *f.Cost != 9.0/3 {
		t.Errorf("got a price of %v, want 9 units of 10 in three days of an account: one was a profile alone", f.Cost)
	}
}

// Where the ledger keeps no day, the calls of the runs are the price.
func TestForecastFromCalls(t *testing.T) {
	t.Parallel()
	w := newForecast(t)
	if f := w.forecast("tiktok"); f.Carries != nil || f.Cost != nil {
		t.Errorf("before anything was synced: got %v accounts, want unknown", f.Carries)
	}
	for d := range 4 {
		w.Run(
			"tiktok",
			run.StateSuccess,
			time.Duration(d)*day+time.Hour,
			asked(healthtest.Noon.Add(-time.Duration(d)*day-2*time.Hour)),
		)
		w.Run(
			"instagram",
			run.StateSuccess,
			time.Duration(d)*day+time.Hour,
			asked(healthtest.Noon.Add(-time.Duration(d)*day-2*time.Hour)),
		)
	}
	f := w.forecast("tiktok")
	if f.Cost == nil || *f.Cost != 3 || f.Carries == nil || *f.Carries != 28800 || f.Binding != "TIKTOK_SYNC_DELAY" {
		t.Fatalf("tiktok: got a price of %v, %v accounts by %q, want 3, 28800 by the pace", f.Cost, f.Carries, f.Binding)
	}
	if got := f.Limits[0].Carries; got == nil || *got != 600*1440/3 {
		t.Errorf("600 a minute: got %v accounts, want 288000", got)
	}
	for i, part := range []time.Duration{-50 * time.Second, -5 * time.Second} {
		w.Must(
			w.DB.QuotaUse.Create().
				SetPlatform("tiktok").
				SetBucket("QUOTA").
				SetScope(outbound.SlidingMark + "1m0s /v2/user/info/").
				SetWindowStart(healthtest.Noon.Add(part)).
				SetWindowEnd(healthtest.Noon.Add(part + 65*time.Second)).
				SetUsed(int64(100 + i)).
				Exec(w.Ctx),
		)
	}
	if l := w.forecast("tiktok").Limits[0]; l.Used != 201 || l.Ends == nil ||
		!l.Ends.Equal(healthtest.Noon.Add(time.Minute)) {
		t.Errorf("the minute that slides: got %d until %v, want 201 until all have left it", l.Used, l.Ends)
	}
	f = w.forecast("instagram")
	if own := f.Limits[0]; own.Shared() || own.Carries != nil || own.Cost == nil || *own.Cost != 3 {
		t.Errorf("a quota of each account: got %+v, want a price and no number of accounts", own)
	}
	if f.Carries == nil || *f.Carries != 43200 || f.Binding != "INSTAGRAM_SYNC_DELAY" {
		t.Errorf("instagram: got %v accounts by %q, want 43200 by the pace", f.Carries, f.Binding)
	}
}

// The next 24 hours are asked of the Pacific days that they touch.
func TestPlanOfTheNextDay(t *testing.T) {
	t.Parallel()
	w := newForecast(t)
	w.channels(3, 2)
	w.spend("QUOTA", "", healthtest.Noon, 9490)
	w.spend("QUOTA", "", healthtest.Noon.Add(-day), 9)
	for i, c := range w.DB.Connection.Query().Where(connection.Platform("youtube")).AllX(w.Ctx) {
		due := healthtest.Noon.Add(16 * time.Hour)
		if i == 2 {
			due = healthtest.Noon.Add(22 * time.Hour)
		}
		w.Must(w.DB.Schedule.Create().SetConnectionID(c.ID).SetPlatform("youtube").SetDueAt(due).Exec(w.Ctx))
	}
	w.Active(
		"youtube",
		"waits",
		run.StateDeferred,
		func(r *ent.RunCreate) { r.SetNextAttemptAt(healthtest.Noon.Add(20 * time.Hour)) },
	)
	p := w.forecast("youtube").Plan
	if p.Accounts != 4 || p.Takes != 8*time.Second || len(p.Needs) != 2 {
		t.Fatalf("got %+v, want 4 accounts within 8 s, of two days", p)
	}
	midnight := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	now, then := p.Needs[0], p.Needs[1]
	if !now.Until.Equal(midnight) || now.Accounts != 2 || now.Left != 10 || now.Units == nil || *now.Units != 6 {
		t.Errorf("today: got %+v, want 2 accounts, 6 units of 10 until %v", now, midnight)
	}
	if !then.Until.Equal(healthtest.Noon.Add(day)) || then.Accounts != 2 || then.Left != 9500 {
		t.Errorf("tomorrow: got %+v, want 2 accounts of a whole day's units but the twentieth that is kept", then)
	}
}

func TestCarries(t *testing.T) {
	t.Parallel()
	price := func(v float64) *float64 { return &v }
	units := Limit{Setting: "QUOTA", By: outbound.ByApp, Max: 10000, Per: day, Cost: price(2.5)}
	pace := Limit{Setting: "DELAY", Max: 43200, Per: day, Pace: 2 * time.Second, Cost: price(1)}
	change := func(l Limit, f func(*Limit)) Limit { f(&l); return l }
	for _, tc := range []struct {
		name    string
		limits  []Limit
		want    string
		binding string
	}{
		{"the quota before the pace", []Limit{units, pace}, "4000", "QUOTA"},
		{"the pace before the quota", []Limit{change(units, func(l *Limit) { l.Max = 200000 }), pace}, "43200", "DELAY"},
		{"four rounds a day", []Limit{change(pace, func(l *Limit) { l.Cost = price(4) })}, "10800", "DELAY"},
		{"by the hour", []Limit{change(units, func(l *Limit) { l.Per = time.Hour })}, "96000", "QUOTA"},
		{"a price not known", []Limit{change(units, func(l *Limit) { l.Cost = nil }), pace}, "unknown", ""},
		{"a price of nothing", []Limit{change(units, func(l *Limit) { l.Cost = price(0) })}, "unlimited", ""},
		{"a quota not used", []Limit{change(units, func(l *Limit) { l.Max, l.Cost = 0, nil }), pace}, "43200", "DELAY"},
		{"a quota of each account", []Limit{change(units, func(l *Limit) { l.By = outbound.ByAccount })}, "unlimited", ""},
		{"nothing set", nil, "unlimited", ""},
	} {
		n, binding, unlimited := carries(tc.limits)
		got := "unknown"
		switch {
		case unlimited:
			got = "unlimited"
		case n != nil:
			got = fmt.Sprint(*n)
		}
		if got != tc.want || binding != tc.binding {
			t.Errorf("%s: got %s by %q, want %s by %q", tc.name, got, binding, tc.want, tc.binding)
		}
	}
}

func TestMet(t *testing.T) {
	t.Parallel()
	n, rate := func(v int) *int { return &v }, func(v float64) *float64 { return &v }
	for _, tc := range []struct {
		name     string
		accounts int
		carries  *int
		growth   *float64
		want     string
	}{
		{"room for a hundred days", 900, n(1000), rate(1), "2027-03-04"},
		{"the last day is a whole one", 999, n(1000), rate(0.3), "2026-11-28"},
		{"met already", 1000, n(1000), nil, "2026-11-24"},
		{"passed", 1200, n(1000), rate(1), "2026-11-24"},
		{"no growth", 10, n(1000), rate(0), "never"},
		{"growth not known", 10, n(1000), nil, "never"},
		{"not within ten years", 10, n(100000), rate(1), "never"},
		{"no number", 10, nil, rate(1), "never"},
	} {
		got := "never"
		if at := reachedOn(healthtest.Noon, tc.accounts, tc.carries, tc.growth); at != nil {
			got = at.Format(time.DateOnly)
		}
		if got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, id, cron string
		price          float64
		set            func(*config.Platform)
		want           []string
	}{
		{"YouTube as it is set by default", "youtube", "0 4 * * *", 2.5, nil, []string{
			"YOUTUBE_POST_LIMIT 50 to 100: 2714 by YOUTUBE_QUOTA", "YOUTUBE_SYNC_DELAY 2s to 1s: 3800 by YOUTUBE_QUOTA",
			"YOUTUBE_QUOTA 10000/day to 20000/day: 7600 by YOUTUBE_QUOTA", "YOUTUBE_STATS_QUOTA 0 to 10000/day: 5277 by YOUTUBE_QUOTA",
			"YOUTUBE_SYNC_CRON 0 4 * * * to 30 8 * * *: 3800 by YOUTUBE_QUOTA",
		}},
		{"three pages of posts, at the day's beginning", "youtube", "30 8 * * *", 4, func(p *config.Platform) { p.PostLimit = 120 }, []string{
			"YOUTUBE_POST_LIMIT 120 to 200: 1900 by YOUTUBE_QUOTA", "YOUTUBE_POST_LIMIT 120 to 100: 3166 by YOUTUBE_QUOTA",
			"YOUTUBE_SYNC_DELAY 2s to 1s: 2375 by YOUTUBE_QUOTA", "YOUTUBE_QUOTA 10000/day to 20000/day: 4750 by YOUTUBE_QUOTA",
			"YOUTUBE_STATS_QUOTA 0 to 10000/day: 3333 by YOUTUBE_STATS_QUOTA",
		}},
		{"numbers paid from the second quota", "youtube", "30 8 * * *", 1.5, func(p *config.Platform) {
			p.Quotas["STATS_QUOTA"] = []config.Rate{{Limit: 10000, Per: "day"}}
		}, []string{
			"YOUTUBE_POST_LIMIT 50 to 100: 4000 by YOUTUBE_STATS_QUOTA", "YOUTUBE_SYNC_DELAY 2s to 1s: 6333 by YOUTUBE_QUOTA",
			"YOUTUBE_QUOTA 10000/day to 20000/day: 6666 by YOUTUBE_STATS_QUOTA", "YOUTUBE_STATS_QUOTA 10000/day to 20000/day: 6333 by YOUTUBE_QUOTA",
		}},
		{"Instagram, where each account has its own", "instagram", "0 3 * * *", 2, nil, []string{"INSTAGRAM_SYNC_DELAY 2s to 1s: 86400 by INSTAGRAM_SYNC_DELAY"}},
		{"TikTok, several windows and no pace", "tiktok", "30 3 * * *", 2, func(p *config.Platform) {
			p.Delay, p.Quotas["QUOTA"] = 0, []config.Rate{{Limit: 600, Per: "minute"}, {Limit: 1000, Per: "day"}}
		}, []string{"TIKTOK_POST_LIMIT 20 to 40: 333 by TIKTOK_QUOTA", "TIKTOK_QUOTA 600/minute,1000/day to 1200/minute,2000/day: 1000 by TIKTOK_QUOTA"}},
	} {
		settings := usual(t, tc.id, tc.cron)
		if tc.set != nil {
			tc.set(&settings)
		}
		spec, _ := real(nil).Spec(tc.id)
		now := limits(spec, settings, healthtest.Noon)
		for i := range now {
			if now[i].Pace == 0 {
				now[i].Cost = &tc.price
			}
		}
		var got []string
		for _, c := range changes(spec, settings, now, healthtest.Noon) {
			got = append(got, fmt.Sprintf("%s %s to %s: %d by %s", c.Setting, c.From, c.To, c.Carries, c.Binding))
			if !strings.HasSuffix(c.Why.String(), ".") {
				t.Errorf("%s: %s says %q, want a sentence", tc.name, c.Setting, c.Why)
			}
		}
		if a, b := strings.Join(got, "\n"), strings.Join(tc.want, "\n"); a != b {
			t.Errorf("%s: got\n%s\nwant\n%s", tc.name, a, b)
		}
	}
}

// What a platform itself calls spent is spent, whatever we counted.
func TestUsedWithThePlatformsWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Must(
		w.DB.QuotaUse.Create().SetPlatform("tiktok").SetBucket("QUOTA").SetWindowStart(healthtest.Noon.Add(-12 * time.Hour)).
			SetWindowEnd(healthtest.Noon.Add(12 * time.Hour)).SetUsed(5).SetReserved(995).Exec(w.Ctx),
	)
	n, _, err := w.c.used(w.Ctx, "tiktok", Limit{Per: day, bucket: "QUOTA"}, w.Time)
	w.Must(err)
	if n != 1000 {
		t.Errorf("got %d used, want all 1000", n)
	}
}
