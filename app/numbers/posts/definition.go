package posts

import (
	"slices"

	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
)

// Definition says what a value of a single post means. It cannot be asked for as a figure of a period.
type Definition struct {
	numbers.Metric
	Label, Meaning, Formula words.Text

	key      string // under which a post has it
	counters []reading.Counter
}

func count(key string, c reading.Counter, label, meaning words.Text) Definition {
	return Definition{
		Metric: numbers.Metric{Key: "post_" + key, Version: 1, Unit: numbers.UnitCount, Kind: numbers.KindLevel},
		Label:  label, Meaning: meaning, Formula: words.New("numbers.formula.newest"),
		key: key, counters: []reading.Counter{c},
	}
}

var definitions = []Definition{
	count("views", reading.Views, words.New("numbers.postViews.label"), words.New("numbers.postViews.meaning")),
	count("reach", reading.Reach, words.New("numbers.postReach.label"), words.New("numbers.postReach.meaning")),
	count("likes", reading.Likes, words.New("numbers.postLikes.label"), words.New("numbers.postLikes.meaning")),
	count("comments", reading.Comments,
		words.New("numbers.postComments.label"), words.New("numbers.postComments.meaning")),
	count("shares", reading.Shares, words.New("numbers.postShares.label"), words.New("numbers.postShares.meaning")),
	count("saves", reading.Saves, words.New("numbers.postSaves.label"), words.New("numbers.postSaves.meaning")),
	{
		Metric: numbers.Metric{
			Key: "post_engagement_rate", Version: 1, Unit: numbers.UnitPercent, Kind: numbers.KindRatio,
		},
		Label: words.New("numbers.postRate.label"), Meaning: words.New("numbers.postRate.meaning"),
		Formula: words.New("numbers.formula.postRate"),
		key:     RateKey, counters: []reading.Counter{reading.Likes, reading.Comments, reading.Shares, reading.Saves},
	},
	{
		Metric: numbers.Metric{Key: "post_vs_usual", Version: 1, Unit: numbers.UnitRatio, Kind: numbers.KindRatio},
		Label:  words.New("numbers.postUsual.label"), Meaning: words.New("numbers.postUsual.meaning"),
		Formula: words.New("numbers.formula.usual"),
		key:     VsUsualKey, counters: []reading.Counter{reading.Views},
	},
}

// Definitions lists what the values of a single post mean.
func Definitions() []Definition { return slices.Clone(definitions) }

// defined is how a value names its definition, by the key under which a post has it.
func defined(key string) string {
	i := slices.IndexFunc(definitions, func(d Definition) bool { return d.key == key })
	return definitions[i].Definition()
}

// Given reports whether a platform gives what the value is made of, and lists the days on which that changed.
func (d Definition) Given(spec platform.Spec) (bool, []platform.Epoch) {
	var changes []platform.Epoch
	given := false
	for _, c := range d.counters {
		if slices.Contains(spec.Unavailable, c.String()) {
			continue
		}
		given = true
		known, _ := spec.Metric(c.String())
		changes = append(changes, known.Epochs...)
	}
	return given, changes
}
