package alerts

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/delivery"
)

// seenEvery is how often an alert that lasts and does not change is stamped.
const seenEvery = time.Minute

// cause is what an alert is one of: a rule in one scope.
type cause struct{ rule, platform, scope string }

// CountOpen counts the alerts that are not resolved. Web shows it on every admin's page.
func (al *Alerts) CountOpen(ctx context.Context) (int, error) {
	n, err := al.db.Alert.Query().Where(al.mine(), alert.ResolvedAtIsNil()).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count open alerts: %w", err)
	}
	return n, nil
}

// Check opens an alert for each new cause, keeps those that last, resolves those that have ended, and writes the
// messages that are to be delivered. It may be called after every run and by several processes at once: where a check
// is expensive, the calls that follow too soon are left to the next minute's.
func (al *Alerts) Check(ctx context.Context) error {
	al.checking.Lock()
	defer al.checking.Unlock()
	began := al.clock()
	if began.Before(al.idle) {
		return nil
	}
	err := al.check(ctx)
	al.idle = began.Add(store.ReuseFor(al.clock().Sub(began)))
	return err
}

func (al *Alerts) check(ctx context.Context) error {
	if refused := al.health.Writable(ctx); refused != nil {
		return al.reportOutage(ctx, refused)
	}
	if err := al.endOutage(ctx); err != nil {
		return err
	}
	f, err := al.health.FreshFacts(ctx)
	if err != nil {
		return err
	}
	if al.health.Large() {
		if err := al.warm(ctx, f); err != nil {
			return err
		}
	}
	set, err := al.Settings(ctx)
	if err != nil {
		return err
	}
	al.off = set.Off // to be known also when the database cannot be read
	holds, err := (&evaluation{Alerts: al, facts: f, settings: set}).evaluate(ctx)
	if err != nil {
		return err
	}
	known, err := al.store.Client.Alert.Query().
		Where(al.mine(), alert.Or(alert.ResolvedAtIsNil(), alert.ResolvedAtGT(f.Now.Add(-day)))).
		Order(alert.ByOpenedAt()).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read alerts: %w", err)
	}
	for _, a := range known {
		if a.ResolvedAt != nil {
			continue
		}
		key := cause{a.Rule, a.Platform, a.Scope}
		c, lasts := holds[key]
		delete(holds, key)
		if err := al.keep(ctx, a, c, lasts, set, f.Now); err != nil {
			return err
		}
	}
	for _, key := range inRuleOrder(holds) {
		a, err := al.open(ctx, key, holds[key], known, f.Now)
		if store.Clash(err) {
			continue // another process opened it first
		}
		if err != nil {
			return fmt.Errorf("open alert %s: %w", key.rule, err)
		}
		if err := al.linkFollowers(ctx, a, known); err != nil {
			return err
		}
		known = append(known, a)
	}
	return al.announce(ctx, known, set, f.Now)
}

// warm reads what is expensive to read, so that the pages of the next minute find it ready.
func (al *Alerts) warm(ctx context.Context, f *health.Facts) error {
	if _, err := al.health.History(ctx, f); err != nil {
		return err
	}
	return al.capacity.Refresh(ctx)
}

// linkFollowers makes an alert that has opened speak for those that it explains.
func (al *Alerts) linkFollowers(ctx context.Context, root *ent.Alert, known []*ent.Alert) error {
	for _, a := range known {
		if a.ResolvedAt != nil || a.Follows != "" || !slices.Contains(RuleOf(a.Rule).Roots, root.Rule) ||
			(root.Platform != "" && root.Platform != a.Platform) {
			continue
		}
		a.Follows = root.ID
		if err := al.store.Client.Alert.UpdateOneID(a.ID).SetFollows(root.ID).Exec(ctx); err != nil && !store.Missing(err) {
			return fmt.Errorf("let alert %s speak for %s: %w", root.Rule, a.Rule, err)
		}
	}
	return nil
}

// inRuleOrder orders causes as the rules are: what explains others comes before them.
func inRuleOrder(holds map[cause]Condition) []cause {
	return slices.SortedFunc(maps.Keys(holds), func(a, b cause) int {
		return cmp.Or(
			cmp.Compare(rank(a.rule), rank(b.rule)),
			cmp.Compare(a.platform, b.platform),
			cmp.Compare(a.scope, b.scope),
		)
	})
}

const (
	reopenWithin        = 10 * time.Minute // an alert that comes back within it continues, unless its end was reported
	reportResolvedAfter = 2 * time.Minute  // an end is reported once it has held so long
)

// open writes down a cause that has come. One that was over a moment ago goes on.
func (al *Alerts) open(
	ctx context.Context,
	key cause,
	c Condition,
	known []*ent.Alert,
	now time.Time,
) (*ent.Alert, error) {
	var last *ent.Alert
	for _, a := range known {
		if (cause{a.Rule, a.Platform, a.Scope}) == key {
			last = a
		}
	}
	var out *ent.Alert
	err := al.store.Tx(ctx, func(tx store.Tx) error {
		if last != nil && now.Sub(*last.ResolvedAt) <= reopenWithin {
			reported, err := tx.Delivery.Query().Where(delivery.AlertID(last.ID), delivery.EventEQ(delivery.EventOver),
				delivery.Or(delivery.SentAtNotNil(), delivery.ClaimedUntilGT(now))).Exist(ctx) // one on its way counts as reported
			if err != nil {
				return err
			}
			if !reported {
				err := tx.Delivery.Update().
					Where(delivery.AlertID(last.ID), delivery.EventEQ(delivery.EventOver), delivery.NextAtNotNil()).
					ClearNextAt().
					SetDroppedAt(now).
					SetError(droppedCameBack).
					Exec(ctx)
				if err != nil {
					return err
				}
				out, err = tx.Alert.UpdateOneID(last.ID).
					ClearResolvedAt().
					SetLastSeenAt(now).
					SetMessage(c.Message).
					SetOccurrences(max(c.Count, last.Occurrences)).
					Save(ctx)
				return err
			}
		}
		q := tx.Alert.Create().SetSource(string(al.source)).SetRule(key.rule).SetPlatform(key.platform).SetScope(key.scope).
			SetOccurrences(c.Count).SetMessage(c.Message).SetOpenedAt(now).SetLastSeenAt(now)
		if root := rootOf(key, known, now); root != nil {
			q.SetFollows(root.ID)
		}
		if last != nil && last.MutedUntil != nil && last.MutedUntil.After(now) { // a mute is of the cause
			q.SetMutedUntil(*last.MutedUntil).SetReason(last.Reason).SetActedBy(last.ActedBy)
		}
		var err error
		out, err = q.Save(ctx)
		return err
	})
	return out, err
}

// rootOf finds the alert that explains a cause: open, or resolved so lately that its end has not been reported.
func rootOf(key cause, known []*ent.Alert, now time.Time) *ent.Alert {
	for _, rule := range RuleOf(key.rule).Roots {
		for _, a := range known {
			same := a.Platform == "" || a.Platform == key.platform
			if a.Rule == rule && same && (a.ResolvedAt == nil || now.Sub(*a.ResolvedAt) < reportResolvedAfter) {
				return a
			}
		}
	}
	return nil
}

// keep stamps an alert that lasts, or ends it. Occurrences are the most there were at once.
func (al *Alerts) keep(ctx context.Context, a *ent.Alert, c Condition, lasts bool, set Settings, now time.Time) error {
	switch {
	case !lasts:
		return al.end(ctx, a, set, now)
	case c.Message == a.Message && c.Count <= a.Occurrences && now.Sub(a.LastSeenAt) < seenEvery:
		return nil
	}
	a.Message, a.Occurrences, a.LastSeenAt = c.Message, max(c.Count, a.Occurrences), now
	err := al.store.Client.Alert.UpdateOneID(a.ID).
		SetLastSeenAt(now).
		SetMessage(a.Message).
		SetOccurrences(a.Occurrences).
		Exec(ctx)
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("update alert %s: %w", a.Rule, err)
	}
	return nil
}

// end resolves an alert and reports that on the channels on which it was announced. An alert whose rule was switched
// off ends without a message, as its cause may well last.
func (al *Alerts) end(ctx context.Context, a *ent.Alert, set Settings, now time.Time) error {
	off := !set.RuleOn(a.Rule)
	channels, err := al.sender.channelNames(ctx)
	if err != nil {
		return err
	}
	err = al.store.Tx(ctx, func(tx store.Tx) error {
		u := tx.Alert.Update().Where(alert.ID(a.ID), alert.ResolvedAtIsNil()).SetResolvedAt(now)
		if off {
			u.SetReason(droppedSwitchedOff)
		}
		n, err := u.Save(ctx)
		if err != nil || n == 0 { // another process ended it
			return err
		}
		if off {
			return withdraw(ctx, tx, a.ID, now, droppedSwitchedOff)
		}
		if a.NotifiedAt == nil || muted(a, now) {
			return nil
		}
		return al.write(ctx, tx, a.ID, delivery.EventOver, channels,
			set.afterQuietHours(a.Rule, now.Add(reportResolvedAfter)))
	})
	if err != nil {
		return fmt.Errorf("end alert %s: %w", a.Rule, err)
	}
	a.ResolvedAt = &now
	return nil
}

func muted(a *ent.Alert, now time.Time) bool { return a.MutedUntil != nil && a.MutedUntil.After(now) }
