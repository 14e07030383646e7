package analytics

import (
	"context"
	"slices"

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
func (a *Analytics) Platform(ctx context.Context, creatorID, platformID string, q PlatformQuery) (*PlatformView, error) {
	metric, err := parseMetric(q.Metric)
	if err != nil {
		return nil, err
	}
	if q.Span.Days == 0 {
		if q.Span, err = ParseSpan("", a.now()); err != nil {
			return nil, err
		}
	}
	acc, found, err := a.resolve(ctx, creatorID, platformID, q.ConnectionID)
	if err != nil {
		return nil, err
	}
	if !acc.live() {
		return nil, errNotConnected(acc.spec.Name)
	}
	cards, err := a.cards(ctx, []*account{acc})
	if err != nil {
		return nil, err
	}
	now := a.now()
	v := &PlatformView{
		Platform: platformID, Handle: acc.at(), Freshness: acc.fresh(now), Profile: acc.facts(), Metrics: []Metric{},
		Card: cards[0], Span: q.Span, PostNoun: acc.spec.PostNoun,
		Accounts: siblings(acc, live(found)),
	}
	for _, note := range acc.spec.Notes {
		v.Notes = append(v.Notes, words.Plain(note))
	}
	v.Notes = append(v.Notes, acc.refusals()...)
	if acc.restricted() {
		v.Rate = acc.terms()
	}
	if err := a.draw(ctx, acc, v, metric); err != nil {
		return nil, err
	}
	if err := a.newest(ctx, acc, v); err != nil {
		return nil, err
	}
	if err := a.month(ctx, acc, v); err != nil {
		return nil, err
	}
	if v.Whole, err = a.whole(ctx, acc); err != nil {
		return nil, err
	}
	v.Table, err = a.table(ctx, acc, q)
	return v, err
}

// draw fills in the big numbers and the chart.
func (a *Analytics) draw(ctx context.Context, acc *account, v *PlatformView, metric string) error {
	one := []*account{acc}
	b, err := a.board(ctx, one, v.Span)
	if err != nil {
		return err
	}
	b.noun = acc.spec.PostNoun
	if acc.restricted() {
		v.KPIs = b.ownKPIs(acc)
	} else {
		v.KPIs = b.kpis(one, words.Text{})
	}
	v.KPIs[0].Label = named(metricHeads, acc.spec.Followers)
	for i := range v.KPIs {
		v.KPIs[i].Selected = v.KPIs[i].Key == metric
	}
	v.Chart = b.chart(one, metric)
	return nil
}

// newest reads the newest 50 posts, and the account's rate over them.
func (a *Analytics) newest(ctx context.Context, acc *account, v *PlatformView) error {
	posts, err := a.read(ctx, []*account{acc}, a.db.Post.Query().Where(listed([]string{acc.c.ID})).
		Order(newestFirst()).Limit(newestPosts))
	if err != nil {
		return err
	}
	var all sums
	v.Posts = make([]PostRow, len(posts))
	for i, p := range posts {
		v.Posts[i] = PostRow{
			Post: p, Title: p.Title, MediaURL: p.MediaURL, ThumbnailURL: p.ThumbnailURL, Reach: p.Reach, DurationSeconds: p.DurationSeconds,
		}
		if s, ok := sumsOf(p.LikeCount, p.CommentCount, p.SaveCount, p.ShareCount, p.ViewCount, p.Reach); ok {
			all = all.plus(s)
		}
	}
	if !acc.restricted() {
		v.Profile.EngagementRate = all.rate()
	}
	return nil
}

// month reads the last 30 days' follower counts, newest first; days without one are absent.
func (a *Analytics) month(ctx context.Context, acc *account, v *PlatformView) error {
	span, err := ParseSpan("30d", a.now())
	if err != nil {
		return err
	}
	counts, err := a.snapshots(ctx, []string{acc.c.ID}, "follower_count", span)
	if err != nil {
		return err
	}
	list := span.days()
	for i := len(list) - 1; i >= 0; i-- {
		if n, ok := counts[acc.c.ID][key(list[i])]; ok {
			v.Metrics = append(v.Metrics, Metric{MetricType: "follower_count", Value: &n, SnapshotDate: key(list[i])})
		}
	}
	return nil
}

// siblings are all of the creator's live accounts on the platform, when there are several.
func siblings(acc *account, found []*account) []AccountLink {
	if len(found) < 2 {
		return nil
	}
	out := make([]AccountLink, len(found))
	for i, other := range found {
		out[i] = AccountLink{ConnectionID: other.c.ID, Handle: other.handle(), Current: other.c.ID == acc.c.ID}
	}
	return out
}

// facts are what the account says of itself.
func (acc *account) facts() Profile {
	p := Profile{Initials: acc.initials(), Rounded: acc.spec.RoundedFollowers}
	if acc.profile == nil {
		return p
	}
	p.DisplayName, p.Bio = filled(acc.profile.DisplayName), filled(acc.profile.Bio)
	p.ProfileImageURL, p.URL = filled(acc.profile.PictureURL), filled(acc.profile.URL)
	p.FollowerCount, p.PostCount = acc.followers(), acc.postCount()
	if !acc.ungranted("following") {
		p.FollowingCount = acc.profile.Following
	}
	p.IsVerified = acc.profile.Verified
	return p
}

// refusals says which metrics are not asked for at present, and of whom.
func (acc *account) refusals() []words.Text {
	var out []words.Text
	for _, id := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(acc.withdrawn, acc.refused)))) {
		name := id
		if m, ok := acc.spec.Metric(id); ok {
			name = m.Name
		}
		if slices.Contains(acc.withdrawn, id) {
			out = append(out, words.New("creator.note.withdrawn", "Platform", acc.spec.Name, "Metric", name))
			continue
		}
		out = append(out, words.New("creator.note.refused", "Platform", acc.spec.Name, "Metric", name, "Account", acc.handle()))
	}
	return out
}
