package usual

import (
	"slices"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
)

// The posts that a post is compared with.
const (
	Needed = 8  // fewer are no measure
	most   = 30 // the last ones before the post
	typed  = 10 // from so many on, only those of the post's own type
)

// oldest is the time before which a post is too old to be compared with: a year, on the calendar.
func oldest(postedAt time.Time) time.Time { return postedAt.AddDate(-1, 0, 0) }

// Announced marks, as a post's broadcast, one that has not begun: it is not published yet and has no age.
const Announced = "upcoming"

// Post is a post with what it had at the ages.
type Post struct {
	ID           string
	ConnectionID string
	MediaType    string
	PostedAt     time.Time // zero when unknown: it is never compared
	Gone         bool      // it is no measure for others
	At           [reading.AgeCount]At
}

// At is how many views a post had at an age. Of an age that was not asked for, nothing is known.
type At struct {
	Views float64
	Read  time.Time // of the later one of the readings around the age
	Known bool
}

// Why says why a post has no comparison.
type Why int

// The reasons.
const (
	WhyNone    Why = iota // there is one
	WhyYoung              // it is not a day old
	WhyUnread             // nothing was read around the ages that it reached
	WhyFew                // there are not enough posts to compare it with
	WhyChanged            // the platform changed what it counts while the post reached the age
	WhyZero               // the others had no views
)

// Usual is how a post did against the account's own posts at the same age.
type Usual struct {
	Why    Why
	Age    int       // in days; 0: none was reached or read
	Views  float64   // of the post at that age
	Read   time.Time // the newest reading that it rests on
	Ratio  float64   // of its views to the median; only with WhyNone
	Median float64   // of the others; only with at least Needed of them
	Q25    float64
	Q75    float64
	Posts  int  // how many others there were to compare with
	Typed  bool // only of the same type
}

// Shelf holds the posts of accounts, to compare posts with them.
type Shelf struct {
	posts   map[string][]*Post // by connection, the oldest first
	changes map[string][]platform.Epoch
	now     time.Time
	more    map[string]bool // older posts of the connection were left out
	mixed   bool            // posts of every type are compared with each other
	missed  bool            // one of those may have been wanted
}

// NewShelf makes a shelf of posts as they are known at a time. changes gives, by connection, the days on which the
// platform changed what a view is.
func NewShelf(posts []*Post, changes map[string][]platform.Epoch, now time.Time) *Shelf {
	s := &Shelf{posts: map[string][]*Post{}, changes: changes, now: now}
	for _, p := range posts {
		if !p.PostedAt.IsZero() {
			s.posts[p.ConnectionID] = append(s.posts[p.ConnectionID], p)
		}
	}
	for _, list := range s.posts {
		slices.SortFunc(list, func(x, y *Post) int { return x.PostedAt.Compare(y.PostedAt) })
	}
	return s
}

// Without notes that older posts of an account were left out of the shelf.
func (s *Shelf) Without(connectionID string) {
	if s.more == nil {
		s.more = map[string]bool{}
	}
	s.more[connectionID] = true
}

// Missed reports that a comparison may have wanted posts that were left out.
func (s *Shelf) Missed() bool { return s.missed }

// AtAge compares a post with the account's own posts before it at one age.
func (s *Shelf) AtAge(p *Post, days int) Usual {
	i := reading.AgeIndex(days)
	if i < 0 || p.PostedAt.IsZero() || reading.AgeMoment(p.PostedAt, days).After(s.now) {
		return Usual{Why: WhyYoung}
	}
	return s.at(p, i, days)
}

// AgainstAll is AtAge against posts of every type.
func (s *Shelf) AgainstAll(p *Post, days int) Usual {
	all := *s
	all.mixed = true
	return all.AtAge(p, days)
}

// Of compares a post with the account's own posts before it: at the greatest age that it reached, at which its views
// are known and at which there are enough others. Where there are never enough, the age with the most others counts.
func (s *Shelf) Of(p *Post) Usual {
	u := Usual{Why: WhyYoung}
	if p.PostedAt.IsZero() {
		u.Why = WhyUnread
		return u
	}
	for i, days := range slices.Backward(reading.Ages()) {
		if reading.AgeMoment(p.PostedAt, days).After(s.now) {
			continue
		}
		one := s.at(p, i, days)
		if one.Why == WhyNone || one.Why == WhyZero {
			return one
		}
		if u.Age == 0 || one.Age != 0 && one.Posts > u.Posts {
			u = one
		}
	}
	return u
}

// at compares at one age that the post reached.
func (s *Shelf) at(p *Post, i, days int) Usual {
	own := p.At[i]
	if !own.Known {
		return Usual{Why: WhyUnread}
	}
	u := Usual{Why: WhyFew, Age: days, Views: own.Views, Read: own.Read}
	since, clean := s.since(p, days)
	if !clean {
		u.Why = WhyChanged
		return u
	}
	others := s.others(p, i, since)
	u.Posts, u.Typed = len(others.views), others.typed
	if u.Posts < Needed {
		return u
	}
	u.Q25, u.Median, u.Q75, _ = reading.Quartiles(others.views)
	if u.Median <= 0 {
		u.Why = WhyZero
		return u
	}
	u.Why, u.Ratio = WhyNone, own.Views/u.Median
	return u
}

// since is the last day before a post reached an age on which the platform changed what a view is; false: that was
// while the post was younger, so that its views are of two kinds.
func (s *Shelf) since(p *Post, days int) (time.Time, bool) {
	since, clean := time.Time{}, true
	for _, e := range s.changes[p.ConnectionID] {
		if e.From.After(reading.AgeMoment(p.PostedAt, days)) {
			continue
		}
		since, clean = e.From, !e.From.After(p.PostedAt)
	}
	return since, clean
}

type chosen struct {
	views []float64
	typed bool
}

// others chooses the posts to compare a post with at an age: the last ones before it, published since a time.
func (s *Shelf) others(p *Post, i int, since time.Time) chosen {
	var all, same []float64
	list, from := s.posts[p.ConnectionID], oldest(p.PostedAt)
	end, _ := slices.BinarySearchFunc(list, p.PostedAt, func(x *Post, t time.Time) int { return x.PostedAt.Compare(t) })
	for end < len(list) && list[end].PostedAt.Equal(p.PostedAt) { // published in the same moment
		end++
	}
	whole := false
	for _, o := range slices.Backward(list[:end]) {
		if whole = len(same) == most || o.PostedAt.Before(from) || o.PostedAt.Before(since); whole {
			break
		}
		if o.ID == p.ID || o.Gone || !o.At[i].Known {
			continue
		}
		if len(all) < most {
			all = append(all, o.At[i].Views)
		}
		if o.MediaType == p.MediaType {
			same = append(same, o.At[i].Views)
		}
	}
	s.missed = s.missed || !whole && len(same) < most && s.more[p.ConnectionID]
	if len(same) >= typed && !s.mixed {
		return chosen{same, true}
	}
	return chosen{all, false}
}
