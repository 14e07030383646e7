package analytics

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/posthistory"
	"github.com/truecount/truecount/ent/snapshot"
)

// PostView is one post in depth: its numbers as they are, and how they came there.
type PostView struct {
	Post      Post
	Name      string // of the platform
	Handle    string
	Freshness accounts.Freshness
	Numbers   []Number
	Chart     Chart // of the counter that says most
}

// Number is one counter of a post. A nil value is unknown, and Why says why.
type Number struct {
	Label words.Text
	Value *int64
	Why   words.Text
	Means string // what the platform means by it
}

// historyMost is how many observations a post's page draws.
const historyMost = 1000

// Post is one post of the creator with its history. NOT_FOUND for another's, an unknown one, and one
// of another platform.
func (a *Analytics) Post(ctx context.Context, creatorID, platformID, id string) (*PostView, error) {
	if !text.Storable(id) {
		return nil, accounts.NothingThere()
	}
	row, err := a.db.Post.Query().Where(post.ID(id)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, accounts.NothingThere()
	}
	if err != nil {
		return nil, fmt.Errorf("read post %s: %w", id, err)
	}
	acc, _, err := a.accounts.Find(ctx, creatorID, platformID, row.ConnectionID)
	if fault.Is(err, fault.NotConnected) {
		return nil, accounts.NothingThere()
	}
	if err != nil {
		return nil, err
	}
	if err := a.accounts.WithRuns(ctx, []*accounts.Account{acc}); err != nil {
		return nil, err
	}
	v := &PostView{Post: postOf(acc, row), Name: acc.Spec.Name, Handle: acc.Handle(), Freshness: acc.Freshness(a.now())}
	for i, n := range v.Post.fields() {
		metric := reading.Counter(i).String()
		if n == nil || *n == nil && acc.Lacks(metric) {
			continue // it is never shown, or the platform has no such number at all
		}
		m, _ := acc.Spec.Metric(metric)
		v.Numbers = append(
			v.Numbers,
			Number{Label: words.New(counterLabels[i]), Value: *n, Why: v.Post.Why[metric], Means: m.Means},
		)
	}
	rows := []Post{v.Post}
	if err := a.compare(ctx, []*accounts.Account{acc}, rows); err != nil {
		return nil, err
	}
	v.Post = rows[0]
	history, err := a.db.PostHistory.Query().Where(posthistory.PostID(id)).
		Order(posthistory.ByObservedAt(sql.OrderDesc())).Limit(historyMost).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the history of post %s: %w", id, err)
	}
	if len(history) == 0 {
		v.Chart.Empty = words.New("creator.chart.noHistory")
		return v, nil
	}
	looked, err := a.observedDays(ctx, acc, history[len(history)-1].ObservedAt)
	if err != nil {
		return nil, err
	}
	v.Chart = a.growthChart(acc, history, looked)
	return v, nil
}

// counterLabels head a post's counters; one that is never shown has none.
var counterLabels = reading.Table[string]([...]string{
	reading.Views: "creator.metricHead.views", reading.Reach: "creator.metricHead.reach",
	reading.Likes:    "creator.metricHead.likes",
	reading.Comments: "creator.metricHead.comments", reading.Shares: "creator.metricHead.shares",
	reading.Saves: "creator.metricHead.saves", reading.Interactions: "",
})

// growthChart draws the first counter that has a history: each day's last observation. A day without a row
// is one on which nothing changed, if a sync looked; else it is a gap.
func (a *Analytics) growthChart(acc *accounts.Account, history []*ent.PostHistory, looked map[string]bool) Chart {
	for _, c := range reading.All() {
		if !c.Shown() {
			continue
		}
		byDay := map[string]*int64{}
		for _, h := range history { // newest first: the first of a day is its last
			if k := key(h.ObservedAt.UTC()); byDay[k] == nil {
				byDay[k] = store.HistoryCounters(h)[c]
			}
		}
		span := Span{From: midnight(history[len(history)-1].ObservedAt), To: midnight(a.now())}
		span.Days = int(span.To.Sub(span.From)/(24*time.Hour)) + 1
		var last *int64
		points := make([]Point, 0, len(byDay))
		for _, d := range span.days() {
			n, changed := byDay[key(d)]
			if n != nil {
				last = n
			}
			p := Point{Day: d}
			if last != nil && (changed || looked[key(d)]) {
				v := float64(*last)
				p.Value = &v
			}
			points = append(points, p)
		}
		if last == nil {
			continue
		}
		chart := Chart{
			Metric: c.String(), Title: words.New("creator.chart.since", "Metric", words.New(counterLabels[c])),
			From: span.From, To: span.To,
			Series: []Series{{Platform: acc.Row.Platform, Label: words.New(counterLabels[c]), Points: points}},
			Finding: words.New(
				"creator.chart.last",
				"Number",
				*last,
				"Metric",
				accounts.Named(accounts.MetricNouns, c.String()),
			),
		}
		m, _ := acc.Spec.Metric(c.String())
		for _, e := range m.Epochs {
			if span.From.Before(e.From) && !span.To.Before(e.From) {
				chart.Breaks = append(chart.Breaks, Break{Day: e.From, What: e.What})
			}
		}
		return chart
	}
	return Chart{}
}

// observedDays lists the days on which a sync of the account read it.
func (a *Analytics) observedDays(ctx context.Context, acc *accounts.Account, from time.Time) (map[string]bool, error) {
	days, err := a.db.Snapshot.Query().
		Where(snapshot.ConnectionID(acc.Row.ID), snapshot.MetricIn("follower_count", "post_count"),
			snapshot.DayGTE(key(from.UTC()))).
		Unique(true).
		Select(snapshot.FieldDay).
		Strings(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the days that were looked at: %w", err)
	}
	out := make(map[string]bool, len(days))
	for _, d := range days {
		out[d] = true
	}
	return out, nil
}
