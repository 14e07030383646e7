package health

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/hold"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/quotause"
	"github.com/truecount/truecount/ent/refusal"
	"github.com/truecount/truecount/ent/run"
)

// conditions are the causes that hold now.
func (h *Health) conditions(ctx context.Context, f *facts, set AlertSettings) (map[cause]condition, error) {
	out := map[cause]condition{}
	for _, r := range h.judge(f, set.bounds()) {
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
			case RunStuck:
				n = p.stuck
			}
		}
		out[key] = condition{n, r.Message}
	}
	for _, s := range h.platforms.Specs() {
		p := f.platform[s.ID]
		for _, c := range []struct {
			rule         string
			count, least int
			words        string
		}{
			{TokenExpired, p.expired, set.Expired, connections(p.expired) + " of " + s.Name + " without access: only the creator can reconnect."},
			{TokenTampered, p.tampered, 1, "The stored access of " + connections(p.tampered) + " of " + s.Name + " was changed or moved in the database. It is not used and was left as it is: find out who wrote there."},
			{DeadLetter, p.dead, set.DeadLetters, runs(p.dead) + " of " + s.Name + " gave up and " + plural(p.dead, "waits", "wait") + " to be retried or dismissed."},
		} {
			if c.count > 0 && c.count >= c.least {
				out[cause{rule: c.rule, platform: s.ID}] = condition{c.count, c.words}
			}
		}
	}
	for _, add := range []func(context.Context, *facts, AlertSettings, map[cause]condition) error{h.limited, h.withdrawn, h.stuck} {
		if err := add(ctx, f, set, out); err != nil {
			return nil, err
		}
	}
	if err := h.spent(ctx, f, set.QuotaPercent, out); err != nil {
		return nil, err
	}
	if h.extra != nil {
		for _, c := range h.extra(ctx) {
			out[cause{c.Rule, c.Platform, c.Scope}] = condition{c.Count, c.Message}
		}
	}
	for _, off := range set.Off {
		maps.DeleteFunc(out, func(c cause, _ condition) bool { return c.rule == off })
	}
	return out, nil
}

// limitLasts is how long a limit that was hit counts as one cause after the last sync that met it.
const limitLasts = 2 * time.Hour

// limited adds a cause for each platform that limits us now, or did a moment ago, with the time it named.
func (h *Health) limited(ctx context.Context, f *facts, set AlertSettings, out map[cause]condition) error {
	for _, s := range h.platforms.Specs() {
		n := f.platform[s.ID].counts.RateLimited
		if n == 0 || n < set.RateLimits {
			continue
		}
		lately := []predicate.Run{run.Platform(s.ID), run.RateLimited(true), run.Or(run.CompletedAtIsNil(), run.CompletedAtGT(f.now.Add(-limitLasts)))}
		there, err := h.db.Run.Query().Where(lately...).Where(f.scope...).Exist(ctx)
		if err != nil {
			return fmt.Errorf("look for limits of %s: %w", s.ID, err)
		}
		if !there {
			continue
		}
		words := s.Name + " limited " + runs(n) + " in 24 h."
		last, err := h.db.Run.Query().Where(run.Platform(s.ID), run.RateLimited(true), run.StateEQ(run.StateDeferred), run.NextAttemptAtNotNil()).Where(f.scope...).
			Order(run.ByNextAttemptAt(sql.OrderDesc())).Select(run.FieldNextAttemptAt).First(ctx)
		if err != nil && !ent.IsNotFound(err) {
			return fmt.Errorf("find when limits of %s end: %w", s.ID, err)
		}
		if last != nil {
			words += " The last of them goes on at " + last.NextAttemptAt.UTC().Format("2 Jan 15:04 MST") + "."
		}
		out[cause{rule: RateLimitHit, platform: s.ID}] = condition{n, words}
	}
	return nil
}

// stuckAfter is more than the half hour over which missed syncs are spread.
const stuckAfter = 45 * time.Minute

// stuck adds a cause for each platform whose syncs wait while none of them moves.
func (h *Health) stuck(ctx context.Context, f *facts, _ AlertSettings, out map[cause]condition) error {
	for _, s := range h.platforms.Specs() {
		p := f.platform[s.ID]
		if f.states[run.StateQueued] == 0 || p.paused != nil || !h.platforms.Configured(s.ID) {
			continue
		}
		since := f.now.Add(-stuckAfter)
		if h.started.After(since) {
			continue // nothing could move while nothing ran
		}
		mine := []predicate.Run{run.Platform(s.ID)}
		waiting, err := h.db.Run.Query().Where(run.StateEQ(run.StateQueued), run.CreatedAtLT(since)).Where(mine...).Where(f.scope...).Count(ctx)
		if err != nil {
			return fmt.Errorf("count what waits: %w", err)
		}
		if waiting == 0 {
			continue
		}
		moved, err := h.db.Run.Query().Where(run.Or(run.ClaimedAtGT(since), run.CompletedAtGT(since))).Where(mine...).Where(f.scope...).Exist(ctx)
		if err != nil {
			return fmt.Errorf("look whether the queue moves: %w", err)
		}
		held, err := h.db.Hold.Query().Where(hold.ID(s.ID), hold.UntilGT(f.now)).Exist(ctx)
		if err != nil {
			return fmt.Errorf("read whether %s is held: %w", s.ID, err)
		}
		if !moved && !held {
			out[cause{rule: QueueStuck, platform: s.ID}] = condition{waiting, fmt.Sprintf("%s of %s wait, and none has moved for %.0f minutes.", runs(waiting), s.Name, stuckAfter.Minutes())}
		}
	}
	return nil
}

// withdrawn adds a cause for each metric that a platform refused several accounts altogether.
func (h *Health) withdrawn(ctx context.Context, f *facts, _ AlertSettings, out map[cause]condition) error {
	var rows []struct {
		Platform string `json:"platform"`
		Metric   string `json:"metric"`
		Count    int    `json:"count"`
	}
	where := []predicate.Refusal{refusal.Lone(false), refusal.AtGT(f.now.Add(-platform.WithdrawnFor))}
	if len(f.own) > 0 {
		where = append(where, refusal.HasConnectionWith(f.own...))
	}
	err := h.db.Refusal.Query().Where(where...).
		GroupBy(refusal.FieldPlatform, refusal.FieldMetric).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("read withdrawn metrics: %w", err)
	}
	for _, r := range rows {
		if r.Count >= platform.WithdrawnFrom {
			out[cause{MetricWithdrawn, r.Platform, r.Metric}] = condition{r.Count, fmt.Sprintf(
				"%s refuses the metric %s to everybody (%s asked). It is left out and asked for again within a week; all else goes on.",
				h.nameOf(r.Platform), r.Metric, connections(r.Count))}
		}
	}
	return nil
}

func (h *Health) nameOf(platformID string) string {
	if s, ok := h.platforms.Spec(platformID); ok {
		return s.Name
	}
	return platformID
}

func connections(n int) string {
	if n == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", n)
}

// spent adds a cause for each limit of which so many of 100 are used in its present window. A window that slides is
// several rows.
func (h *Health) spent(ctx context.Context, f *facts, percent int, out map[cause]condition) error {
	whole, err := h.windows(ctx, f.now)
	if err != nil {
		return err
	}
	for _, u := range whole {
		limit := h.limit(u)
		if limit <= 0 || u.Used*100 < limit*int64(percent) {
			continue
		}
		key := cause{QuotaSpent, u.Platform, u.Bucket}
		c := out[key]
		c.count++
		setting := strings.ToUpper(u.Platform) + "_" + u.Bucket
		words := fmt.Sprintf("%d of the %d units of %s are spent; the window ends %s.", u.Used, limit, setting, u.WindowEnd.UTC().Format("2 Jan 15:04 MST"))
		if u.Reserved > 0 {
			words = fmt.Sprintf("The platform says that %s is spent, with %d units counted here; the window ends %s.", setting, u.Used-u.Reserved, u.WindowEnd.UTC().Format("2 Jan 15:04 MST"))
		}
		c.message = max(c.message, words)
		out[key] = c
	}
	return nil
}

// windows are the quotas' windows that hold now, the rows of one added up; what a platform itself calls spent is.
func (h *Health) windows(ctx context.Context, now time.Time) ([]*ent.QuotaUse, error) {
	rows, err := h.db.QuotaUse.Query().Where(quotause.WindowStartLTE(now), quotause.WindowEndGT(now), quotause.Or(quotause.UsedGT(0), quotause.ReservedGT(0))).
		Order(quotause.ByWindowEnd(), quotause.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read quota use: %w", err)
	}
	type window struct{ platform, bucket, scope string }
	at := map[window]int{}
	var whole []*ent.QuotaUse
	for _, u := range rows {
		u.Used += u.Reserved
		w := window{u.Platform, u.Bucket, u.Scope}
		if i, ok := at[w]; ok {
			u.Used += whole[i].Used
			whole[i] = u
			continue
		}
		at[w], whole = len(whole), append(whole, u)
	}
	return whole, nil
}

// QuotaUsed is how full each platform's fullest quota is, from 0 to 1.
func (h *Health) QuotaUsed(ctx context.Context) (map[string]float64, error) {
	whole, err := h.windows(ctx, h.now())
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for _, u := range whole {
		if limit := h.limit(u); limit > 0 {
			out[u.Platform] = max(out[u.Platform], float64(u.Used)/float64(limit))
		}
	}
	return out, nil
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
