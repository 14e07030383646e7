package health

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/run"
)

// Console is the admin's page. The filter is all (or empty), failed or limited; another is INVALID.
func (h *Health) Console(ctx context.Context, filter string) (*Console, error) {
	if filter == "" {
		filter = "all"
	}
	if !slices.Contains([]string{"all", "failed", "limited"}, filter) {
		return nil, fault.New(fault.Invalid, "Runs are shown as all, failed or limited.")
	}
	f, err := h.facts(ctx)
	if err != nil {
		return nil, err
	}
	c := &Console{UpdatedAt: f.counted, Filter: filter, SchedulerOn: h.silent(f) == nil}
	c.Report = Report{CheckedAt: f.now, Reasons: []Reason{}, Platforms: []Platform{}}
	if refused := h.writable(ctx, f.now); refused != nil {
		c.Report.Reasons = append(c.Report.Reasons, notWritable(refused))
	}
	h.fill(&c.Report, f)
	if c.Banner = banner(c.Report.Reasons); c.Banner.Head == "" {
		if c.Banner, err = h.alertBanner(ctx); err != nil {
			return nil, err
		}
	}
	if t := f.clocks[tick]; t != nil {
		c.LastTick = utc(t.LastAt)
	}
	c.Running = f.states[run.StateRunning]
	c.Queued = f.states[run.StateQueued] + f.states[run.StateDeferred] + f.states[run.StateRetrying]
	for _, s := range h.platforms.Specs() {
		c.Panels = append(c.Panels, h.panel(f, s.ID, c.Report.Reasons))
	}
	plans, err := h.Forecasts(ctx)
	if err != nil {
		return nil, err
	}
	for i := range c.Panels {
		if j := slices.IndexFunc(plans, func(p Forecast) bool { return p.Platform == c.Panels[i].Platform.Platform }); j >= 0 && plans[j].Configured {
			c.Panels[i].Plan = &plans[j].Plan
		}
	}
	if err = h.figures(ctx, c, f); err != nil {
		return nil, err
	}
	if c.Batch, err = h.batch(ctx, f); err != nil {
		return nil, err
	}
	if c.Failures, err = h.failures(ctx, f); err != nil {
		return nil, err
	}
	if c.Groups, err = h.groups(ctx, ""); err != nil {
		return nil, err
	}
	if c.Expired, err = h.needing(ctx); err != nil {
		return nil, err
	}
	c.Recent, err = h.recent(ctx, f, filter)
	return c, err
}

// banner is the worst reason, with the others behind it.
func banner(reasons []Reason) Banner {
	if len(reasons) == 0 {
		return Banner{}
	}
	b := Banner{Tone: "err", Head: reasons[0].Message}
	var rest []string
	for _, r := range reasons[1:] {
		rest = append(rest, r.Message)
	}
	b.Text = strings.Join(rest, " ")
	return b
}

// alertBanner tells of alerts that are open although syncing is well as a whole.
func (h *Health) alertBanner(ctx context.Context) (Banner, error) {
	open, err := h.db.Alert.Query().Where(h.mine(), alert.ResolvedAtIsNil()).All(ctx)
	if err != nil || len(open) == 0 {
		return Banner{}, err
	}
	slices.SortFunc(open, func(a, b *ent.Alert) int {
		rank := func(a *ent.Alert) int { return slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == a.Rule }) }
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.OpenedAt.UnixNano(), b.OpenedAt.UnixNano()))
	})
	b := Banner{Tone: "warn", Head: open[0].Message}
	if RuleOf(open[0].Rule).Severity == Critical {
		b.Tone = "err"
	}
	if n := len(open) - 1; n > 0 {
		b.Text = fmt.Sprintf("%d more %s open, under Alerts.", n, plural(n, "alert is", "alerts are"))
	}
	return b, nil
}

// figures fills in the big numbers.
func (h *Health) figures(ctx context.Context, c *Console, f *facts) error {
	all := &platformFacts{}
	for _, p := range f.platform {
		all.counts.Success += p.counts.Success
		all.counts.Partial += p.counts.Partial
		all.counts.Failed += p.counts.Failed
		c.RateLimits += p.counts.RateLimited
		c.NeedAction += p.expired + p.expiring
		c.Expiring += p.expiring
		c.Connections += p.live
	}
	c.Runs24h, c.Failed24h = all.ended(), all.counts.Failed
	if r := all.rate(); r != nil {
		c.Failure24h, c.Success24h = percent(*r), percent(1-*r)
	}
	r, err := h.readRest(ctx, f)
	if err != nil {
		return err
	}
	c.Success7d, c.MedianDuration, c.P95Duration, c.QueueWait, c.Days = r.success7d, r.median, r.p95, r.wait, r.days
	for i := range c.Panels {
		c.Panels[i].MedianDuration = r.medians[c.Panels[i].Platform.Platform]
	}
	if c.NeedAction > 0 {
		oldest, err := h.db.Connection.Query().
			Where(connection.PlatformIn(h.ids()...), connection.SourceEQ(h.source), connection.StatusIn(connection.StatusNeedsReconnect, connection.StatusExpiring), connection.StatusSinceNotNil()).
			Order(connection.ByStatusSince()).Select(connection.FieldStatusSince).First(ctx)
		if err != nil && !ent.IsNotFound(err) {
			return fmt.Errorf("find who waits longest: %w", err)
		}
		if oldest != nil {
			c.OldestNeed = utc(oldest.StatusSince)
		}
	}
	return nil
}

func percent(v float64) *float64 { v *= 100; return &v }

// week is the success rate of seven days.
func (h *Health) week(ctx context.Context, f *facts) (*float64, error) {
	var rows []struct {
		State run.State `sql:"state"`
		Count int       `sql:"count"`
	}
	err := h.db.Run.Query().Where(run.CompletedAtGTE(f.now.Add(-7*day)), counted).Where(f.scope...).
		GroupBy(run.FieldState).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count the week's runs: %w", err)
	}
	good, all := 0, 0
	for _, r := range rows {
		all += r.Count
		if r.State == run.StateSuccess || r.State == run.StatePartial {
			good += r.Count
		}
	}
	if all == 0 {
		return nil, nil
	}
	return percent(float64(good) / float64(all)), nil
}

// within is the time between two moments that so many of 100 of the day's n runs stayed within: 50 is the median.
func (h *Health) within(ctx context.Context, f *facts, of100 int64, from, to string, n int64, which ...predicate.Run) (*time.Duration, error) {
	if n == 0 {
		return nil, nil
	}
	var rows []struct {
		Millis int64 `sql:"took"`
	}
	at := int((n*of100+99)/100 - 1)
	err := h.db.Run.Query().Where(run.CompletedAtGTE(f.now.Add(-day)), run.StartedAtNotNil(), counted).Where(f.scope...).Where(which...).
		Modify(func(s *sql.Selector) {
			s.SelectExpr(sql.Raw(millis(s, from, to) + " AS took")).OrderExpr(sql.Raw("took")).Offset(at).Limit(1)
		}).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	d := time.Duration(max(0, rows[0].Millis)) * time.Millisecond
	return &d, nil
}

// Panel is one platform of the admin's page, to be shown in place. An unknown one is NOT_FOUND.
func (h *Health) Panel(ctx context.Context, id string) (*Panel, error) {
	if _, ok := h.platforms.Spec(id); !ok {
		return nil, errNothing()
	}
	f, err := h.facts(ctx)
	if err != nil {
		return nil, err
	}
	p := h.panel(f, id, h.judge(f, contract))
	r, err := h.readRest(ctx, f)
	if err != nil {
		return nil, err
	}
	p.MedianDuration = r.medians[id]
	return &p, nil
}

func (h *Health) panel(f *facts, id string, reasons []Reason) Panel {
	spec, _ := h.platforms.Spec(id)
	settings, _ := h.platforms.Settings(id)
	facts := f.platform[id]
	p := Panel{
		Platform: h.row(f, id), Name: spec.Name, Hours: facts.hours, Connections: facts.live,
		Fresh: facts.within, Schedule: planned(settings.Cron), Paused: facts.paused, Tone: "ok", Word: "Healthy",
	}
	if p.Paused != nil {
		p.Tone, p.Word = "neutral", "Paused"
		return p
	}
	for _, r := range reasons {
		if r.Platform != nil && *r.Platform == id {
			p.Tone, p.Word = "err", map[string]string{
				AppRefused: "Refused", PlatformDown: "Failing", FailureRate: "Failing", ScheduleLate: "Late",
			}[r.Code]
			return p
		}
	}
	switch {
	case !p.Configured:
		p.Tone, p.Word = "neutral", "Not configured"
	case facts.ended() == 0 && facts.lastSuccess == nil:
		p.Tone, p.Word = "neutral", "No runs yet"
	case facts.ended() == 0:
		p.Tone, p.Word = "neutral", "No runs in 24 h"
	case facts.counts.Failed > 0:
		p.Tone, p.Word = "warn", "Some failed"
	}
	return p
}
