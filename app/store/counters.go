package store

import (
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/ent"
)

// PostCounters gives the counters of a stored post as they were last read.
func PostCounters(p *ent.Post) reading.Counters {
	return reading.Counters([...]*int64{
		reading.Views: p.Views, reading.Reach: p.Reach, reading.Likes: p.Likes, reading.Comments: p.Comments,
		reading.Shares: p.Shares, reading.Saves: p.Saves, reading.Interactions: p.Interactions,
	})
}

// HistoryCounters gives the counters of one row of a post's history.
func HistoryCounters(h *ent.PostHistory) reading.Counters {
	return reading.Counters([...]*int64{
		reading.Views: h.Views, reading.Reach: h.Reach, reading.Likes: h.Likes, reading.Comments: h.Comments,
		reading.Shares: h.Shares, reading.Saves: h.Saves, reading.Interactions: h.Interactions,
	})
}

var postSetters = reading.Table[func(*ent.PostCreate, *int64) *ent.PostCreate](
	[...]func(*ent.PostCreate, *int64) *ent.PostCreate{
		reading.Views: (*ent.PostCreate).SetNillableViews, reading.Reach: (*ent.PostCreate).
				SetNillableReach, reading.Likes: (*ent.PostCreate).SetNillableLikes,
		reading.Comments: (*ent.PostCreate).SetNillableComments, reading.Shares: (*ent.PostCreate).SetNillableShares,
		reading.Saves: (*ent.PostCreate).SetNillableSaves, reading.Interactions: (*ent.PostCreate).SetNillableInteractions,
	},
)

// SetPostCounters puts counters into a row of posts; unknown ones stay out.
func SetPostCounters(c *ent.PostCreate, n reading.Counters) *ent.PostCreate {
	for i, set := range postSetters {
		c = set(c, n[i])
	}
	return c
}

var historySetters = reading.Table[func(*ent.PostHistoryCreate, *int64) *ent.PostHistoryCreate](
	[...]func(*ent.PostHistoryCreate, *int64) *ent.PostHistoryCreate{
		reading.Views: (*ent.PostHistoryCreate).SetNillableViews, reading.Reach: (*ent.PostHistoryCreate).SetNillableReach,
		reading.Likes: (*ent.PostHistoryCreate).SetNillableLikes, reading.Comments: (*ent.PostHistoryCreate).
				SetNillableComments,
		reading.Shares: (*ent.PostHistoryCreate).SetNillableShares, reading.Saves: (*ent.PostHistoryCreate).SetNillableSaves,
		reading.Interactions: (*ent.PostHistoryCreate).SetNillableInteractions,
	},
)

// SetHistoryCounters puts counters into a row of a post's history; unknown ones stay out.
func SetHistoryCounters(c *ent.PostHistoryCreate, n reading.Counters) *ent.PostHistoryCreate {
	for i, set := range historySetters {
		c = set(c, n[i])
	}
	return c
}

// TotalCounters gives the counters of one row of running totals.
func TotalCounters(t *ent.Total) reading.Counters {
	return reading.Counters([...]*int64{
		reading.Views: t.Views, reading.Reach: t.Reach, reading.Likes: t.Likes, reading.Comments: t.Comments,
		reading.Shares: t.Shares, reading.Saves: t.Saves, reading.Interactions: t.Interactions,
	})
}

var totalSetters = reading.Table[func(*ent.TotalCreate, *int64) *ent.TotalCreate](
	[...]func(*ent.TotalCreate, *int64) *ent.TotalCreate{
		reading.Views: (*ent.TotalCreate).SetNillableViews, reading.Reach: (*ent.TotalCreate).SetNillableReach,
		reading.Likes: (*ent.TotalCreate).SetNillableLikes, reading.Comments: (*ent.TotalCreate).SetNillableComments,
		reading.Shares: (*ent.TotalCreate).SetNillableShares, reading.Saves: (*ent.TotalCreate).SetNillableSaves,
		reading.Interactions: (*ent.TotalCreate).SetNillableInteractions,
	},
)

// SetTotalCounters puts counters into a row of running totals; unknown ones stay out.
func SetTotalCounters(c *ent.TotalCreate, n reading.Counters) *ent.TotalCreate {
	for i, set := range totalSetters {
		c = set(c, n[i])
	}
	return c
}

// ageSetters put what a post had at an age into its row, by the age's place in reading.Ages.
var ageSetters = [reading.AgeCount]func(*ent.PostAgeCreate, *float64, *int64) *ent.PostAgeCreate{
	func(c *ent.PostAgeCreate, v *float64, at *int64) *ent.PostAgeCreate {
		return c.SetNillableViews1(v).SetNillableRead1(at)
	},
	func(c *ent.PostAgeCreate, v *float64, at *int64) *ent.PostAgeCreate {
		return c.SetNillableViews2(v).SetNillableRead2(at)
	},
	func(c *ent.PostAgeCreate, v *float64, at *int64) *ent.PostAgeCreate {
		return c.SetNillableViews3(v).SetNillableRead3(at)
	},
	func(c *ent.PostAgeCreate, v *float64, at *int64) *ent.PostAgeCreate {
		return c.SetNillableViews7(v).SetNillableRead7(at)
	},
	func(c *ent.PostAgeCreate, v *float64, at *int64) *ent.PostAgeCreate {
		return c.SetNillableViews14(v).SetNillableRead14(at)
	},
	func(c *ent.PostAgeCreate, v *float64, at *int64) *ent.PostAgeCreate {
		return c.SetNillableViews30(v).SetNillableRead30(at)
	},
	func(c *ent.PostAgeCreate, v *float64, at *int64) *ent.PostAgeCreate {
		return c.SetNillableViews90(v).SetNillableRead90(at)
	},
}

// SetAges puts what a post had at the ages of reading.Ages into its row; unknown ones stay out.
func SetAges(c *ent.PostAgeCreate, views [reading.AgeCount]*float64, read [reading.AgeCount]*int64) *ent.PostAgeCreate {
	for i, set := range ageSetters {
		c = set(c, views[i], read[i])
	}
	return c
}
