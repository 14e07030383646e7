package numbers

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/numbers/causes"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/ent/post"
)

// Causes lists why a platform's app may show another number than an explained figure, the likeliest first. A figure
// that is missing has none.
func (n *Numbers) Causes(ctx context.Context, e *Explanation, s causes.Shown) ([]causes.Cause, error) {
	if e.Value.Value == nil {
		return nil, nil
	}
	f := e.facts
	if len(e.Metric.counters) > 0 || e.Metric.Key == "posts_published" {
		of := n.db.Post.Query().Where(post.ConnectionIDIn(e.accounts...))
		var err error
		if f.Gone, err = of.Clone().Where(post.GoneAtNotNil()).Count(ctx); err != nil {
			return nil, fmt.Errorf("count removed posts: %w", err)
		}
		hidden := of.Where(post.GoneAtIsNil(), post.VisibilityNotIn("", "public"))
		if f.Hidden, err = hidden.Count(ctx); err != nil {
			return nil, fmt.Errorf("count posts that are not public: %w", err)
		}
	}
	return causes.Find(s, f), nil
}

// gather keeps what is held about an explained figure that may make an app show another number.
func (b *book) gather(e *Explanation) {
	r := b.query.Range
	f := causes.Facts{
		Whole: e.Metric.Unit == UnitCount, Flow: e.Metric.Kind != KindLevel, AsOf: e.Readings.Last,
		Running: r.To >= b.today, Stale: e.Value.State == StateStale, Final: e.Value.Final, Zone: r.Zone.String(),
	}
	if e.Value.Value != nil {
		f.Value = *e.Value.Value
	}
	for _, d := range e.Days {
		if d.Open {
			continue
		}
		f.Days++
		if d.State.known() && d.State != StatePartial {
			f.Covered++
		}
	}
	for _, c := range e.Changes {
		f.Changes = append(f.Changes, causes.Change{Day: c.From.UTC(), What: c.What})
	}
	for i, t := range b.tracks {
		e.accounts = append(e.accounts, t.acc.Row.ID)
		part := e.Value.Parts[i]
		if part.State != StateWithheld && part.Value != nil {
			f.Parts = append(f.Parts, b.known(t, part))
		}
	}
	e.facts = f
}

// known is what is held about the figure of one account.
func (b *book) known(t track, part Part) causes.Part {
	spec := t.acc.Spec
	p := causes.Part{
		Name: spec.Name + " " + t.acc.At(), Platform: spec.Name, Value: part.Value,
		PublicOnly: spec.PublicOnly && len(b.metric.counters) > 0,
	}
	if b.metric.count == platform.CountFollowers && spec.RoundedFollowers {
		p.Digits = spec.RoundedDigits
	}
	if t.source == sourceDays {
		p.Zone = spec.Figures.Zone
		if recent := b.now.Add(-spec.Figures.Delay); b.query.Range.To >= reading.DayOf(recent, time.UTC) {
			p.Delay = spec.Figures.Delay
		}
	}
	for _, id := range t.measures(b.metric) {
		m, _ := spec.Metric(id)
		p.AdsIn, p.AdsOut = p.AdsIn || m.Ads == platform.AdsCounted, p.AdsOut || m.Ads == platform.AdsLeftOut
	}
	return p
}
