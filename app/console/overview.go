package console

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// Overview gives the sync-health page. The filter is all (or empty), failed or limited; another is INVALID.
func (co *Console) Overview(ctx context.Context, filter string) (*Overview, error) {
	if filter == "" {
		filter = "all"
	}
	if !slices.Contains([]string{"all", "failed", "limited"}, filter) {
		return nil, fault.New(fault.Invalid, words.New("errors.runs.show"))
	}
	f, err := co.health.Facts(ctx)
	if err != nil {
		return nil, err
	}
	o := &Overview{
		UpdatedAt: f.CountedAt, Filter: filter, SchedulerOn: co.health.SchedulerRuns(f), LastTick: f.LastTick(),
		Report: co.health.ReportOf(ctx, f), Running: f.Active[run.StateRunning],
	}
	for _, s := range lifecycle.WaitingRuns() {
		o.Queued += f.Active[s]
	}
	if o.Banner, err = co.banner(ctx, o.Report.Reasons); err != nil {
		return nil, err
	}
	if err := co.panels(ctx, o, f); err != nil {
		return nil, err
	}
	if err = co.figures(ctx, o, f); err != nil {
		return nil, err
	}
	if o.Batch, err = co.batch(ctx, f); err != nil {
		return nil, err
	}
	if o.Failures, err = co.failures(ctx, f); err != nil {
		return nil, err
	}
	if o.Groups, err = co.health.FailureGroups(ctx, ""); err != nil {
		return nil, err
	}
	if o.Expired, err = co.waitingConnections(ctx); err != nil {
		return nil, err
	}
	o.Recent, err = co.recent(ctx, f, filter)
	return o, err
}

// panels fills in the platforms' panels, with what the next day asks of each.
func (co *Console) panels(ctx context.Context, o *Overview, f *health.Facts) error {
	for _, s := range co.platforms.Specs() {
		o.Panels = append(o.Panels, co.panel(f, s.ID, o.Report.Reasons))
	}
	plans, err := co.capacity.Forecasts(ctx)
	if err != nil {
		return err
	}
	for i := range o.Panels {
		j := slices.IndexFunc(plans, func(p capacity.Forecast) bool { return p.Platform == o.Panels[i].Platform.Platform })
		if j >= 0 && plans[j].Configured {
			o.Panels[i].Plan = &plans[j].Plan
		}
	}
	return nil
}

// banner is the worst reason, with the others behind it. Without a reason it tells of alerts that are open although
// syncing is well as a whole.
func (co *Console) banner(ctx context.Context, reasons []health.Reason) (Banner, error) {
	if len(reasons) > 0 {
		b := Banner{Tone: "err", Head: reasons[0].Message.String()}
		var rest []string
		for _, r := range reasons[1:] {
			rest = append(rest, r.Message.String())
		}
		b.Text = strings.Join(rest, " ")
		return b, nil
	}
	message, critical, others, err := co.alerts.WorstOpen(ctx)
	if err != nil || message == "" {
		return Banner{}, err
	}
	b := Banner{Tone: "warn", Head: message, Text: othersOpen(others)}
	if critical {
		b.Tone = "err"
	}
	return b, nil
}

// figures fills in the big numbers.
func (co *Console) figures(ctx context.Context, o *Overview, f *health.Facts) error {
	all := &health.PlatformFacts{}
	for _, p := range f.Platforms {
		all.Counts.Success += p.Counts.Success
		all.Counts.Partial += p.Counts.Partial
		all.Counts.Failed += p.Counts.Failed
		o.RateLimits += p.Counts.RateLimited
		o.NeedAction += p.NeedsReconnect + p.Expiring
		o.Expiring += p.Expiring
		o.Connections += p.Live
	}
	o.Runs24h, o.Failed24h = all.Ended(), all.Counts.Failed
	if r := all.FailureRate(); r != nil {
		failed, good := 100**r, 100*(1-*r)
		o.Failure24h, o.Success24h = &failed, &good
	}
	r, err := co.health.History(ctx, f)
	if err != nil {
		return err
	}
	o.Success7d, o.MedianDuration, o.P95Duration, o.QueueWait, o.Days = r.Success7d, r.Median, r.P95, r.Wait, r.Days
	for i := range o.Panels {
		o.Panels[i].MedianDuration = r.Medians[o.Panels[i].Platform.Platform]
	}
	if o.NeedAction > 0 {
		oldest, err := co.db.Connection.Query().
			Where(connection.PlatformIn(co.ids()...), connection.SourceEQ(co.source),
				connection.StatusIn(lifecycle.WaitingConnections()...), connection.StatusSinceNotNil()).
			Order(connection.ByStatusSince()).Select(connection.FieldStatusSince).First(ctx)
		if err != nil && !ent.IsNotFound(err) {
			return fmt.Errorf("find who waits longest: %w", err)
		}
		if oldest != nil {
			o.OldestNeed = store.UTC(oldest.StatusSince)
		}
	}
	return nil
}

// Panel is one platform of the admin's page, to be shown in place. An unknown one is NOT_FOUND.
func (co *Console) Panel(ctx context.Context, id string) (*Panel, error) {
	if _, ok := co.platforms.Spec(id); !ok {
		return nil, notFound()
	}
	f, err := co.health.Facts(ctx)
	if err != nil {
		return nil, err
	}
	p := co.panel(f, id, co.health.Judge(f, health.Contract()))
	r, err := co.health.History(ctx, f)
	if err != nil {
		return nil, err
	}
	p.MedianDuration = r.Medians[id]
	return &p, nil
}

func (co *Console) panel(f *health.Facts, id string, reasons []health.Reason) Panel {
	spec, _ := co.platforms.Spec(id)
	settings, _ := co.platforms.Settings(id)
	facts := f.Platforms[id]
	p := Panel{
		Platform: co.health.Platform(f, id), Name: spec.Name, Hours: facts.Hours, Connections: facts.Live,
		Fresh: facts.Fresh, Schedule: planned(settings.Cron), Paused: facts.Paused, Tone: "ok", Word: "Healthy",
	}
	if p.Paused != nil {
		p.Tone, p.Word = "neutral", words.English.Say("admin.panel.paused")
		return p
	}
	for _, r := range reasons {
		if r.Platform != nil && *r.Platform == id {
			p.Tone, p.Word = "err", map[string]string{
				health.ReasonAppRefused:   words.English.Say("admin.panel.refused"),
				health.ReasonPlatformDown: words.English.Say("admin.panel.failing"),
				health.ReasonFailureRate:  words.English.Say("admin.panel.failing"),
				health.ReasonScheduleLate: words.English.Say("admin.panel.late"),
			}[r.Code]
			return p
		}
	}
	switch {
	case !p.Configured:
		p.Tone, p.Word = "neutral", words.English.Say("admin.panel.notConfigured")
	case facts.Ended() == 0 && facts.LastSuccess == nil:
		p.Tone, p.Word = "neutral", words.English.Say("admin.panel.none")
	case facts.Ended() == 0:
		p.Tone, p.Word = "neutral", words.English.Say("admin.panel.none24h")
	case facts.Counts.Failed > 0:
		p.Tone, p.Word = "warn", words.English.Say("admin.panel.someFailed")
	}
	return p
}
