package jobs_test

import (
	"context"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform/youtube/youtubefake"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/quotause"
	"github.com/truecount/truecount/ent/run"
)

// autumn is when the month of channels begins: the clocks in Los Angeles go back on its 13th day.
var autumn = time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)

// J11: in a month of many channels the ledger is what the platform counts, to the unit and for every day,
// the quota is never passed, and what an account costs was told after a week within 5 %. CHANNELS=5000 makes it
// as large as the requirement says.
func TestAMonthOfChannels(t *testing.T) {
	t.Parallel()
	channels := 40
	if n, err := strconv.Atoi(os.Getenv("CHANNELS")); err == nil {
		channels = n
	}
	// Less than connecting and the first syncs cost: some of these wait for the next Pacific day, and leave its
	// night too little for all posts.
	quota := int64(3 * channels)
	y := jobstest.New(t, jobstest.Options{Ledger: true, Now: autumn, Platform: func(p *config.Platform) {
		if p.ID == "youtube" {
			p.Quotas["QUOTA"] = []config.Rate{{Limit: quota, Per: "day"}}
			p.PostLimit = 10 // costs what fifty do, and is quicker to keep
		}
	}})
	y.World.SetLimit("youtube", youtubefake.LimitUnits, quota)
	owner := y.Creator("month@example.test")
	for _, a := range y.World.AddAccounts("youtube", channels) {
		y.AddAccount(owner, "youtube", sandbox.Choice{Account: a.ID})
	}
	h := show(y)
	m := &month{Harness: y, t: t}
	m.RunDue()
	if f := m.forecast(h); f.Carries != nil || f.Cost != nil {
		t.Errorf("on the first day: got a price and accounts of %s, want neither known", f.Binding)
	}
	m.settle()
	m.days(7)
	f := m.forecast(h)
	if f.Cost == nil || f.Carries == nil || f.Binding != "YOUTUBE_QUOTA" {
		t.Fatalf(
			"after a week: got a price of %v, %v accounts, met first %q, want all known and YOUTUBE_QUOTA",
			f.Cost,
			f.Carries,
			f.Binding,
		)
	}
	told, at := *f.Cost, y.Now()
	before := m.units()
	m.days(23)
	real := float64(m.units()-before) / float64(channels*23)
	if off := math.Abs(told/real - 1); off > 0.05 {
		t.Errorf(
			"units an account and day: got a forecast of %.3f, want %.3f within 5 %%, it is off by %.1f %%",
			told,
			real,
			100*off,
		)
	}
	days := m.ledger(quota)
	light := y.Store.Client.Run.Query().Where(run.StateEQ(run.StatePartial), run.CompletedAtLT(at)).CountX(y.Ctx)
	if light == 0 {
		t.Error("got no sync without posts in the first week, want some: the forecast has to see through them")
	}
	late := y.Store.Client.Run.Query().
		Where(run.Or(run.CompletedAtIsNil(), run.And(run.StateNEQ(run.StateSuccess), run.CompletedAtGT(at)))).
		CountX(y.Ctx)
	done := y.Store.Client.Run.Query().Where(run.CompletedAtGT(at)).CountX(y.Ctx)
	if late != 0 || done != channels*23 {
		t.Errorf("after the first week: got %d syncs and %d that did not succeed, want %d and none", done, late, channels*23)
	}
	t.Logf(
		"%d channels, %d Pacific days, %d units in the ledger and at the platform; forecast after a week %.3f units an account and day (%d accounts), real %.3f, off by %.2f %%",
		channels,
		days,
		m.units(),
		told,
		*f.Carries,
		real,
		100*(told/real-1),
	)
}

// month lets days go by.
type month struct {
	*jobstest.Harness
	t *testing.T
}

// settle works until nothing is left, waiting for what waits.
func (m *month) settle() {
	m.t.Helper()
	for {
		m.RunDue()
		next, err := m.Store.Client.Run.Query().
			Where(run.CompletedAtIsNil(), run.NextAttemptAtNotNil()).
			Order(run.ByNextAttemptAt()).
			First(m.Ctx)
		if store.Missing(err) {
			return
		}
		if err != nil {
			m.t.Fatal(err)
		}
		m.Advance(next.NextAttemptAt.Sub(m.Now()))
	}
}

// days goes through so many nights, and stops at noon.
func (m *month) days(n int) {
	m.t.Helper()
	for range n {
		midnight := m.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)
		m.Advance(midnight.Add(4 * time.Hour).Sub(m.Now())) // YouTube's schedule
		m.Runner.Tick(m.Ctx)
		m.settle()
		m.Advance(midnight.Add(12 * time.Hour).Sub(m.Now()))
	}
}

func (m *month) forecast(h shown) capacity.Forecast {
	m.t.Helper()
	all, err := h.capacity.Forecasts(m.Ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, f := range all {
		if f.Platform == "youtube" {
			return f
		}
	}
	m.t.Fatal("got no forecast of youtube")
	return capacity.Forecast{}
}

// units is what the platform has counted.
func (m *month) units() int64 {
	sum := int64(0)
	for _, n := range m.World.UnitsByDay("youtube") {
		sum += n
	}
	return sum
}

// ledger compares what was written down with what the platform counted, and gives of how many days.
func (m *month) ledger(quota int64) int {
	m.t.Helper()
	real := m.World.UnitsByDay("youtube")
	rows := m.Store.Client.QuotaUse.Query().
		Where(quotause.Platform("youtube"), quotause.Bucket("QUOTA")).
		AllX(context.WithoutCancel(m.Ctx))
	for _, r := range rows {
		start := r.WindowStart.UTC()
		if r.Used != real[start] || r.Used > quota {
			m.t.Errorf(
				"Pacific day from %s: got %d units in the ledger, want the platform's %d, and at most %d",
				start,
				r.Used,
				real[start],
				quota,
			)
		}
	}
	if len(rows) != len(real) || len(rows) < 30 {
		m.t.Errorf("got %d days in the ledger, want the platform's %d, a month", len(rows), len(real))
	}
	return len(rows)
}
