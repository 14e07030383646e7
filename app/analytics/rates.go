package analytics

import "math"

// sums are the two sides of an engagement rate.
type sums struct {
	engaged int64 // likes, comments, saves and shares that are known
	seen    int64 // views, or reach where the platform gives no views
}

func (s sums) plus(t sums) sums { return sums{s.engaged + t.engaged, s.seen + t.seen} }

// rate is in percent with two decimals; nil without anything seen.
func (s sums) rate() *float64 {
	if s.seen <= 0 {
		return nil
	}
	v := math.Round(float64(s.engaged)/float64(s.seen)*10000) / 100
	return &v
}

// sumsOf gives both sides for one post, and false when no counter or no denominator is known.
func sumsOf(likes, comments, saves, shares, views, reach *int64) (sums, bool) {
	var s sums
	known := false
	for _, n := range []*int64{likes, comments, saves, shares} {
		if n != nil {
			s.engaged += *n
			known = true
		}
	}
	if views == nil {
		views = reach
	}
	if !known || views == nil || *views <= 0 {
		return sums{}, false
	}
	s.seen = *views
	return s, true
}

// growth is the change from old to new in percent; nil where old is nothing.
func growth(old, new float64) *float64 {
	if old <= 0 {
		return nil
	}
	v := (new - old) / old * 100
	return &v
}
