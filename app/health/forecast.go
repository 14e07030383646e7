package health

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// Forecast is how many accounts one platform's limits carry, and when growth meets that. What is not
// known yet is nil, never 0.
type Forecast struct {
	Platform   string
	Name       string
	Configured bool // the rest is empty without
	Accounts   int  // connections that are not disconnected
	Limits     []Limit
	Cost       *float64   // units of the limit that binds, or else of the first, that an account costs a day
	Carries    *int       // accounts that can be synced whole as often as the schedule says; nil: not known yet, or Unlimited
	Unlimited  bool       // no limit is set that more accounts would meet
	Binding    string     // the setting whose limit is met first; empty with Carries nil
	Growth     *float64   // new accounts a day, of the last 30; nil in an installation's first week
	MetOn      *time.Time // the day on which growth meets Carries; nil: not within ten years, or not known
	Plan       Plan
	Changes    []Change // what other settings would come to; empty with Carries nil
}

// Limit is one window of a quota, or the pace between two accounts.
type Limit struct {
	Setting string      // "YOUTUBE_QUOTA", "YOUTUBE_SYNC_DELAY"
	By      outbound.By // what it is counted for; empty for the pace
	Max     int64       // units a window, of the pace starts of accounts; 0: not to be used
	Per     time.Duration
	Pacific bool          // its day is one in Los Angeles
	Pace    time.Duration // the least time between two accounts; 0 for a quota
	Kept    int64         // units of a day that the schedule leaves to people who ask
	Used    int64         // units of the window that holds now; of several endpoints or accounts the fullest one's
	Ends    *time.Time    // when that window ends; of one that slides, when all that is spent now has left it
	Cost    *float64      // units an account costs a day; nil: not known yet
	Carries *int          // accounts; nil: not known yet, or it limits each account by itself
	bucket  string
}

// Shared reports that more accounts meet this limit: it is used, and not counted for each by itself.
func (l Limit) Shared() bool { return l.Max > 0 && l.By != outbound.ByAccount }

// Plan is what the next 24 hours ask of a platform.
type Plan struct {
	Accounts int           // syncs that are due or wait
	Takes    time.Duration // until the last of them has begun, at the set pace
	Needs    []Need        // of every quota that is counted by the day
}

// Need is what one day of a quota is asked for within the next 24 hours, and what it has left.
type Need struct {
	Setting  string
	Until    time.Time // the day's end, or the 24 hours'
	Accounts int
	Units    *float64 // nil: the price is not known yet
	Left     int64    // units that the schedule may spend
}

// Change is another value of a setting, and how many accounts the platform then carries.
type Change struct {
	Setting  string
	From, To string
	Carries  int    // accounts
	Binding  string // the setting whose limit would then be met first
	Why      string // one sentence
}

// Forecasts tells of every platform how far its limits reach, from what was really spent. It may be
// called often: where it is dear, the calls that follow too soon are given the last answer.
func (h *Health) Forecasts(ctx context.Context) ([]Forecast, error) {
	h.forecasting.Lock()
	defer h.forecasting.Unlock()
	if h.forecasts != nil && h.clock().Before(h.foreseen) {
		return h.forecasts, nil
	}
	return h.foreseeAll(ctx)
}

// foreseeAll forecasts anew.
func (h *Health) foreseeAll(ctx context.Context) ([]Forecast, error) {
	began := h.clock()
	mixed, err := h.other(ctx)
	if err != nil {
		return nil, err
	}
	var out []Forecast
	for _, s := range h.platforms.Specs() {
		f := Forecast{Platform: s.ID, Name: s.Name, Configured: h.platforms.Configured(s.ID)}
		if f.Configured {
			if err := h.foresee(ctx, &f, mixed); err != nil {
				return nil, fmt.Errorf("forecast %s: %w", s.ID, err)
			}
		}
		out = append(out, f)
	}
	h.forecasts, h.foreseen = out, began.Add(min(keepFactor*h.clock().Sub(began), keepMost))
	if h.crowded.Load() {
		h.foreseen = began.Add(countsKept)
	}
	return out, nil
}

// foresee fills in one platform's forecast.
func (h *Health) foresee(ctx context.Context, f *Forecast, mixed bool) error {
	now := h.now()
	settings, _ := h.platforms.Settings(f.Platform)
	spec, _ := h.platforms.Spec(f.Platform)
	f.Limits = limits(spec, settings, now)
	prices, err := h.prices(ctx, f.Platform, f.Limits, mixed, now)
	if err != nil {
		return err
	}
	for i := range f.Limits {
		l := &f.Limits[i]
		if l.Pace > 0 {
			continue
		}
		if l.Used, l.Ends, err = h.used(ctx, f.Platform, *l, now); err != nil {
			return err
		}
		l.Cost = prices.of(*l)
		l.Carries = l.carries()
	}
	if err := h.people(ctx, f, now); err != nil {
		return err
	}
	f.Carries, f.Binding, f.Unlimited = carries(f.Limits)
	f.Cost = cost(f.Limits, f.Binding)
	f.MetOn = met(now, f.Accounts, f.Carries, f.Growth)
	if f.Carries != nil {
		f.Changes = changes(spec, settings, f.Limits, now)
	}
	f.Plan, err = h.plan(ctx, f.Platform, f.Limits, now)
	return err
}

const (
	grown    = 30 * day // of which new accounts are counted
	tooYoung = 7 * day  // an installation before that tells nothing of growth
	forever  = 3652     // days that a forecast looks ahead: ten years
	halfADay = 12 * time.Hour
)

// people counts a platform's accounts and how fast they grow.
func (h *Health) people(ctx context.Context, f *Forecast, now time.Time) error {
	own := h.db.Connection.Query().Where(connection.Platform(f.Platform), connection.SourceEQ(h.source))
	live := own.Clone().Where(connection.StatusNEQ(connection.StatusDisconnected))
	var err error
	if f.Accounts, err = live.Clone().Count(ctx); err != nil {
		return fmt.Errorf("count connections: %w", err)
	}
	first, err := own.Order(connection.ByCreatedAt()).Select(connection.FieldCreatedAt).First(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the first connection: %w", err)
	}
	age := min(now.Sub(first.CreatedAt), grown)
	if age < tooYoung {
		return nil
	}
	fresh, err := live.Where(connection.CreatedAtGT(now.Add(-grown))).Count(ctx)
	if err != nil {
		return fmt.Errorf("count new connections: %w", err)
	}
	rate := float64(fresh) / (float64(age) / float64(day))
	f.Growth = &rate
	return nil
}
