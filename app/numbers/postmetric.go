package numbers

import (
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
)

// ofPosts are the definitions of a single post's values, by the key under which a post has them. They cannot be asked
// for as figures of a period.
var ofPosts = []struct {
	key    string
	metric Metric
}{
	{"views", counted("post_views", reading.Views)},
	{"reach", counted("post_reach", reading.Reach)},
	{"likes", counted("post_likes", reading.Likes)},
	{"comments", counted("post_comments", reading.Comments)},
	{"shares", counted("post_shares", reading.Shares)},
	{"saves", counted("post_saves", reading.Saves)},
	{"engagement_rate", Metric{
		Key: "post_engagement_rate", Version: 1, Unit: UnitPercent, Kind: KindRatio, derive: platform.DeriveRate,
		counters: []reading.Counter{reading.Likes, reading.Comments, reading.Shares, reading.Saves},
	}},
	{"vs_usual", Metric{
		Key: "post_vs_usual", Version: 1, Unit: UnitRatio, Kind: KindRatio, derive: platform.DeriveUsual,
		counters: []reading.Counter{reading.Views},
	}},
}

func counted(key string, c reading.Counter) Metric {
	return Metric{Key: key, Version: 1, Unit: UnitCount, Kind: KindLevel, counters: []reading.Counter{c}}
}

// OfPost is the definition of a single post's value: "views", "engagement_rate", "vs_usual".
func OfPost(key string) Metric {
	for _, one := range ofPosts {
		if one.key == key {
			return one.metric
		}
	}
	return Metric{}
}

// PostMetrics lists the definitions of a single post's values.
func PostMetrics() []Metric {
	out := make([]Metric, len(ofPosts))
	for i, one := range ofPosts {
		out[i] = one.metric
	}
	return out
}
