package numbers_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/user"
)

// V1: a creator who gains the same each day, and is synced each night, reads no change: in every zone, for every named
// period, at every hour at which the page may be opened.
func TestASteadyCreatorReadsNoChange(t *testing.T) {
	t.Parallel()
	st := storetest.New(t)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	end := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	clock := end
	r := platformtest.Described([]platform.Spec{{ID: "tiktok", Name: "TikTok", KeepAfterDisconnect: true}},
		config.Platform{ID: "tiktok", ClientID: "app", ClientSecret: "secret"})
	now := func() time.Time { return clock }
	n := numbers.New(numbers.Options{Store: st, Now: now, Accounts: accounts.New(
		accounts.Options{Store: st, Platforms: r, Source: "live", Now: now},
	)})
	mina := st.Client.User.Create().SetEmail("mina@example.test").SetName("Mina").SetRole(user.RoleCreator).
		SetPasswordHash("x").SaveX(ctx)
	id := st.Client.Connection.Create().SetOwnerID(mina.ID).SetPlatform("tiktok").SetSource(connection.SourceLive).
		SetExternalID("1").SetHandle("mina").SetStatus(connection.StatusConnected).SetPrimary(true).SaveX(ctx).ID
	st.Client.Schedule.Create().SetConnectionID(id).SetPlatform("tiktok").SetDueAt(end.Add(24 * time.Hour)).
		SetLastSuccessAt(end).SetPostsReadAt(end).ExecX(ctx)
	const nights = 800
	var totals []*ent.TotalCreate
	for night := range nights {
		at := end.AddDate(0, 0, night-nights+1).Add(time.Duration(night%7*3) * time.Minute) // never quite at the same time
		minutes := int64(at.Sub(end.AddDate(0, 0, -nights)) / time.Minute)
		totals = append(totals, st.Client.Total.Create().SetConnectionID(id).SetMediaType("video").SetObservedAt(at).
			SetViews(minutes*7).SetLikes(minutes).SetComments(0).SetShares(0))
	}
	for from := 0; from < nights; from += 200 {
		st.Client.Total.CreateBulk(totals[from : from+200]...).ExecX(ctx)
	}
	compared := 0
	for _, name := range append([]string{"Africa/Cairo", "Pacific/Auckland", "America/St_Johns"}, zones...) {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, after := range []time.Duration{time.Minute, 5 * time.Hour, 14 * time.Hour, 23 * time.Hour} {
			clock = end.Add(30*time.Minute + after)
			for _, span := range period.Spans() {
				for _, against := range []period.Comparison{period.ComparePrevious, period.CompareYear} {
					for _, metric := range []string{"views_gained", "likes_gained", "engagement_rate"} {
						rg, err := period.ParseRange(span, "", "", zone, clock)
						if err != nil {
							t.Fatal(err)
						}
						a, err := n.Number(ctx, mina.ID, numbers.Query{Metric: metric, Range: rg, Compare: against})
						if err != nil {
							t.Fatal(err)
						}
						where := fmt.Sprintf("%s of %s in %s, %s after the sync, against %s", metric, span, name, after, against)
						compared += steady(t, where, a)
					}
				}
			}
		}
	}
	if compared < 1000 {
		t.Errorf("got %d comparisons, want most of them to be possible", compared)
	}
}

// steady checks that a change is within three percent, or missing for a good reason; it gives 1 if there was one.
func steady(t *testing.T, where string, a *numbers.Answer) int {
	t.Helper()
	if a.Change == nil { // one day that is not over
		return 0
	}
	if a.Change.Value == nil {
		if code := a.Change.Reason.Code; code != numbers.ReasonTooFewDays && code != numbers.ReasonLowCoverage && code != numbers.ReasonNeverRead {
			t.Errorf("%s: got no change for %s", where, code)
		}
		return 0
	}
	if d := *a.Change.Value; d < -3 || d > 3 {
		t.Errorf("%s: got %.2f %%, want none: %v after %v", where, d, show(a.Value.Value), show(a.Before.Value))
	}
	if a.Value.AsOf.After(time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)) {
		t.Errorf("%s: got it dated %s, after the last reading", where, a.Value.AsOf)
	}
	return 1
}

// A named period is the same days whatever the hour, and ends today.
func TestSpans(t *testing.T) {
	t.Parallel()
	now := at("2026-03-31T22:30:00Z")
	for span, want := range map[string]string{
		"7d": "2026-03-25 2026-03-31", "28d": "2026-03-04 2026-03-31", "12m": "2025-04-01 2026-03-31",
		"this-month": "2026-03-01 2026-03-31", "last-month": "2026-02-01 2026-02-28",
		"this-quarter": "2026-01-01 2026-03-31", "last-quarter": "2025-10-01 2025-12-31",
		"this-year": "2026-01-01 2026-03-31", "last-year": "2025-01-01 2025-12-31",
	} {
		r, err := period.ParseRange(span, "", "", time.UTC, now)
		if got := r.From.String() + " " + r.To.String(); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", span, got, err, want)
		}
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := period.ParseRange("this-month", "", "", berlin, now); err != nil || r.From != reading.DayOf(at("2026-04-01T12:00:00Z"), berlin) {
		t.Errorf("got %s, %v, want April: in Berlin it has begun", r.From, err)
	}
	for name, days := range map[string][2]string{
		"reversed": {"2026-03-02", "2026-03-01"}, "30 February": {"2026-02-30", "2026-03-01"},
		"the future": {"2026-03-01", "2026-04-01"}, "ten years": {"2016-03-01", "2026-03-01"}, "half": {"2026-03-01", ""},
	} {
		if r, err := period.ParseRange("", days[0], days[1], time.UTC, now); err == nil {
			t.Errorf("%s: got %s to %s, want an error", name, r.From, r.To)
		}
	}
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}
