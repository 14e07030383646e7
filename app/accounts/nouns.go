package accounts

import (
	"strings"
	"time"

	"github.com/truecount/truecount/app/words"
)

// A platform's Spec names what it has in English: "videos", "Subscribers". The catalogue has the usual names; any other
// one is written as the Spec has it.
var (
	nouns = map[string]string{
		"posts":   "creator.noun.posts",
		"videos":  "creator.noun.videos",
		"profile": "creator.part.profile",
	}
	nounHeads   = map[string]string{"posts": "creator.nounHead.posts", "videos": "creator.nounHead.videos"}
	Published   = map[string]string{"posts": "creator.published.posts", "videos": "creator.published.videos"}
	MetricNouns = map[string]string{
		"followers": "creator.metric.followers", "subscribers": "creator.metric.subscribers", "likes": "creator.metric.likes",
		"comments": "creator.metric.comments", "views": "creator.metric.views", "reach": "creator.metric.reach",
		"saves": "creator.metric.saves", "shares": "creator.metric.shares",
	}
	MetricHeads = map[string]string{
		"followers": "creator.metricHead.followers", "subscribers": "creator.metricHead.subscribers",
		"views": "creator.metricHead.views",
		"reach": "creator.metricHead.reach", "likes": "creator.metricHead.likes", "comments": "creator.metricHead.comments",
		"shares": "creator.metricHead.shares", "saves": "creator.metricHead.saves",
	}
)

// Named finds the catalogue's words for a name of a Spec; one that is not there is written as it is.
func Named(table map[string]string, name string) words.Text {
	if id, ok := table[strings.ToLower(name)]; ok {
		return words.New(id)
	}
	return words.Plain(name)
}

// PostsHead is a platform's noun for posts at the head of a table.
func PostsHead(noun string) words.Text { return Named(nounHeads, noun) }

// Posts is a platform's noun for posts within a sentence.
func Posts(noun string) words.Text { return Named(nouns, noun) }

// Counted is a number of posts by a platform's noun.
func Counted(n int64, noun string) words.Text {
	switch noun {
	case "posts":
		return words.New("creator.count.posts", "Count", n)
	case "videos":
		return words.New("creator.count.videos", "Count", n)
	default:
		return words.New("creator.count.any", "Number", n, "Noun", noun)
	}
}

// Times are written in the reader's zone.

func stamp(t time.Time) words.Value { return words.Stamp(t, nil) }

func date(t, now time.Time) words.Value { return words.Day(t, now, nil) }

// Date writes a day that is named by its midnight in UTC.
func Date(day, now time.Time) words.Value { return words.Day(day, now, time.UTC) }

func clock(t, now time.Time) words.Value { return words.Clock(t, now, nil) }

// when places an event in a sentence: "on 21 Nov at 03:30 UTC". A nil time is of an event that was not dated.
func when(t *time.Time, now time.Time) words.Text {
	if t == nil {
		return words.New("creator.when.recently")
	}
	return words.At(*t, now, nil)
}
