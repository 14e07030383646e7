package jobs_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
)

// J11: a month of many accounts on each platform stays within its budget of calls, meets no limit, and
// leaves no account older than a day. MONTH=500 makes it as large as the requirement says.
func TestAMonthOfAccounts(t *testing.T) {
	t.Parallel()
	each := 8
	if n, err := strconv.Atoi(os.Getenv("MONTH")); err == nil {
		each = n
	}
	const days = 30
	y := jobstest.New(t, jobstest.Options{Ledger: true, Platform: func(p *config.Platform) {
		switch p.ID {
		case "instagram":
			p.Quotas["USER_QUOTA"] = []config.Rate{{Limit: 200, Per: "hour"}}
		case "tiktok":
			p.Quotas["QUOTA"] = []config.Rate{{Limit: 600, Per: "minute"}}
		case "youtube":
			p.Quotas["QUOTA"] = []config.Rate{{Limit: 10000, Per: "day"}}
		}
	}})
	owner := y.Creator("month@example.test")
	for _, p := range []string{"instagram", "tiktok", "youtube"} {
		for _, a := range y.World.AddAccounts(p, each) {
			y.AddAccount(owner, p, sandbox.Choice{Account: a.ID})
		}
	}
	settle := func() {
		// A minute's pace may put a run off: its time comes within the hour.
		for range 60 {
			if y.RunDue(); y.Store.Client.Run.Query().Where(run.CompletedAtIsNil()).CountX(y.Ctx) == 0 {
				return
			}
			y.Advance(time.Minute)
		}
		t.Fatal("runs are left after an hour")
	}
	settle()
	total, older := map[string]int64{}, int64(0)
	for day := range days {
		y.World.ResetCalls()
		midnight := y.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)
		for _, at := range []time.Duration{3 * time.Hour, 3*time.Hour + 30*time.Minute, 4 * time.Hour} { // the three schedules
			y.Advance(midnight.Add(at).Sub(y.Now()))
			y.Runner.Tick(y.Ctx)
			settle()
		}
		y.Advance(midnight.Add(12 * time.Hour).Sub(y.Now()))
		y.Runner.Tick(y.Ctx)
		settle()
		for p, most := range map[string]int64{"instagram": 2, "tiktok": 2, "youtube": 3} {
			var daily int64
			for endpoint, n := range y.World.Calls(p) {
				switch {
				case strings.Contains(endpoint, "token"),
					endpoint == "/{version}/me/insights": // refreshes, and the week's insights
				case endpoint == "/v2/video/query/":
					older += n // posts beyond the newest twenty
				default:
					daily += n
				}
			}
			if daily > most*int64(each) {
				t.Errorf(
					"day %d: got %d calls of %s for %d accounts, want at most %d each: %v",
					day,
					daily,
					p,
					each,
					most,
					y.World.Calls(p),
				)
			}
			total[p] += daily
		}
		old := y.Store.Client.Schedule.Query().Where(schedule.LastSuccessAtLT(y.Now().Add(-24 * time.Hour))).CountX(y.Ctx)
		if old != 0 {
			t.Errorf("day %d: got %d accounts older than a day, want none", day, old)
		}
	}
	bad := y.Store.Client.Run.Query().Where(run.Or(run.StateNEQ(run.StateSuccess), run.RateLimited(true))).AllX(y.Ctx)
	if len(bad) != 0 {
		t.Errorf(
			"got %d runs that met a limit or did not succeed, the first %s %s: %s",
			len(bad),
			bad[0].Platform,
			bad[0].State,
			bad[0].ErrorMessage,
		)
	}
	average := fmt.Sprintf("%.2f", float64(total["youtube"])/float64(days*each))
	if v, _ := strconv.ParseFloat(average, 64); v > 2.4 {
		t.Errorf("got %s units a channel and day, want at most 2.4 on average", average)
	}
	weekly := float64(older) / float64(days*each)
	if weekly > 0.2 {
		t.Errorf("got %.2f calls a day for posts beyond the newest twenty, want about one a week", weekly)
	}
	t.Logf(
		"%d accounts on each platform, %d days: Instagram %.2f calls, TikTok %.2f and %.2f for older posts, YouTube %s units an account and day",
		each,
		days,
		float64(total["instagram"])/float64(days*each),
		float64(total["tiktok"])/float64(days*each),
		weekly,
		average,
	)
}
