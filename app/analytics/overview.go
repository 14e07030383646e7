package analytics

import (
	"context"
	"slices"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// Overview is everything of one creator over a span. An unknown metric is INVALID.
func (a *Analytics) Overview(ctx context.Context, creatorID string, span Span, metric string) (*Overview, error) {
	o, _, err := a.overview(ctx, creatorID, span, metric)
	return o, err
}

func (a *Analytics) overview(
	ctx context.Context,
	creatorID string,
	span Span,
	metric string,
) (*Overview, []*accounts.Account, error) {
	metric, err := parseMetric(metric)
	if err != nil {
		return nil, nil, err
	}
	found, err := a.accounts.Load(ctx, creatorID, connection.StatusNEQ(connection.StatusDisconnected))
	if err != nil {
		return nil, nil, err
	}
	if err := a.accounts.WithRuns(ctx, found); err != nil {
		return nil, nil, err
	}
	o := &Overview{
		TotalExcludes: []string{},
		Platforms:     []PlatformRow{},
		Span:          span,
		Sandbox:       len(found) > 0 && found[0].Row.Source == connection.SourceSandbox,
	}
	f, err := a.figures(ctx, found, span)
	if err != nil {
		return nil, nil, err
	}
	rates, err := a.newestSums(ctx, accounts.IDs(found))
	if err != nil {
		return nil, nil, err
	}
	if o.RecentPosts, err = a.recent(ctx, found); err != nil {
		return nil, nil, err
	}
	if o.TopPosts, err = a.top(ctx, found, span); err != nil {
		return nil, nil, err
	}
	now := a.now()
	for i := range found {
		o.Platforms = append(o.Platforms, f.row(i, rates[found[i].Row.ID]))
	}
	o.total(found)
	o.KPIs = f.kpis()
	for i := range o.KPIs {
		o.KPIs[i].Selected = o.KPIs[i].Key == metric
	}
	o.Chart = f.chart(metric)
	if err := a.problems(ctx, o, found, now); err != nil {
		return nil, nil, err
	}
	o.Context = headline(found, now)
	return o, found, nil
}

// row is one account of the overview.
func (f *figures) row(i int, rate sums) PlatformRow {
	acc := f.list[i]
	r := PlatformRow{
		Platform: acc.Row.Platform, Handle: acc.At(), Followers: acc.Followers(), FollowersWhy: acc.FollowersWhy(),
		FollowersAt: acc.FollowersAt,
		Posts:       acc.PostCount(), LastSynced: acc.AsOf(),
		Freshness: acc.Freshness(f.now), ConnectionID: acc.Row.ID, Name: acc.Spec.Name, Pill: acc.Pill(f.now),
		Rounded: acc.Spec.RoundedFollowers, Initials: acc.Initials(), FollowerWord: acc.FollowerWord(),
	}
	if acc.Profile != nil {
		r.ProfileImage = accounts.Filled(acc.Profile.PictureURL)
	}
	r.Change = numbers.Value{Unit: numbers.UnitCount, Calculated: true, Definition: f.metric("followers").Definition()}
	if acc.Restricted() {
		r.Change.State = numbers.StateWithheld
		r.Change.Reason = &numbers.Reason{Code: numbers.ReasonPlatformTerms, Message: acc.Terms()}
		return r
	}
	r.EngagementRate = rate.rate()
	r.Change, r.Days = f.gained(r.Change, f.line("followers", i))
	r.Change.Marked = acc.Spec.DerivedRestricted
	return r
}

// gained is the change of a level between the first and the last day of a series that have a number of their own, and
// over how many days.
func (f *figures) gained(v numbers.Value, series []numbers.Bucket) (numbers.Value, int) {
	first, last, ok := ends(f.points("followers", series))
	if !ok || !grew(series) {
		v.State = numbers.StateMissing
		v.Reason = &numbers.Reason{Code: numbers.ReasonTooFewDays, Message: words.New("numbers.why.noEnds")}
		return v, 0
	}
	change := *last.Value - *first.Value
	v.State, v.Value = numbers.StateDerived, &change
	for _, b := range series {
		if b.Range.To.UTC().Equal(last.Day) {
			v.AsOf = b.Value.AsOf
		}
	}
	return v, int(last.Day.Sub(first.Day) / (24 * time.Hour))
}

// total adds up what may be added up, and names who is left out.
func (o *Overview) total(list []*accounts.Account) {
	for _, acc := range list {
		if !acc.Restricted() {
			o.TotalFollowers = plus(o.TotalFollowers, acc.Followers())
			o.TotalPosts = plus(o.TotalPosts, acc.PostCount())
			continue
		}
		if !slices.Contains(o.TotalExcludes, acc.Row.Platform) {
			o.TotalExcludes = append(o.TotalExcludes, acc.Row.Platform)
			o.Excluded = words.Sentences(o.Excluded, words.New("creator.overview.excluded", "Platform", acc.Spec.Name))
		}
	}
}

// plus adds what is known: nil and a number is the number.
func plus(sum, n *int64) *int64 {
	if n == nil {
		return sum
	}
	v := *n
	if sum != nil {
		v += *sum
	}
	return &v
}

// problems lists the states that need someone, worst first, and counts the syncs under way.
func (a *Analytics) problems(ctx context.Context, o *Overview, list []*accounts.Account, now time.Time) error {
	logs, err := a.accounts.Steps(ctx, list)
	if err != nil {
		return err
	}
	for _, acc := range list {
		if r := acc.Active(); r != nil && acc.Working() && (r.State == run.StateRunning || r.State == run.StateQueued) {
			o.Syncing++
		}
		if n := acc.Notice(now, acc.LastSteps(logs)); n.Tone == "warn" || n.Tone == "err" {
			o.Problems = append(o.Problems, n)
		}
	}
	slices.SortStableFunc(o.Problems, func(x, y accounts.Notice) int {
		if c := accounts.CompareFlags(x.Tone == "err", y.Tone == "err"); c != 0 {
			return c
		}
		return accounts.CompareFlags(x.Action != "", y.Action != "")
	})
	return nil
}

// headline tells how old the page is: by its oldest account when all are fresh, else by its newest,
// with how many are behind.
func headline(list []*accounts.Account, now time.Time) words.Text {
	if len(list) == 0 {
		return words.New("creator.overview.nothing")
	}
	var oldest, newest *time.Time
	behind := 0
	for _, acc := range list {
		at := acc.AsOf()
		if at != nil && (newest == nil || at.After(*newest)) {
			newest = at
		}
		if acc.Freshness(now).Status != "fresh" {
			behind++
			continue
		}
		if oldest == nil || at.Before(*oldest) {
			oldest = at
		}
	}
	switch {
	case newest == nil:
		return words.New("creator.overview.never")
	case behind == 0:
		return words.New("creator.overview.synced", "Ago", words.Ago(*oldest, now, nil))
	default:
		return words.New(
			"creator.overview.behind",
			"Ago",
			words.Ago(*newest, now, nil),
			"Behind",
			behind,
			"Count",
			len(list),
		)
	}
}
