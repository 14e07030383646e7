package analytics

import (
	"context"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/posts"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent"
)

// typicalKey is the key of the big number that is the typical post of the period.
const typicalKey = "typical"

// typicalMetric is the metric behind it.
const typicalMetric = "typical_views_day_7"

// OverviewPage is Overview with what only the page shows: how posts did against the usual, the typical post, and when
// and with what posts did well.
func (a *Analytics) OverviewPage(ctx context.Context, creatorID string, span Span, metric string) (*Overview, error) {
	o, list, err := a.overview(ctx, creatorID, span, metric)
	if err != nil || len(list) == 0 {
		return o, err
	}
	usuals, patterns, err := a.posts.Board(ctx, list, asked(o.TopPosts), span.asked().Zone)
	if err != nil {
		return nil, err
	}
	fill(o.TopPosts, usuals)
	o.Patterns = patterns
	if o.KPIs, err = a.withTypical(ctx, list, span, o.KPIs); err != nil {
		return nil, err
	}
	return o, err
}

// PlatformPage is Platform with what only the page shows: how posts did against the usual, and the typical post.
func (a *Analytics) PlatformPage(
	ctx context.Context,
	creatorID, platformID string,
	q PlatformQuery,
) (*PlatformView, error) {
	v, acc, err := a.platform(ctx, creatorID, platformID, q)
	if err != nil {
		return nil, err
	}
	list := []*accounts.Account{acc}
	if err := a.compare(ctx, list, v.Table.Rows); err != nil {
		return nil, err
	}
	v.KPIs, err = a.withTypical(ctx, list, v.Span, v.KPIs)
	return v, err
}

// compare fills in how posts of accounts did against the usual.
func (a *Analytics) compare(ctx context.Context, list []*accounts.Account, rows []Post) error {
	usuals, err := a.posts.Usuals(ctx, list, asked(rows))
	if err != nil {
		return err
	}
	fill(rows, usuals)
	return nil
}

// asked are the posts, as far as a comparison needs them.
func asked(rows []Post) []*ent.Post {
	out := make([]*ent.Post, len(rows))
	for i, p := range rows {
		out[i] = &ent.Post{
			ID: p.ID, ConnectionID: p.ConnectionID, MediaType: p.MediaType, PostedAt: p.PostedAt, Broadcast: p.Broadcast,
		}
	}
	return out
}

// fill puts the comparisons to their posts.
func fill(rows []Post, usuals map[string]*posts.VsUsual) {
	for i := range rows {
		rows[i].Usual = usuals[rows[i].ID]
	}
}

// withTypical adds the typical post of the period to the big numbers, unless the platform's terms forbid it.
func (a *Analytics) withTypical(
	ctx context.Context,
	list []*accounts.Account,
	span Span,
	kpis []KPI,
) ([]KPI, error) {
	allowed := false
	for _, acc := range list {
		allowed = allowed || !acc.Spec.Forbids(platform.DeriveUsual) || acc.Settings.Derived
	}
	if !allowed {
		return kpis, nil
	}
	answers, err := a.numbers.Ask(ctx, list, numbers.Query{
		Metric: typicalMetric, Range: span.asked(), Compare: span.Compare,
	})
	if err != nil {
		return nil, err
	}
	f := &figures{
		span: span, now: a.now(), noun: "posts", list: list,
		answers: map[string]*numbers.Answer{typicalKey: answers[0]},
	}
	return append(kpis, f.kpi(typicalKey)), nil
}
