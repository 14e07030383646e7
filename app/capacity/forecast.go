package capacity

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// Forecasts tells of every platform how far its limits reach, from what was really spent. It may be
// called often: where it is expensive, the calls that follow too soon are given the last answer.
func (c *Capacity) Forecasts(ctx context.Context) ([]Forecast, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forecasts != nil && c.clock().Before(c.until) {
		return c.forecasts, nil
	}
	return c.forecast(ctx)
}

// Refresh forecasts anew, for the calls of the next minute. The minute's check of the alerts calls it in a large
// installation.
func (c *Capacity) Refresh(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.forecast(ctx)
	return err
}

// forecast forecasts anew. The caller holds the lock.
func (c *Capacity) forecast(ctx context.Context) ([]Forecast, error) {
	began := c.clock()
	mixed, err := c.scale.Mixed(ctx)
	if err != nil {
		return nil, err
	}
	var out []Forecast
	for _, s := range c.platforms.Specs() {
		f := Forecast{Platform: s.ID, Name: s.Name, Configured: c.platforms.Configured(s.ID)}
		if f.Configured {
			if err := c.platform(ctx, &f, mixed); err != nil {
				return nil, fmt.Errorf("forecast %s: %w", s.ID, err)
			}
		}
		out = append(out, f)
	}
	c.forecasts, c.until = out, began.Add(store.ReuseFor(c.clock().Sub(began)))
	if c.scale.Large() {
		c.until = began.Add(largeReuse)
	}
	return out, nil
}

// platform fills in one platform's forecast.
func (c *Capacity) platform(ctx context.Context, f *Forecast, mixed bool) error {
	now := c.now()
	settings, _ := c.platforms.Settings(f.Platform)
	spec, _ := c.platforms.Spec(f.Platform)
	f.Limits = limits(spec, settings, now)
	prices, err := c.prices(ctx, f.Platform, f.Limits, mixed, now)
	if err != nil {
		return err
	}
	for i := range f.Limits {
		l := &f.Limits[i]
		if l.Pace > 0 {
			continue
		}
		if l.Used, l.Ends, err = c.used(ctx, f.Platform, *l, now); err != nil {
			return err
		}
		l.Cost = prices.perAccount(*l)
		l.Carries = l.carries()
	}
	if err := c.accounts(ctx, f, now); err != nil {
		return err
	}
	f.Carries, f.Binding, f.Unlimited = carries(f.Limits)
	f.Cost = cost(f.Limits, f.Binding)
	f.MetOn = reachedOn(now, f.Accounts, f.Carries, f.Growth)
	if f.Carries != nil {
		f.Changes = changes(spec, settings, f.Limits, now)
	}
	f.Plan, err = c.plan(ctx, f.Platform, f.Limits, now)
	return err
}

const (
	growthSpan       = 30 * day // of which new accounts are counted
	growthKnownAfter = 7 * day  // an installation before that tells nothing of growth
	forecastDays     = 3652     // days that a forecast looks ahead: ten years
	halfDay          = 12 * time.Hour
)

// accounts counts a platform's accounts and how fast they grow.
func (c *Capacity) accounts(ctx context.Context, f *Forecast, now time.Time) error {
	own := c.db.Connection.Query().Where(connection.Platform(f.Platform), connection.SourceEQ(c.source))
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
	age := min(now.Sub(first.CreatedAt), growthSpan)
	if age < growthKnownAfter {
		return nil
	}
	fresh, err := live.Where(connection.CreatedAtGT(now.Add(-growthSpan))).Count(ctx)
	if err != nil {
		return fmt.Errorf("count new connections: %w", err)
	}
	rate := float64(fresh) / (float64(age) / float64(day))
	f.Growth = &rate
	return nil
}
