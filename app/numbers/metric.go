package numbers

import (
	"slices"
	"strconv"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
)

// Kind says how a metric behaves over time.
type Kind string

// The kinds.
const (
	KindLevel Kind = "level" // it stands at a time: followers
	KindFlow  Kind = "flow"  // it is gained in a period: views gained
	KindRatio Kind = "ratio" // one number over another: an engagement rate
)

// Metric is what can be asked for.
type Metric struct {
	Key     string
	Version int
	Unit    Unit
	Kind    Kind

	counters []reading.Counter     // of the posts it is made of; of a ratio the numerator, over views
	count    platform.AccountCount // of the account's own counts: the level, or what the flow is the gain of
	derive   platform.Derivation
	days     int // of a typical value: the age of the posts
}

// Definition is how values name the metric: "views_gained@1".
func (m Metric) Definition() string { return m.Key + "@" + strconv.Itoa(m.Version) }

// Label is the metric's name on pages.
func (m Metric) Label() words.Text { return words.New(texts[m.Key].label) }

// Meaning is one or two sentences about what it counts.
func (m Metric) Meaning() words.Text { return words.New(texts[m.Key].meaning) }

// Formula says how a value follows from readings.
func (m Metric) Formula() words.Text { return words.New(texts[m.Key].formula) }

// typical are the ages, in days, at which posts are compared, of those metrics that show it.
func typical(day int) Metric {
	return Metric{
		Key: "typical_views_day_" + strconv.Itoa(day), Version: 1, Unit: UnitCount, Kind: KindLevel,
		counters: []reading.Counter{reading.Views}, derive: platform.DeriveUsual, days: day,
	}
}

func gained(key string, c reading.Counter) Metric {
	return Metric{
		Key: key, Version: 1, Unit: UnitCount, Kind: KindFlow,
		counters: []reading.Counter{c}, derive: platform.DeriveGain,
	}
}

// reported is a metric that only a platform's own daily figures give.
func reported(key string, unit Unit) Metric {
	return Metric{Key: key, Version: 1, Unit: unit, Kind: KindFlow}
}

// metrics is the list of what can be asked for, in the order in which it is shown.
var metrics = []Metric{
	{Key: "followers", Version: 1, Unit: UnitCount, Kind: KindLevel, count: platform.CountFollowers},
	{Key: "views_total", Version: 1, Unit: UnitCount, Kind: KindLevel, count: platform.CountViews},
	reported("followers_gained", UnitCount),
	reported("followers_lost", UnitCount),
	{
		Key: "followers_net", Version: 1, Unit: UnitCount, Kind: KindFlow,
		count: platform.CountFollowers, derive: platform.DeriveGain,
	},
	gained("views_gained", reading.Views),
	reported("reach", UnitCount),
	gained("likes_gained", reading.Likes),
	gained("comments_gained", reading.Comments),
	gained("shares_gained", reading.Shares),
	gained("saves_gained", reading.Saves),
	reported("watch_time", UnitMinutes),
	reported("average_view_duration", UnitSeconds),
	reported("average_view_percentage", UnitPercent),
	{Key: "posts_published", Version: 1, Unit: UnitCount, Kind: KindFlow},
	{
		Key: "engagement_rate", Version: 1, Unit: UnitPercent, Kind: KindRatio, derive: platform.DeriveRate,
		counters: []reading.Counter{reading.Likes, reading.Comments, reading.Shares, reading.Saves},
	},
	typical(1), typical(3), typical(7),
	reported("profile_views", UnitCount),
	reported("link_taps", UnitCount),
	reported("story_views", UnitCount),
}

// Metrics lists what can be asked for.
func Metrics() []Metric { return slices.Clone(metrics) }

// Find finds a metric by its key. One that there is not is INVALID.
func Find(key string) (Metric, error) {
	i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Key == key })
	if i < 0 {
		return Metric{}, fault.InvalidParameter("metric", words.New("numbers.bad.metric"))
	}
	return metrics[i], nil
}

// text names the catalogue's messages about a metric.
type text struct{ label, meaning, formula string }

var texts = map[string]text{
	"followers":   {"numbers.followers.label", "numbers.followers.meaning", "numbers.formula.level"},
	"views_total": {"numbers.viewsTotal.label", "numbers.viewsTotal.meaning", "numbers.formula.level"},
	"followers_gained": {
		"numbers.followersGained.label", "numbers.followersGained.meaning", "numbers.formula.days",
	},
	"followers_lost": {"numbers.followersLost.label", "numbers.followersLost.meaning", "numbers.formula.days"},
	"followers_net":  {"numbers.followersNet.label", "numbers.followersNet.meaning", "numbers.formula.gain"},
	"views_gained":   {"numbers.viewsGained.label", "numbers.viewsGained.meaning", "numbers.formula.gain"},
	"reach":          {"numbers.reach.label", "numbers.reach.meaning", "numbers.formula.people"},
	"likes_gained":   {"numbers.likesGained.label", "numbers.likesGained.meaning", "numbers.formula.gain"},
	"comments_gained": {
		"numbers.commentsGained.label", "numbers.commentsGained.meaning", "numbers.formula.gain",
	},
	"shares_gained": {"numbers.sharesGained.label", "numbers.sharesGained.meaning", "numbers.formula.gain"},
	"saves_gained":  {"numbers.savesGained.label", "numbers.savesGained.meaning", "numbers.formula.gain"},
	"watch_time":    {"numbers.watchTime.label", "numbers.watchTime.meaning", "numbers.formula.days"},
	"average_view_duration": {
		"numbers.viewDuration.label", "numbers.viewDuration.meaning", "numbers.formula.people",
	},
	"average_view_percentage": {
		"numbers.viewPercentage.label", "numbers.viewPercentage.meaning", "numbers.formula.people",
	},
	"posts_published":     {"numbers.postsPublished.label", "numbers.postsPublished.meaning", "numbers.formula.count"},
	"engagement_rate":     {"numbers.engagementRate.label", "numbers.engagementRate.meaning", "numbers.formula.rate"},
	"typical_views_day_1": {"numbers.typical.label1", "numbers.typical.meaning", "numbers.formula.median"},
	"typical_views_day_3": {"numbers.typical.label3", "numbers.typical.meaning", "numbers.formula.median"},
	"typical_views_day_7": {"numbers.typical.label7", "numbers.typical.meaning", "numbers.formula.median"},
	"profile_views":       {"numbers.profileViews.label", "numbers.profileViews.meaning", "numbers.formula.days"},
	"link_taps":           {"numbers.linkTaps.label", "numbers.linkTaps.meaning", "numbers.formula.days"},
	"story_views":         {"numbers.storyViews.label", "numbers.storyViews.meaning", "numbers.formula.days"},
}

// countOn is the account's own count that the metric is made of on a platform; empty: it is not made of one.
func (m Metric) countOn(spec platform.Spec) platform.AccountCount {
	if count, ok := spec.Figures.Gains[m.Key]; ok {
		return count
	}
	return m.count
}

// Given reports whether a platform gives what the metric is made of, and lists the days on which that changed.
func (m Metric) Given(spec platform.Spec) (bool, []platform.Epoch) {
	sources := []string{}
	daily, reported := spec.Figures.Days[m.Key]
	_, counted := spec.Figures.Gains[m.Key]
	switch {
	case reported:
		sources = append(sources, daily)
	case counted, m.count != "":
		sources = append(sources, m.countOn(spec).Metric())
	case m.Key == "posts_published":
		return true, nil
	}
	if len(sources) == 0 {
		for _, c := range m.counters {
			sources = append(sources, c.String())
		}
	}
	var changes []platform.Epoch
	given := false
	for _, id := range sources {
		if slices.Contains(spec.Unavailable, id) {
			continue
		}
		given = true
		known, _ := spec.Metric(id)
		changes = append(changes, known.Epochs...)
	}
	return given, changes
}
