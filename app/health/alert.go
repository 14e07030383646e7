package health

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/quotause"
	"github.com/truecount/truecount/ent/refusal"
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

// OpenAlerts counts the alerts that are not over.
func (h *Health) OpenAlerts(ctx context.Context) (int, error) {
	n, err := h.db.Alert.Query().Where(alert.ResolvedAtIsNil()).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count open alerts: %w", err)
	}
	return n, nil
}

// Check opens an alert for each cause that has come, keeps those that last, and ends those that are
// over. It may be called after every run and by several processes at once: where a check is dear, the
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
	f, err := h.facts(ctx, true)
	if err != nil {
		return err
	}
	holds, err := h.conditions(ctx, f)
	if err != nil {
		return err
	}
	open, err := h.store.Client.Alert.Query().Where(alert.ResolvedAtIsNil()).All(ctx)
	if err != nil {
		return fmt.Errorf("read open alerts: %w", err)
	}
	for _, a := range open {
		key := cause{a.Rule, a.Platform, a.Scope}
		c, lasts := holds[key]
		delete(holds, key)
		if err := h.keep(ctx, a, c, lasts, f.now); err != nil {
			return err
		}
	}
	for key, c := range holds {
		err := h.store.Client.Alert.Create().SetRule(key.rule).SetPlatform(key.platform).SetScope(key.scope).
			SetOccurrences(c.count).SetMessage(c.message).SetOpenedAt(f.now).SetLastSeenAt(f.now).Exec(ctx)
		if err != nil && !store.Clash(err) { // another process opened it first
			return fmt.Errorf("open alert %s: %w", key.rule, err)
		}
	}
	return nil
}

// keep stamps an alert that lasts, or ends it. Occurrences are the most there were at once.
func (h *Health) keep(ctx context.Context, a *ent.Alert, c condition, lasts bool, now time.Time) error {
	update := h.store.Client.Alert.UpdateOneID(a.ID)
	switch {
	case !lasts:
		update.SetResolvedAt(now)
	case c.message != a.Message || c.count > a.Occurrences || now.Sub(a.LastSeenAt) >= seenEvery:
		update.SetLastSeenAt(now).SetMessage(c.message).SetOccurrences(max(c.count, a.Occurrences))
	default:
		return nil
	}
	if err := update.Exec(ctx); err != nil && !store.Missing(err) {
		return fmt.Errorf("update alert %s: %w", a.Rule, err)
	}
	return nil
}

// conditions are the causes that hold now.
func (h *Health) conditions(ctx context.Context, f *facts) (map[cause]condition, error) {
	out := map[cause]condition{}
	for _, r := range h.judge(f) {
		key, n := cause{rule: r.Code}, 1
		if r.Platform != nil {
			key.platform = *r.Platform
			switch p := f.platform[key.platform]; r.Code {
			case FailureRate:
				n = p.counts.Failed
			case AppRefused:
				n = p.refused
			case PlatformDown:
				n = p.broken
			}
		}
		out[key] = condition{n, r.Message}
	}
	for _, s := range h.platforms.Specs() {
		p := f.platform[s.ID]
		for _, c := range []struct {
			rule  string
			count int
			words string
		}{
			{TokenExpired, p.expired, "%[2]s of %[1]s without access: only the creator can reconnect."},
			{TokenTampered, p.tampered, "The stored access of %[2]s of %[1]s was changed or moved in the database. It is not used and was left as it is: find out who wrote there."},
			{RateLimitHit, p.counts.RateLimited, "%[1]s limited %[2]s in 24 h."},
			{DeadLetter, p.dead, "%[2]s of %[1]s gave up and wait to be retried or dismissed."},
		} {
			if c.count == 0 {
				continue
			}
			n := runs(c.count)
			if c.rule == TokenExpired || c.rule == TokenTampered {
				n = connections(c.count)
			}
			out[cause{rule: c.rule, platform: s.ID}] = condition{c.count, fmt.Sprintf(c.words, s.Name, n)}
		}
	}
	if err := h.withdrawn(ctx, f, out); err != nil {
		return nil, err
	}
	return out, h.spent(ctx, f, out)
}

// withdrawn adds a cause for each metric that a platform refused several accounts altogether.
func (h *Health) withdrawn(ctx context.Context, f *facts, out map[cause]condition) error {
	var rows []struct {
		Platform string `json:"platform"`
		Metric   string `json:"metric"`
		Count    int    `json:"count"`
	}
	err := h.db.Refusal.Query().Where(refusal.Lone(false), refusal.AtGT(f.now.Add(-platform.WithdrawnFor))).
		GroupBy(refusal.FieldPlatform, refusal.FieldMetric).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("read withdrawn metrics: %w", err)
	}
	for _, r := range rows {
		if r.Count >= platform.WithdrawnFrom {
			out[cause{MetricWithdrawn, r.Platform, r.Metric}] = condition{r.Count, fmt.Sprintf(
				"%s refuses the metric %s to everybody (%s asked). It is left out and asked for again within a week; all else goes on.",
				r.Platform, r.Metric, connections(r.Count))}
		}
	}
	return nil
}

func connections(n int) string {
	if n == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", n)
}

// spent adds a cause for each limit of which 80 % is used in its present window. A window that slides is
// several rows.
func (h *Health) spent(ctx context.Context, f *facts, out map[cause]condition) error {
	rows, err := h.db.QuotaUse.Query().Where(quotause.WindowStartLTE(f.now), quotause.WindowEndGT(f.now), quotause.UsedGT(0)).
		Order(quotause.ByWindowEnd()).All(ctx)
	if err != nil {
		return fmt.Errorf("read quota use: %w", err)
	}
	type window struct{ platform, bucket, scope string }
	whole := map[window]*ent.QuotaUse{}
	for _, u := range rows {
		w := window{u.Platform, u.Bucket, u.Scope}
		if whole[w] != nil {
			u.Used += whole[w].Used
		}
		whole[w] = u
	}
	for _, u := range whole {
		limit := h.limit(u)
		if limit <= 0 || u.Used*100 < limit*spentPercent {
			continue
		}
		key := cause{QuotaSpent, u.Platform, u.Bucket}
		c := out[key]
		c.count++
		c.message = max(c.message, fmt.Sprintf("%d of %d of %s %s are spent until %s.", u.Used, limit, u.Platform, u.Bucket, u.WindowEnd.UTC().Format("2 Jan 15:04 MST")))
		out[key] = c
	}
	return nil
}

// limit is what the settings allow in a window as long as the row's; 0 when they name none. A row of a
// window that slides is somewhat longer than the window.
func (h *Health) limit(u *ent.QuotaUse) int64 {
	settings, _ := h.platforms.Settings(u.Platform)
	per := "day" // also the 23 and 25 hours of a day on which the clocks change
	switch long := u.WindowEnd.Sub(u.WindowStart); {
	case long <= 2*time.Minute:
		per = "minute"
	case long <= 2*time.Hour:
		per = "hour"
	}
	for _, r := range settings.Quotas[u.Bucket] {
		if r.Per == per {
			return r.Limit
		}
	}
	return 0
}
