package health

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/delivery"
	"github.com/truecount/truecount/ent/hold"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/quotause"
	"github.com/truecount/truecount/ent/refusal"
	"github.com/truecount/truecount/ent/run"
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
	if h.writable(ctx, h.now()) != nil {
		return h.unwritable(ctx)
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
			told, err := tx.Delivery.Query().Where(delivery.AlertID(last.ID), delivery.EventEQ(delivery.EventOver), delivery.SentAtNotNil()).Exist(ctx)
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
		if limit <= 0 || u.Used*100 < limit*int64(percent) {
			continue
		}
		key := cause{QuotaSpent, u.Platform, u.Bucket}
		c := out[key]
		c.count++
		setting := strings.ToUpper(u.Platform) + "_" + u.Bucket
		c.message = max(c.message, fmt.Sprintf("%d of the %d units of %s are spent; the window ends %s.", u.Used, limit, setting, u.WindowEnd.UTC().Format("2 Jan 15:04 MST")))
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
