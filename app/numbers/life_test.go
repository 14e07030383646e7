package numbers_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/sandbox"
)

// life is one account that was synced at odd hours for some weeks.
type life struct {
	*jobstest.Harness
	t       *testing.T
	n       *numbers.Numbers
	me      string
	id      string
	account sandbox.Account
	read    []time.Time
}

// born opens the account's life on a day on which it has few posts, so that each sync reads them all.
func born(t *testing.T, seed uint64) *life {
	t.Helper()
	y := jobstest.New(t, jobstest.Options{
		Now:      time.Date(2025, 1, 20, 12, 0, 0, 0, time.UTC),
		Platform: func(p *config.Platform) { p.Delay, p.Quotas, p.PostLimit = 0, nil, 200 },
	})
	l := &life{Harness: y, t: t, me: y.Creator("mina@example.test")}
	made := y.World.AddAccounts("tiktok", int(seed%5)+1)
	l.account = made[len(made)-1]
	l.id = y.AddAccount(l.me, "tiktok", sandbox.Choice{Account: l.account.ID})
	l.n = numbers.New(numbers.Options{
		Store: y.Store, Now: y.Now,
		Accounts: accounts.New(accounts.Options{Store: y.Store, Platforms: y.Platforms, Source: "sandbox", Now: y.Now}),
	})
	l.sync()
	return l
}

func (l *life) sync() {
	l.t.Helper()
	if len(l.read) > 0 {
		l.RequestSync(l.id)
	}
	l.RunDue()
	l.read = append(l.read, l.Now())
}

// lived lets some weeks go by: a sync at odd hours, and now and then a few days without one.
func (l *life) lived(r *rand.Rand) {
	l.t.Helper()
	for range 30 {
		hours := 3 + r.IntN(38)
		if r.IntN(8) == 0 {
			hours += 24 * (1 + r.IntN(4))
		}
		l.Advance(time.Duration(hours) * time.Hour)
		l.sync()
	}
}

// truth is what the account's posts had gained between two readings, as the platform knows it: a post counts from 0
// when it was published after the first reading of all.
func (l *life) truth(from, to time.Time) float64 {
	total := func(at time.Time) int64 {
		sum := int64(0)
		for _, p := range l.World.Posts("tiktok", l.account.ID) {
			then, ok := l.World.PostAt("tiktok", p.ID, at)
			if ok && then.Views != nil {
				sum += *then.Views
			}
		}
		return sum
	}
	return float64(total(to) - total(from))
}

func (l *life) ask(q numbers.Query) *numbers.Answer {
	l.t.Helper()
	a, err := l.n.Number(l.Ctx, l.me, q)
	if err != nil {
		l.t.Fatal(err)
	}
	return a
}

var zones = []string{"UTC", "Pacific/Pago_Pago", "Pacific/Kiritimati", "Asia/Kolkata", "America/New_York", "Asia/Kathmandu"}

// V1: in every zone and for every period, views gained is what the platform's posts gained between the two readings
// that close the period, it is never dated later than its reading, and a period without readings has no number.
func TestViewsGainedAreTheTruth(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 14))
			l := born(t, seed)
			l.lived(r)
			for range 60 {
				zone, err := time.LoadLocation(zones[r.IntN(len(zones))])
				if err != nil {
					t.Fatal(err)
				}
				today := reading.DayOf(l.Now(), zone)
				days := reading.Day(1 + r.IntN(40))
				q := numbers.Query{Metric: "views_gained", Series: true}
				q.Range = period.Range{To: today - reading.Day(r.IntN(60)), Zone: zone}
				q.Range.From = q.Range.To - days + 1
				l.wantTruth(q)
			}
		})
	}
}

func (l *life) wantTruth(q numbers.Query) {
	l.t.Helper()
	a := l.ask(q)
	check := func(r period.Range, v numbers.Value) {
		l.t.Helper()
		name := fmt.Sprintf("%s to %s in %s", r.From, r.To, r.Zone)
		first, last, spans := l.closed(r)
		if spans == 0 {
			if v.Value != nil || v.State != numbers.StateMissing || v.Reason == nil || v.AsOf != nil {
				l.t.Errorf("%s: got %s and %v, want missing with a reason: there are no readings", name, v.State, show(v.Value))
			}
			return
		}
		want := l.truth(first, last)
		if v.Value == nil || *v.Value != want {
			l.t.Errorf("%s: got %v (%s), want %v between %s and %s", name, show(v.Value), v.State, want, first, last)
			return
		}
		if !v.AsOf.Equal(last) || !v.Calculated {
			l.t.Errorf("%s: got it dated %s and calculated %t, want %s and true", name, v.AsOf, v.Calculated, last)
		}
		if v.Coverage == nil || *v.Coverage.Days != spans {
			l.t.Errorf("%s: got coverage %+v, want %d days", name, v.Coverage, spans)
		}
	}
	check(a.Range, a.Value)
	for _, b := range a.Series {
		check(b.Range, b.Value)
	}
}

// closed finds the readings at the ends of a range by looking at each of them: how many days lie between is 0 when
// there are none.
func (l *life) closed(r period.Range) (first, last time.Time, days int) {
	begin, used := reading.Day(0), time.Time{}
	for d := r.From - 1; d <= r.To; d++ {
		end := d.End(r.Zone)
		var best time.Time
		for _, at := range l.read {
			switch {
			case end.After(l.Now()):
				best = at
			case !at.Before(end) && at.Sub(end) <= 18*time.Hour && (best.IsZero() || best.Before(end)):
				best = at
			case at.Before(end) && end.Sub(at) <= 6*time.Hour && (best.IsZero() || best.Before(end)):
				best = at
			}
		}
		if best.IsZero() || !best.After(used) {
			continue
		}
		if used = best; first.IsZero() {
			first, begin = best, d
		}
		last, days = best, int(d-begin)
	}
	return first, last, days
}

func show(n *float64) any {
	if n == nil {
		return "nothing"
	}
	return *n
}
