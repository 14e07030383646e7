package analytics

import (
	"context"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/words"
)

// PlatformQuery is what a reader asks of one account's page. The zero value is the JSON route's.
type PlatformQuery struct {
	ConnectionID string // empty for the primary one
	Span         Span
	Metric       string // of the chart: followers, views, engagement, posts
	Sort         string // of the table: posted, views, likes, comments, rate
	Dir          string // asc, desc
	Type         string // media type
	Query        string // words in a title or caption
	Page         int    // from 1
}

// Platform is one account in depth. Without a live connection it is NOT_CONNECTED, also when one
// was disconnected; an unknown platform or another's connection is NOT_FOUND.
func (a *Analytics) Platform(
	ctx context.Context,
	creatorID, platformID string,
	q PlatformQuery,
) (*PlatformView, error) {
	v, _, err := a.platform(ctx, creatorID, platformID, q)
	return v, err
}

func (a *Analytics) platform(
	ctx context.Context,
	creatorID, platformID string,
	q PlatformQuery,
) (*PlatformView, *accounts.Account, error) {
	metric, err := parseMetric(q.Metric)
	if err != nil {
		return nil, nil, err
	}
	if q.Span.Days == 0 {
		if q.Span, err = ParseSpan("", a.now()); err != nil {
			return nil, nil, err
		}
	}
	acc, found, err := a.accounts.Find(ctx, creatorID, platformID, q.ConnectionID)
	if err != nil {
		return nil, nil, err
	}
	if !acc.Live() {
		return nil, nil, accounts.NotConnected(acc.Spec.Name)
	}
	cards, err := a.accounts.Cards(ctx, []*accounts.Account{acc})
	if err != nil {
		return nil, nil, err
	}
	now := a.now()
	v := &PlatformView{
		Platform: platformID, Handle: acc.At(), Freshness: acc.Freshness(now), Profile: profileOf(acc), Metrics: []Metric{},
		Card: cards[0], Span: q.Span, PostNoun: acc.Spec.PostNoun,
		Accounts: siblings(acc, accounts.LiveOf(found)),
	}
	for _, note := range acc.Spec.Notes {
		v.Notes = append(v.Notes, words.Plain(note))
	}
	v.Notes = append(v.Notes, acc.RefusedMetrics()...)
	if acc.Restricted() {
		v.Rate = acc.Terms()
	}
	if err := a.draw(ctx, acc, v, metric); err != nil {
		return nil, nil, err
	}
	if err := a.newest(ctx, acc, v); err != nil {
		return nil, nil, err
	}
	if err := a.month(ctx, acc, v); err != nil {
		return nil, nil, err
	}
	if v.Whole, err = a.accountInsights(ctx, acc); err != nil {
		return nil, nil, err
	}
	v.Table, err = a.table(ctx, acc, q)
	return v, acc, err
}

// draw fills in the big numbers and the chart.
func (a *Analytics) draw(ctx context.Context, acc *accounts.Account, v *PlatformView, metric string) error {
	f, err := a.figures(ctx, []*accounts.Account{acc}, v.Span)
	if err != nil {
		return err
	}
	f.noun = acc.Spec.PostNoun
	v.KPIs = f.kpis()
	for i := range v.KPIs {
		v.KPIs[i].Selected = v.KPIs[i].Key == metric
	}
	v.Chart = f.chart(metric)
	return nil
}

// newest reads the newest 50 posts, and the account's rate over them.
func (a *Analytics) newest(ctx context.Context, acc *accounts.Account, v *PlatformView) error {
	posts, err := a.read(ctx, []*accounts.Account{acc}, a.db.Post.Query().Where(listed([]string{acc.Row.ID})).
		Order(newestFirst()).Limit(newestPosts))
	if err != nil {
		return err
	}
	var all sums
	v.Posts = make([]PostRow, len(posts))
	for i, p := range posts {
		v.Posts[i] = PostRow{
			Post: p, Title: p.Title, MediaURL: p.MediaURL, ThumbnailURL: p.ThumbnailURL, Reach: p.Reach,
			DurationSeconds: p.DurationSeconds,
		}
		if s, ok := sumsOf(p.LikeCount, p.CommentCount, p.SaveCount, p.ShareCount, p.ViewCount, p.Reach); ok {
			all = all.plus(s)
		}
	}
	if !acc.Restricted() {
		v.Profile.EngagementRate = all.rate()
	}
	return nil
}

// month reads the last 30 days' follower counts, newest first; days without one are absent.
func (a *Analytics) month(ctx context.Context, acc *accounts.Account, v *PlatformView) error {
	span, err := ParseSpan("30d", a.now())
	if err != nil {
		return err
	}
	counts, err := a.snapshots(ctx, []string{acc.Row.ID}, "follower_count", span)
	if err != nil {
		return err
	}
	list := span.days()
	for i := len(list) - 1; i >= 0; i-- {
		if n, ok := counts[acc.Row.ID][key(list[i])]; ok {
			v.Metrics = append(v.Metrics, Metric{MetricType: "follower_count", Value: &n, SnapshotDate: key(list[i])})
		}
	}
	return nil
}

// siblings are all of the creator's live accounts on the platform, when there are several.
func siblings(acc *accounts.Account, found []*accounts.Account) []AccountLink {
	if len(found) < 2 {
		return nil
	}
	out := make([]AccountLink, len(found))
	for i, other := range found {
		out[i] = AccountLink{ConnectionID: other.Row.ID, Handle: other.Handle(), Current: other.Row.ID == acc.Row.ID}
	}
	return out
}

// facts are what the account says of itself.
func profileOf(acc *accounts.Account) Profile {
	p := Profile{Initials: acc.Initials(), Rounded: acc.Spec.RoundedFollowers}
	if acc.Profile == nil {
		return p
	}
	p.DisplayName, p.Bio = accounts.Filled(acc.Profile.DisplayName), accounts.Filled(acc.Profile.Bio)
	p.ProfileImageURL, p.URL = accounts.Filled(acc.Profile.PictureURL), accounts.Filled(acc.Profile.URL)
	p.FollowerCount, p.PostCount = acc.Followers(), acc.PostCount()
	if !acc.Ungranted("following") {
		p.FollowingCount = acc.Profile.Following
	}
	p.IsVerified = acc.Profile.Verified
	return p
}
