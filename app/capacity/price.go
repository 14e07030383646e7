package capacity

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/quotause"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
)

// priceSpan is how far back prices are taken from.
const priceSpan = 7 * day

// prices are what an account costs a day.
type prices struct {
	units map[string]float64 // by the bucket of a quota that is counted by the day; of several endpoints the dearest
	calls *float64           // all of them; nil: nothing was synced, or no limit asks for it
}

// perAccount is the price in one limit's units. A quota of the day has what the ledger says, once a day has
// ended. For a shorter window the ledger keeps no past: calls are counted instead, as if all went to one
// endpoint, so that what is carried is rather too little.
func (p prices) perAccount(l Limit) *float64 {
	if l.Per < day {
		return p.calls
	}
	if u, ok := p.units[l.bucket]; ok {
		return &u
	}
	if l.By == outbound.ByAccount {
		return p.calls
	}
	return nil
}

// A week's prices change little in an hour, and are expensive to read of many accounts.
const (
	pricesFactor = 600
	pricesMost   = time.Hour
)

// week is the last prices of a platform.
type week struct {
	prices prices
	until  time.Time
}

// prices gives what the platform's accounts cost a day in each of its limits, from the last week.
func (c *Capacity) prices(ctx context.Context, id string, all []Limit, mixed bool, now time.Time) (prices, error) {
	began := c.clock()
	if w, ok := c.weeks[id]; ok && began.Before(w.until) {
		return w.prices, nil
	}
	p, err := c.readPrices(ctx, id, all, mixed, now)
	if err != nil {
		return p, err
	}
	if missing := func(l Limit) bool { return l.Pace == 0 && l.Shared() && p.perAccount(l) == nil }; !slices.ContainsFunc(
		all,
		missing,
	) {
		c.weeks[id] = week{p, began.Add(min(pricesFactor*c.clock().Sub(began), pricesMost))}
	}
	return p, nil
}

func (c *Capacity) readPrices(ctx context.Context, id string, all []Limit, mixed bool, now time.Time) (prices, error) {
	out := prices{units: map[string]float64{}}
	if slices.ContainsFunc(
		all,
		func(l Limit) bool { return l.Pace == 0 && (l.Per < day || l.By == outbound.ByAccount) },
	) {
		last, err := c.synced(ctx, id, mixed, now.Add(-priceSpan), now)
		if err != nil {
			return out, err
		}
		if last.days > 0 {
			v := float64(last.calls) / float64(last.days)
			out.calls = &v
		}
	}
	spent, from, to, err := c.ended(ctx, id, now)
	if err != nil || len(spent) == 0 {
		return out, err
	}
	whole, err := c.synced(ctx, id, mixed, from, to)
	if err != nil || whole.days == 0 {
		return out, err
	}
	spec, _ := c.platforms.Spec(id)
	spent[platform.MainBucket] -= whole.light * spec.Price.Profile
	for bucket, units := range spent {
		out.units[bucket] = float64(max(units, 0)) / float64(whole.days)
	}
	return out, nil
}

// ended is what the ledger says was spent of each bucket in the days of it that ended within the week, and
// when these days began and ended. Of several endpoints it is the one of which most was spent.
func (c *Capacity) ended(
	ctx context.Context,
	id string,
	now time.Time,
) (spent map[string]int64, from, to time.Time, err error) {
	spec, _ := c.platforms.Spec(id)
	var shared []string // counting for each account by itself is no matter of how many there are
	for _, l := range spec.Limits {
		if l.By != outbound.ByAccount {
			shared = append(shared, l.Suffix)
		}
	}
	var rows []struct {
		Bucket string `sql:"bucket"`
		Scope  string `sql:"scope"`
		Used   int64  `sql:"used"`
	}
	days := []predicate.QuotaUse{
		quotause.Platform(id), quotause.BucketIn(shared...), quotause.Not(quotause.ScopeHasPrefix(outbound.SlidingMark)),
		quotause.WindowEndLTE(now), quotause.WindowEndGT(now.Add(-priceSpan)),
	}
	err = c.db.QuotaUse.Query().Where(days...).GroupBy(quotause.FieldBucket, quotause.FieldScope).
		Aggregate(ent.As(ent.Sum(quotause.FieldUsed), "used")).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, from, to, wrapped("read what was spent", err)
	}
	first, err := c.db.QuotaUse.Query().Where(days...).Order(quotause.ByWindowStart()).First(ctx)
	if err != nil {
		return nil, from, to, wrapped("find the first day of the week", err)
	}
	last, err := c.db.QuotaUse.Query().Where(days...).Order(quotause.ByWindowEnd(sql.OrderDesc())).First(ctx)
	if err != nil {
		return nil, from, to, wrapped("find the last day of the week", err)
	}
	spent = map[string]int64{}
	for _, r := range rows {
		spent[r.Bucket] = max(spent[r.Bucket], r.Used)
	}
	return spent, first.WindowStart.UTC(), last.WindowEnd.UTC(), nil
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// work is what was synced between two moments.
type work struct {
	days  int64 // of accounts: one that was synced whole on three days counts three times
	light int64 // syncs that left the posts to another day, for want of quota: only a profile was paid
	calls int64
}

// synced counts what was synced. A first sync counts as a day of its own, for it comes on top. The day is the
// one a sync was due in: a night that waited for quota and the next one may be made within one day.
func (c *Capacity) synced(ctx context.Context, id string, mixed bool, from, to time.Time) (work, error) {
	own := []predicate.Run{run.Platform(id), run.CompletedAtGTE(from), run.CompletedAtLT(to)}
	if mixed {
		own = append(own, run.HasConnectionWith(connection.SourceEQ(c.source)))
	}
	var rows []struct {
		Day      int              `sql:"bucket"`
		Accounts int64            `sql:"accounts"`
		Firsts   stdsql.NullInt64 `sql:"firsts"`
		Light    stdsql.NullInt64 `sql:"light"`
		Calls    stdsql.NullInt64 `sql:"calls"`
	}
	var out work
	err := c.db.Run.Query().Where(own...).Modify(func(s *sql.Selector) {
		light := "(state = 'partial' AND error_code = '" + string(fault.QuotaExhausted) + "')"
		good := "kind = 'sync' AND state IN ('success', 'partial') AND NOT " + light
		first := s.C(run.FieldTrigger) + " = 'first'"
		early := from.Add(-growthSpan) // what was due long before counts from 0 too
		s.SelectExpr(
			sql.Raw("("+store.HoursSince(s, run.FieldCreatedAt, early)+") / 24 AS bucket"),
			sql.Raw("COUNT(DISTINCT CASE WHEN "+good+" AND NOT "+first+" THEN connection_id END) AS accounts"),
			sql.Raw("SUM(CASE WHEN "+good+" AND "+first+" THEN 1 ELSE 0 END) AS firsts"),
			sql.Raw("SUM(CASE WHEN kind = 'sync' AND "+light+" THEN 1 ELSE 0 END) AS light"),
			sql.Raw("CAST(SUM(api_calls) AS BIGINT) AS calls"),
		).GroupBy("bucket")
	}).Scan(ctx, &rows)
	if err != nil {
		return out, fmt.Errorf("count what was synced: %w", err)
	}
	for _, r := range rows {
		out.days += r.Accounts + r.Firsts.Int64
		out.light += r.Light.Int64
		out.calls += r.Calls.Int64
	}
	return out, nil
}

// used is what is spent of a limit's present window, and when that ends.
func (c *Capacity) used(ctx context.Context, id string, l Limit, now time.Time) (int64, *time.Time, error) {
	scope := quotause.ScopeHasPrefix(outbound.SlidingMark + l.Per.String() + " ")
	var ends *time.Time
	if l.Per >= day {
		scope = quotause.Not(quotause.ScopeHasPrefix(outbound.SlidingMark))
		end := l.dayEnd(now)
		ends = &end
	}
	var rows []struct {
		Scope string `sql:"scope"`
		Used  int64  `sql:"used"`
	}
	current := c.db.QuotaUse.Query().
		Where(quotause.Platform(id), quotause.Bucket(l.bucket), scope, quotause.WindowStartLTE(now),
			quotause.WindowEndGT(now))
	err := current.Clone().Modify(func(s *sql.Selector) {
		s.Select("scope", sql.As("CAST(SUM(used + reserved) AS BIGINT)", "used")).
			GroupBy("scope").
			OrderExpr(sql.Raw("SUM(used + reserved) DESC")).
			Limit(1)
	}).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 || l.Per >= day {
		n := int64(0)
		if len(rows) > 0 {
			n = rows[0].Used
		}
		return n, ends, wrapped("read what is spent", err)
	}
	last, err := current.Where(quotause.Scope(rows[0].Scope)).Order(quotause.ByWindowEnd(sql.OrderDesc())).First(ctx)
	if err != nil {
		return 0, nil, wrapped("find when what is spent is free again", err)
	}
	return rows[0].Used, store.UTC(&last.WindowEnd), nil
}

// dayEnd is when the day of a quota that holds t ends.
func (l Limit) dayEnd(t time.Time) time.Time {
	if l.Pacific {
		return outbound.NextPacificMidnight(t)
	}
	return t.UTC().Truncate(day).Add(day)
}

// plan is what the next 24 hours ask for. Who is due again after the next sync counts once: the price is
// for a whole day.
func (c *Capacity) plan(ctx context.Context, id string, all []Limit, now time.Time) (Plan, error) {
	var p Plan
	var err error
	if p.Accounts, err = c.due(ctx, id, now.Add(day)); err != nil {
		return p, err
	}
	for _, l := range all {
		if l.Pace > 0 {
			p.Takes = time.Duration(p.Accounts) * l.Pace
			continue
		}
		if l.Per < day || !l.Shared() {
			continue
		}
		end := l.dayEnd(now)
		if last := now.Add(day); end.After(last) { // the day on which clocks go back
			end = last
		}
		before, err := c.due(ctx, id, end)
		if err != nil {
			return p, err
		}
		p.Needs = append(p.Needs, l.need(end, before, max(0, l.Max-l.Kept-l.Used)))
		if after := p.Accounts - before; after > 0 {
			p.Needs = append(p.Needs, l.need(now.Add(day), after, l.Max-l.Kept))
		}
	}
	return p, nil
}

func (l Limit) need(until time.Time, accounts int, left int64) Need {
	n := Need{Setting: l.Setting, Until: until, Accounts: accounts, Left: left}
	if l.Cost != nil {
		units := *l.Cost * float64(accounts)
		n.Units = &units
	}
	return n
}

// due counts the syncs of a platform that are to begin before a moment: those that wait, and those whose
// account's time comes.
func (c *Capacity) due(ctx context.Context, id string, before time.Time) (int, error) {
	mine := connection.SourceEQ(c.source)
	waiting, err := c.db.Run.Query().
		Where(run.Platform(id), run.KindEQ(run.KindSync), run.StateIn(lifecycle.WaitingRuns()...),
			run.Or(run.NextAttemptAtIsNil(), run.NextAttemptAtLT(before)), run.HasConnectionWith(mine)).
		Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count what waits: %w", err)
	}
	due, err := c.db.Schedule.Query().
		Where(schedule.Platform(id), schedule.DueAtLT(before), schedule.HasConnectionWith(mine,
			connection.StatusIn(lifecycle.SyncableConnections()...))).
		Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count who is due: %w", err)
	}
	return waiting + due, nil
}
