package health

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/delivery"
	"github.com/truecount/truecount/ent/predicate"
)

// Rules that alert beyond the reasons for illness.
const (
	TokenExpired = "TOKEN_EXPIRED" // #nosec G101 -- a rule's name
	// TokenTampered is a sealed token that is not what we stored: somebody wrote to the database.
	TokenTampered = "TOKEN_TAMPERED" // #nosec G101 -- a rule's name
	RateLimitHit  = "RATE_LIMIT_HIT"
	DeadLetter    = "DEAD_LETTER"
	QuotaSpent    = "QUOTA_SPENT"
	// MetricWithdrawn is a metric that a platform refuses everybody: it is left out, the rest goes on.
	MetricWithdrawn = "METRIC_WITHDRAWN"
	// QueueStuck is runs that wait while none of their platform moves.
	QueueStuck = "QUEUE_STUCK"
	// BackupFailed is a scheduled backup that has not been made.
	BackupFailed = "BACKUP_FAILED"
)

const spentPercent = 80

// seenEvery is how often an alert that lasts and does not change is stamped.
const seenEvery = time.Minute

// cause is what an alert is one of: a rule in one scope.
type cause struct{ rule, platform, scope string }

type condition struct {
	count   int
	message string
}

// Condition is a cause that another room knows of.
type Condition struct {
	Rule, Platform, Scope string
	Count                 int
	Message               string
}

// mine selects the alerts of our connections: what the sandbox made up is nothing to a live installation.
func (h *Health) mine() predicate.Alert { return alert.SourceIn(string(h.source), "") }

// OpenAlerts counts the alerts that are not over.
func (h *Health) OpenAlerts(ctx context.Context) (int, error) {
	n, err := h.db.Alert.Query().Where(h.mine(), alert.ResolvedAtIsNil()).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count open alerts: %w", err)
	}
	return n, nil
}

// Check opens an alert for each cause that has come, keeps those that last, ends those that are over, and writes down
// whom to tell. It may be called after every run and by several processes at once: where a check is dear, the
// calls that follow too soon are left to the next minute's.
func (h *Health) Check(ctx context.Context) error {
	h.checking.Lock()
	defer h.checking.Unlock()
	began := h.clock()
	if began.Before(h.idle) {
		return nil
	}
	err := h.check(ctx)
	h.idle = began.Add(min(keepFactor*h.clock().Sub(began), keepMost))
	return err
}

func (h *Health) check(ctx context.Context) error {
	if refused := h.writable(ctx, h.now()); refused != nil {
		return h.unwritable(ctx, notWritable(refused).Message)
	}
	if err := h.writableAgain(ctx); err != nil {
		return err
	}
	f, err := h.facts(ctx, true)
	if err != nil {
		return err
	}
	if h.crowded.Load() { // for the pages of the minute
		if err := h.prepare(ctx, f); err != nil {
			return err
		}
	}
	set, err := h.AlertSettings(ctx)
	if err != nil {
		return err
	}
	h.off = set.Off // to be known also when the database cannot be read
	holds, err := h.conditions(ctx, f, set)
	if err != nil {
		return err
	}
	known, err := h.store.Client.Alert.Query().Where(h.mine(), alert.Or(alert.ResolvedAtIsNil(), alert.ResolvedAtGT(f.now.Add(-day)))).
		Order(alert.ByOpenedAt()).All(ctx)
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
		if err := h.keep(ctx, a, c, lasts, set, f.now); err != nil {
			return err
		}
	}
	for _, key := range worstFirst(holds) {
		a, err := h.open(ctx, key, holds[key], known, f.now)
		if store.Clash(err) {
			continue // another process opened it first
		}
		if err != nil {
			return fmt.Errorf("open alert %s: %w", key.rule, err)
		}
		if err := h.adopt(ctx, a, known); err != nil {
			return err
		}
		known = append(known, a)
	}
	return h.announce(ctx, known, set, f.now)
}

// prepare reads what is dear for the pages of the next minute.
func (h *Health) prepare(ctx context.Context, f *facts) error {
	if _, err := h.readRest(ctx, f); err != nil {
		return err
	}
	h.forecasting.Lock()
	defer h.forecasting.Unlock()
	_, err := h.foreseeAll(ctx)
	return err
}

// adopt makes an alert that has opened speak for those that it explains.
func (h *Health) adopt(ctx context.Context, root *ent.Alert, known []*ent.Alert) error {
	for _, a := range known {
		if a.ResolvedAt != nil || a.Follows != "" || !slices.Contains(roots[a.Rule], root.Rule) || (root.Platform != "" && root.Platform != a.Platform) {
			continue
		}
		a.Follows = root.ID
		if err := h.store.Client.Alert.UpdateOneID(a.ID).SetFollows(root.ID).Exec(ctx); err != nil && !store.Missing(err) {
			return fmt.Errorf("let alert %s speak for %s: %w", root.Rule, a.Rule, err)
		}
	}
	return nil
}

// worstFirst orders causes as the rules are: what explains others comes before them.
func worstFirst(holds map[cause]condition) []cause {
	rank := func(c cause) int { return slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == c.rule }) }
	return slices.SortedFunc(maps.Keys(holds), func(a, b cause) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.platform, b.platform), cmp.Compare(a.scope, b.scope))
	})
}

const (
	backSoon  = 10 * time.Minute // an alert that comes back within it goes on, if nobody was told it is over
	overAfter = 2 * time.Minute  // an end is told of once it has held so long
)

// open writes down a cause that has come. One that was over a moment ago goes on.
func (h *Health) open(ctx context.Context, key cause, c condition, known []*ent.Alert, now time.Time) (*ent.Alert, error) {
	var last *ent.Alert
	for _, a := range known {
		if (cause{a.Rule, a.Platform, a.Scope}) == key {
			last = a
		}
	}
	var out *ent.Alert
	err := h.store.Tx(ctx, func(tx store.Tx) error {
		if last != nil && now.Sub(*last.ResolvedAt) <= backSoon {
			told, err := tx.Delivery.Query().Where(delivery.AlertID(last.ID), delivery.EventEQ(delivery.EventOver),
				delivery.Or(delivery.SentAtNotNil(), delivery.ClaimedUntilGT(now))).Exist(ctx) // one on its way counts as told
			if err != nil {
				return err
			}
			if !told {
				err := tx.Delivery.Update().Where(delivery.AlertID(last.ID), delivery.EventEQ(delivery.EventOver), delivery.NextAtNotNil()).
					ClearNextAt().SetDroppedAt(now).SetError("it came back").Exec(ctx)
				if err != nil {
					return err
				}
				out, err = tx.Alert.UpdateOneID(last.ID).ClearResolvedAt().SetLastSeenAt(now).SetMessage(c.message).SetOccurrences(max(c.count, last.Occurrences)).Save(ctx)
				return err
			}
		}
		q := tx.Alert.Create().SetSource(string(h.source)).SetRule(key.rule).SetPlatform(key.platform).SetScope(key.scope).
			SetOccurrences(c.count).SetMessage(c.message).SetOpenedAt(now).SetLastSeenAt(now)
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

// rootOf finds the alert that explains a cause: open, or over so lately that its end has not been told.
func rootOf(key cause, known []*ent.Alert, now time.Time) *ent.Alert {
	for _, rule := range roots[key.rule] {
		for _, a := range known {
			same := a.Platform == "" || a.Platform == key.platform
			if a.Rule == rule && same && (a.ResolvedAt == nil || now.Sub(*a.ResolvedAt) < overAfter) {
				return a
			}
		}
	}
	return nil
}

// keep stamps an alert that lasts, or ends it. Occurrences are the most there were at once.
func (h *Health) keep(ctx context.Context, a *ent.Alert, c condition, lasts bool, set AlertSettings, now time.Time) error {
	switch {
	case !lasts:
		return h.end(ctx, a, set, now)
	case c.message == a.Message && c.count <= a.Occurrences && now.Sub(a.LastSeenAt) < seenEvery:
		return nil
	}
	a.Message, a.Occurrences, a.LastSeenAt = c.message, max(c.count, a.Occurrences), now
	err := h.store.Client.Alert.UpdateOneID(a.ID).SetLastSeenAt(now).SetMessage(a.Message).SetOccurrences(a.Occurrences).Exec(ctx)
	if err != nil && !store.Missing(err) {
		return fmt.Errorf("update alert %s: %w", a.Rule, err)
	}
	return nil
}

// end closes an alert, and says so to whoever was told of it. One whose rule was switched off ends without a word: its
// cause may well last.
func (h *Health) end(ctx context.Context, a *ent.Alert, set AlertSettings, now time.Time) error {
	off := slices.Contains(set.Off, a.Rule)
	channels, err := h.channelNames(ctx)
	if err != nil {
		return err
	}
	err = h.store.Tx(ctx, func(tx store.Tx) error {
		u := tx.Alert.Update().Where(alert.ID(a.ID), alert.ResolvedAtIsNil()).SetResolvedAt(now)
		if off {
			u.SetReason("its rule was switched off")
		}
		n, err := u.Save(ctx)
		if err != nil || n == 0 { // another process ended it
			return err
		}
		if off {
			return withdraw(ctx, tx, a.ID, now, "its rule was switched off")
		}
		if a.NotifiedAt == nil || muted(a, now) {
			return nil
		}
		return h.write(ctx, tx, a.ID, delivery.EventOver, channels, set.awake(a.Rule, now.Add(overAfter)))
	})
	if err != nil {
		return fmt.Errorf("end alert %s: %w", a.Rule, err)
	}
	a.ResolvedAt = &now
	return nil
}

func muted(a *ent.Alert, now time.Time) bool { return a.MutedUntil != nil && a.MutedUntil.After(now) }
