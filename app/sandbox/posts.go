package sandbox

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/truecount/truecount/app/reading"
)

// PostKind is what sort of post it is.
type PostKind string

// The kinds of post.
const (
	PostImage    PostKind = "image"
	PostVideo    PostKind = "video"
	PostCarousel PostKind = "carousel"
	PostReel     PostKind = "reel"
	PostShort    PostKind = "short"
	PostLive     PostKind = "live"
	PostPhoto    PostKind = "photo"
)

// Post is one post as the platform knows it in a given hour. A nil counter is one the platform does
// not give, not even to the owner with every permission.
type Post struct {
	ID          string
	AccountID   string
	Kind        PostKind
	Index       int // 0 is the account's first post
	Title       string
	Caption     string // may be empty
	PublishedAt time.Time
	Seconds     int64 // length, 0 for what does not move
	Parts       int   // of a carousel

	Views, Likes, Comments, Shares, Saves, Reach, Interactions *int64

	LikesHidden   bool      // the list leaves the likes out, the insights have them
	NoInsights    bool      // no insights yet: the post is too young
	InsightsNever bool      // no insights ever: the post is older than the professional account
	Gone          string    // "private" or "deleted": only a trace in the list is left
	StartsAt      time.Time // a live's start; in the future it is announced only
}

// Counters are the post's counters.
func (p *Post) Counters() reading.Counters {
	return reading.Counters([...]*int64{
		reading.Views: p.Views, reading.Reach: p.Reach, reading.Likes: p.Likes, reading.Comments: p.Comments,
		reading.Shares: p.Shares, reading.Saves: p.Saves, reading.Interactions: p.Interactions,
	})
}

// The shares of a post's counters that are odd, when its account has holes.
const (
	everyNoComments = 11
	everyNoLikes    = 13
	everyNoViews    = 37
	everyGone       = 17
)

// announced is how long before its start a live is listed.
const announced = 2 * day

// slots is how many posts the account has begun by at; the last may still be ahead.
func (l *accountModel) slots(at time.Time) int {
	if !l.Ended.IsZero() && at.After(l.Ended) {
		at = l.Ended
	}
	if l.Every == 0 || at.Before(l.First) {
		return 0
	}
	return int(at.Sub(l.First)/l.Every) + 1
}

// published is when post i appears: inside its slot, in waking hours.
func (l *accountModel) published(i int) time.Time {
	k := uint64(i)
	days := int(l.Every / day)
	if days < 1 {
		days = 1
	}
	at := l.First.Add(time.Duration(i) * l.Every).Add(time.Duration(pick(l.key, 1e6+k, days)) * day)
	return at.Add(time.Duration(7*3600+pick(l.key, 2e6+k, 14*3600)) * time.Second)
}

// count is how many posts have appeared by at.
func (l *accountModel) count(at time.Time) int {
	n := l.slots(at)
	if n > 0 && l.published(n-1).After(at) {
		n--
	}
	return n
}

// gone says whether post i left only a trace.
func (l *accountModel) gone(i int, t Traits) string {
	if !t.Tombstones || !l.MissingCounters || i%everyGone != 5 {
		return ""
	}
	if i%(2*everyGone) == 5 {
		return "private"
	}
	return "deleted"
}

// standing is how many of the first n posts are not gone.
func (l *accountModel) standing(n int, t Traits) int {
	if !t.Tombstones || !l.MissingCounters {
		return n
	}
	return n - (n+everyGone-6)/everyGone
}

// views is the exact number of views of post i at an hour, and the lasting numbers of the post.
func (l *accountModel) views(i int, kind PostKind, hour time.Time) float64 {
	pub := l.published(i)
	size := l.Base + l.Daily*math.Max(0, pub.Sub(l.Since).Hours()/24)
	v := size * l.ViewRate * math.Exp(l.Spread*bell(l.key, 3e6+uint64(i)))
	switch kind {
	case PostReel, PostShort:
		v *= 2.2
	case PostCarousel:
		v *= 1.2
	case PostLive:
		v *= 0.4
	default: // the measure of the others
	}
	return v * ripening(hour.Sub(pub))
}

func (l *accountModel) kind(i int) PostKind { return l.Kinds[Draw(l.key, 4e6+uint64(i))%8] }

// post is post i at an hour.
func (l *accountModel) post(i int, hour time.Time, seed uint64, t Traits) Post {
	k := uint64(i)
	pub := l.published(i)
	p := Post{
		ID: t.PostID(seed, PostNumber{Account: l.no, Index: k}, pub), AccountID: l.ID, Kind: l.kind(i), Index: i,
		PublishedAt: pub, Gone: l.gone(i, t),
	}
	switch p.Kind {
	case PostVideo:
		p.Seconds = int64(240 + pick(l.key, 5e6+k, 1500))
		if t.ShortVideos {
			p.Seconds = int64(11 + pick(l.key, 5e6+k, 170))
		}
	case PostReel, PostShort:
		p.Seconds = int64(9 + pick(l.key, 5e6+k, 50))
	case PostLive:
		p.Seconds = int64(2400 + pick(l.key, 5e6+k, 5000))
		p.StartsAt = pub
	case PostCarousel:
		p.Parts = 2 + pick(l.key, 5e6+k, 6)
	default: // a picture has neither
	}
	p.Title, p.Caption = captionOf(l, i, p.Kind)
	l.tally(&p, i, hour, t)
	return p
}

// tally fills the counters.
func (l *accountModel) tally(p *Post, i int, hour time.Time, t Traits) {
	k := uint64(i)
	v := l.views(i, p.Kind, hour)
	of := func(f float64) *int64 { n := int64(f); return &n }
	eager := l.LikeRate * (0.6 + 0.8*unit(l.key, 6e6+k))
	likes := v * eager
	comments := likes * (0.01 + 0.04*unit(l.key, 7e6+k))
	p.Views, p.Likes, p.Comments = of(v), of(likes), of(comments)
	if t.Shares {
		p.Shares = of(likes * (0.02 + 0.1*unit(l.key, 8e6+k)))
	}
	if t.Insights {
		p.Saves = of(likes * (0.03 + 0.12*unit(l.key, 9e6+k)))
		p.Reach = of(v * (0.62 + 0.25*unit(l.key, 10e6+k)))
		// The platform's own total is a little more than the sum of its parts (seen on Instagram, 2026-11).
		p.Interactions = of(float64(*p.Likes+*p.Comments+*p.Shares+*p.Saves) + likes*0.02)
	}
	if l.MissingCounters {
		if i%everyNoComments == 3 && !t.Insights {
			p.Comments = nil
		}
		if i%everyNoLikes == 4 {
			if t.Insights {
				p.LikesHidden = true
			} else {
				p.Likes = nil
			}
		}
		if i%everyNoViews == 7 && !t.Insights {
			p.Views = nil
		}
	}
	if !t.Insights {
		return
	}
	p.InsightsNever = p.PublishedAt.Before(l.ProfessionalSince)
	p.NoInsights = !p.InsightsNever && hour.Sub(p.PublishedAt) < l.InsightsLate
	if p.InsightsNever || p.NoInsights {
		p.Views, p.Shares, p.Saves, p.Reach, p.Interactions = nil, nil, nil, nil, nil
		if p.LikesHidden {
			p.Likes = nil
		}
	}
}

// totals is what an account's posts add up to in one hour.
type totals struct{ p atomic.Pointer[sums] }

type sums struct {
	hour         time.Time
	views, likes int64
}

// sum is remembered for the hour that was asked for last.
func (l *accountModel) sum(hour time.Time, t Traits) sums {
	if s := l.memo.p.Load(); s != nil && s.hour.Equal(hour) {
		return *s
	}
	s := l.add(hour, t)
	l.memo.p.Store(&s)
	return s
}

func (l *accountModel) add(hour time.Time, t Traits) sums {
	s := sums{hour: hour}
	for i := range l.count(hour) {
		if l.gone(i, t) != "" {
			continue
		}
		v := l.views(i, l.kind(i), hour)
		s.views += int64(v)
		s.likes += int64(v * l.LikeRate * (0.6 + 0.8*unit(l.key, 6e6+uint64(i))))
	}
	return s
}

// ViewsAt is how many views all of an account's posts had together at an hour, also in the past.
func (p postModel) ViewsAt(platform, externalID string, at time.Time) int64 {
	l := p.world.model(platform, externalID)
	if l == nil {
		return 0
	}
	t, _ := p.world.traits(platform)
	return l.add(at.UTC().Truncate(time.Hour), t).views
}

// Profile is what an account's numbers are in the current hour, before a fake leaves out what was
// not permitted. Nil is not told.
type Profile struct {
	Account
	Followers *int64
	Posts     int64 // public ones
	Views     int64 // of all posts
	Likes     int64 // of all posts
}

// Profile is the account and its numbers now.
func (p postModel) Profile(platform, externalID string) (Profile, bool) {
	l := p.world.model(platform, externalID)
	if l == nil {
		return Profile{}, false
	}
	t, _ := p.world.traits(platform)
	hour := p.world.Hour()
	s := l.sum(hour, t)
	return Profile{
		Account: l.Account, Followers: p.world.Followers(platform, externalID, hour),
		Posts: int64(l.standing(l.count(hour), t)), Views: s.views, Likes: s.likes,
	}, true
}

// Listed is how many entries the account's list has now, traces and announcements included.
func (p postModel) Listed(platform, externalID string) int {
	l := p.world.model(platform, externalID)
	if l == nil {
		return 0
	}
	t, _ := p.world.traits(platform)
	return l.listed(p.world.Hour(), t)
}

// listed is count plus the announced live that comes next, if there is one.
func (l *accountModel) listed(hour time.Time, t Traits) int {
	n := l.count(hour)
	if t.AnnouncesLives && l.Every >= announced && l.kind(n) == PostLive && l.gone(n, t) == "" {
		if at := l.published(n); at.After(hour) && !at.Add(-announced).After(hour) {
			n++
		}
	}
	return n
}

// List is part of an account's list, newest first, as of now: up to n entries after skipping some.
func (p postModel) List(platform, externalID string, skip, n int) []Post {
	l := p.world.model(platform, externalID)
	if l == nil {
		return nil
	}
	t, _ := p.world.traits(platform)
	hour := p.world.Hour()
	var out []Post
	for i := l.listed(hour, t) - 1 - skip; i >= 0 && len(out) < n; i-- {
		out = append(out, l.post(i, hour, p.world.seed, t))
	}
	return out
}

// Posts is the truth a sync should arrive at: every public post as of now, newest first.
func (of postModel) Posts(platform, externalID string) []Post {
	var out []Post
	for _, p := range of.world.List(platform, externalID, 0, math.MaxInt) {
		if p.Gone == "" {
			out = append(out, p)
		}
	}
	return out
}

// Post finds a post by its id, traces included; child is not 0 for a part of a carousel.
func (of postModel) Post(platform, id string) (p Post, child int, ok bool) {
	t, known := of.world.traits(platform)
	if !known {
		return Post{}, 0, false
	}
	n, ok := t.FindPost(of.world.seed, id)
	l := of.world.modelByNumber(platform, n.Account)
	hour := of.world.Hour()
	if !ok || l == nil || n.Index >= uint64(l.listed(hour, t)) {
		return Post{}, 0, false
	}
	p = l.post(int(n.Index), hour, of.world.seed, t)
	if t.PostID(of.world.seed, n, p.PublishedAt) != id || int(n.Part) > p.Parts {
		return Post{}, 0, false
	}
	return p, int(n.Part), true
}

// PostAt is a post as it was at an hour of the past; false before it was there, and for a trace.
func (of postModel) PostAt(platform, id string, at time.Time) (Post, bool) {
	p, child, ok := of.world.Post(platform, id)
	l := of.world.model(platform, p.AccountID)
	if !ok || child != 0 || l == nil || p.Gone != "" || p.PublishedAt.After(at) {
		return Post{}, false
	}
	t, _ := of.world.traits(platform)
	return l.post(p.Index, at.UTC().Truncate(time.Hour), of.world.seed, t), true
}

// Part is the id of a carousel's part, counted from 1.
func (of postModel) Part(platform string, p Post, child int) string {
	l := of.world.model(platform, p.AccountID)
	if l == nil {
		return ""
	}
	t, _ := of.world.traits(platform)
	return t.PostID(of.world.seed, PostNumber{Account: l.no, Index: uint64(p.Index), Part: uint64(child)}, p.PublishedAt)
}

// Before is how many entries of the list are younger than at, so that a cursor made of a time finds its place.
func (p postModel) Before(platform, externalID string, at time.Time) int {
	l := p.world.model(platform, externalID)
	if l == nil {
		return 0
	}
	all := p.world.Listed(platform, externalID)
	older := l.slots(at)
	for older > 0 && !l.published(older-1).Before(at) {
		older--
	}
	if older > all {
		return 0
	}
	return all - older
}
