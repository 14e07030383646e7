package usual_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/truecount/truecount/app/numbers/usual"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// made makes posts of one account, each so many days old, with so many views at every age that it reached. The last
// one is the post that is compared.
type made struct{ posts []*usual.Post }

func (m *made) add(daysOld int, kind string, views float64) *usual.Post {
	p := &usual.Post{
		ID: fmt.Sprint(len(m.posts)), ConnectionID: "c", MediaType: kind, PostedAt: now.AddDate(0, 0, -daysOld),
	}
	for i, days := range reading.Ages() {
		if days <= daysOld {
			p.At[i] = usual.At{Views: views, Read: reading.AgeMoment(p.PostedAt, days).Add(time.Hour), Known: true}
		}
	}
	m.posts = append(m.posts, p)
	return p
}

func (m *made) of(changes ...platform.Epoch) usual.Usual {
	s := usual.NewShelf(m.posts, map[string][]platform.Epoch{"c": changes}, now)
	return s.Of(m.posts[len(m.posts)-1])
}

// V1: which posts a post is compared with, at which age, and when there is no comparison.
func TestUsual(t *testing.T) {
	t.Parallel()
	several := func(m *made, n, from int, kind string, views float64) {
		for i := range n {
			m.add(from+n-i, kind, views)
		}
	}
	for _, c := range []struct {
		name    string
		made    func(m *made)
		changes []platform.Epoch
		why     usual.Why
		age     int
		posts   int
		ratio   float64
		typed   bool
	}{
		{"seven before it", func(m *made) { several(m, 7, 10, "reel", 100); m.add(4, "reel", 250) }, nil, usual.WhyFew, 3, 7, 0, false},
		{"eight before it", func(m *made) { several(m, 8, 10, "reel", 100); m.add(4, "reel", 250) }, nil, usual.WhyNone, 3, 8, 2.5, false},
		{"not a day old", func(m *made) { several(m, 20, 10, "reel", 100); m.add(0, "reel", 250) }, nil, usual.WhyYoung, 0, 0, 0, false},
		{"never read", func(m *made) {
			several(m, 20, 10, "reel", 100)
			m.add(5, "reel", 250).At = [reading.AgeCount]usual.At{}
		}, nil, usual.WhyUnread, 0, 0, 0, false},
		{"not read around day 3", func(m *made) {
			several(m, 20, 10, "reel", 100)
			m.add(4, "reel", 250).At[reading.AgeIndex(3)].Known = false
		}, nil, usual.WhyNone, 2, 20, 2.5, true},
		{"at the greatest age", func(m *made) { several(m, 8, 100, "reel", 100); m.add(95, "reel", 50) }, nil, usual.WhyNone, 90, 8, 0.5, false},
		{"only the last thirty", func(m *made) {
			several(m, 20, 60, "reel", 1000)
			several(m, 30, 10, "reel", 100)
			m.add(9, "reel", 100)
		}, nil, usual.WhyNone, 7, 30, 1, true},
		{"later posts are no measure", func(m *made) {
			several(m, 9, 0, "reel", 100)
			m.add(10, "reel", 300)
		}, nil, usual.WhyFew, 7, 0, 0, false},
		{"older than a year", func(m *made) {
			several(m, 8, 380, "reel", 100)
			m.add(8, "reel", 100)
		}, nil, usual.WhyFew, 7, 0, 0, false},
		{"nine of its type", func(m *made) {
			several(m, 9, 40, "reel", 100)
			several(m, 20, 10, "image", 10)
			m.add(8, "reel", 100)
		}, nil, usual.WhyNone, 7, 29, 10, false},
		{"ten of its type", func(m *made) {
			several(m, 10, 40, "reel", 100)
			several(m, 20, 10, "image", 10)
			m.add(8, "reel", 100)
		}, nil, usual.WhyNone, 7, 10, 1, true},
		{"removed posts are no measure", func(m *made) {
			several(m, 8, 10, "reel", 100)
			m.posts[3].Gone = true
			m.add(4, "reel", 250)
		}, nil, usual.WhyFew, 3, 7, 0, false},
		{"a change before it", func(m *made) { several(m, 9, 10, "reel", 100); m.add(4, "reel", 250) },
			[]platform.Epoch{{From: now.AddDate(0, 0, -5)}}, usual.WhyFew, 3, 0, 0, false},
		{"a change between the others", func(m *made) { several(m, 20, 10, "reel", 100); m.add(4, "reel", 250) },
			[]platform.Epoch{{From: now.AddDate(0, 0, -20)}}, usual.WhyNone, 3, 10, 2.5, true},
		{"a change while it was young", func(m *made) { several(m, 20, 10, "reel", 100); m.add(8, "reel", 250) },
			[]platform.Epoch{{From: now.AddDate(0, 0, -6).Add(-12 * time.Hour)}}, usual.WhyNone, 1, 20, 2.5, true},
		{"a change on its first day", func(m *made) { several(m, 20, 10, "reel", 100); m.add(2, "reel", 250) },
			[]platform.Epoch{{From: now.AddDate(0, 0, -2).Add(time.Hour)}}, usual.WhyChanged, 2, 0, 0, false},
		{"others without views", func(m *made) { several(m, 9, 10, "reel", 0); m.add(4, "reel", 250) }, nil, usual.WhyZero, 3, 9, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var m made
			c.made(&m)
			u := m.of(c.changes...)
			if u.Why != c.why || u.Age != c.age || u.Posts != c.posts || math.Abs(u.Ratio-c.ratio) > 1e-9 || u.Typed != c.typed {
				t.Errorf("got %+v, want reason %d, day %d, %d posts, %v, of its type %t", u, c.why, c.age, c.posts, c.ratio, c.typed)
			}
			if own := m.posts[len(m.posts)-1]; u.Why == usual.WhyNone && !u.Read.Equal(own.At[reading.AgeIndex(u.Age)].Read) {
				t.Errorf("got it read %s, want when the post was", u.Read)
			}
		})
	}
}

// The post itself is no part of its usual, also when another was published in the same moment.
func TestThePostItselfIsLeftOut(t *testing.T) {
	t.Parallel()
	var m made
	for range 8 {
		m.add(5, "reel", 100)
	}
	if u := m.of(); u.Posts != 7 || u.Why != usual.WhyFew {
		t.Errorf("got %+v, want the seven others and no comparison", u)
	}
	m.add(5, "reel", 700)
	if u := m.of(); u.Posts != 8 || u.Ratio != 7 || u.Median != 100 {
		t.Errorf("got %+v, want 7 times the eight others", u)
	}
}

// The middle half is that of the others.
func TestUsualQuartiles(t *testing.T) {
	t.Parallel()
	var m made
	for i := range 9 {
		m.add(30-i, "reel", float64(i+1)*10)
	}
	m.add(4, "reel", 100)
	if u := m.of(); u.Median != 50 || u.Q25 != 30 || u.Q75 != 70 || u.Ratio != 2 {
		t.Errorf("got %+v, want 30, 50 and 70", u)
	}
}
