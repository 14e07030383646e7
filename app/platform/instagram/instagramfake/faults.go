package instagramfake

import "github.com/truecount/truecount/app/sandbox"

// faults are what only this platform does wrong: insights that are late or refused, and lists that are too long.
var faults = []sandbox.FaultWords{
	{
		Kind:   sandbox.FaultEmptyInsights,
		Label:  "Instagram has no insights yet",
		Expect: "The numbers are missing, not zero. Stored numbers are kept.",
	},
	{
		Kind:   sandbox.FaultRefuseInsights,
		Label:  "Instagram refuses insights in lists",
		Expect: "The list is read without insights, then each post on its own.",
	},
	{
		Kind: sandbox.FaultRefuseMetric, Label: "Instagram withdraws a metric", Needs: "body",
		Expect:  "Only that metric is missing. After three accounts it is not requested any more, and one alert opens.",
		Choices: []string{"views", "reach", "saved", "shares", "likes", "comments", "total_interactions"},
	},
	{
		Kind:   sandbox.FaultTooMuch,
		Label:  "Instagram refuses long lists",
		Expect: "Fewer posts are requested at a time; the size is kept for this account.",
	},
}
