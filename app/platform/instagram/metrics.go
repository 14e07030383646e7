package instagram

import (
	"slices"
	"time"

	"github.com/truecount/truecount/app/platform"
)

// metrics are those that feed posts and reels both have. One that a post does not have fails the
// whole call, and inside the list the whole list.
var metrics = []string{"reach", "views", "saved", "shares", "likes", "comments", "total_interactions"}

// lacking are the metrics of the list above that a product does not have: they are never asked of it
// (https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights, seen 2026-11).
var lacking = map[string][]string{"STORY": {"saved", "likes", "comments"}}

// words are Instagram's names of fields and metrics in our own.
var words = map[string]string{
	"saved": "saves", "like_count": "likes", "comments_count": "comments", "followers_count": "followers",
	"total_interactions": "interactions",
	"views":              "views", "reach": "reach", "shares": "shares", "likes": "likes", "comments": "comments",
}

// word is a field or metric of Instagram in our words; empty when it has none.
func word(name string) string { return words[name] }

// withoutRefused is a list of metrics without those that everybody is refused at present.
func withoutRefused(names, without []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(m string) bool { return slices.Contains(without, word(m)) })
}

// viewEpochs: views took the place of impressions and plays, which counted other things
// (https://developers.facebook.com/docs/instagram-platform/changelog, seen 2026-11).
var viewEpochs = []platform.Epoch{{
	From: time.Date(
		2025,
		4,
		21,
		0,
		0,
		0,
		0,
		time.UTC,
	), What: "Since 21 April 2025 Instagram counts views in place of impressions and plays.",
}}

// known is every number Instagram gives, of a post, of the account, and of a day of the account.
var known = []platform.Metric{
	{ID: "followers", Name: "Followers", Means: "How many accounts follow this one."},
	{ID: "following", Name: "Following", Means: "How many accounts this one follows."},
	{ID: "post_count", Name: "Posts", Means: "How many posts the account has."},
	{
		ID: "views", Name: "Views", Means: "How often the post was played or shown.", Ads: platform.AdsLeftOut,
		Epochs: viewEpochs,
	},
	{ID: "reach", Name: "Reach", Means: "How many people saw the post at least once.", Unique: true},
	{ID: "likes", Name: "Likes", Means: "How many people like the post; its owner may hide it."},
	{ID: "comments", Name: "Comments", Means: "How many comments the post has."},
	{ID: "shares", Name: "Shares", Means: "How often the post was sent on."},
	{ID: "saves", Name: "Saves", Means: "How often the post was put away for later."},
	{
		ID:    "interactions",
		Name:  "Interactions",
		Means: "Instagram's own total of what people did with the post; it is not the sum of the others.",
	},
	{
		ID:     "account_reach",
		Name:   "People reached",
		Means:  "How many people saw anything of the account that day.",
		Unique: true,
		Ads:    platform.AdsCounted,
	},
	{
		ID:     "account_views",
		Name:   "Views of the account",
		Means:  "How often anything of the account was played or shown that day.",
		Ads:    platform.AdsLeftOut,
		Epochs: viewEpochs,
	},
	{
		ID:     "account_engaged",
		Name:   "People who engaged",
		Means:  "How many people liked, commented, saved or shared that day.",
		Unique: true,
	},
	{
		ID:    "account_interactions",
		Name:  "Interactions with the account",
		Means: "Everything people did with the account's posts that day.",
		Ads:   platform.AdsCounted,
	},
	{ID: "account_likes", Name: "Likes that day", Means: "Likes given that day, taken back ones left out."},
	{ID: "account_comments", Name: "Comments that day", Means: "Comments written that day."},
	{ID: "account_saves", Name: "Saves that day", Means: "Posts put away for later that day."},
	{ID: "account_shares", Name: "Shares that day", Means: "Posts sent on that day."},
	{ID: "account_replies", Name: "Replies to stories", Means: "Answers to stories that day."},
	{
		ID:    "account_link_taps",
		Name:  "Taps on the profile's links",
		Means: "Taps on the address, mail or phone links that day.",
	},
	{
		ID:    "account_new_followers",
		Name:  "New followers",
		Means: "Accounts that began to follow that day; those that left are not taken off.",
	},
}
