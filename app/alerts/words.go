package alerts

import (
	"time"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/words"
)

// The sentences of conditions.

func expiredMessage(name string, n int) string {
	return words.English.Say("alerts.message.expired", "Count", n, "Platform", name)
}

func tamperedMessage(name string, n int) string {
	return words.English.Say("alerts.message.tampered", "Count", n, "Platform", name)
}

func deadLetterMessage(name string, n int) string {
	return words.English.Say("alerts.message.gaveUp", "Count", n, "Platform", name)
}

// rateLimitMessage describes a rate limit; ends is when the last sync that waits for it goes on, nil when none waits.
func rateLimitMessage(name string, n int, ends *time.Time) string {
	text := words.New("alerts.message.rateLimit", "Count", n, "Platform", name)
	if ends != nil {
		text = words.Sentences(text, words.New("alerts.message.rateLimitEnds", "At", words.Minute(*ends, time.UTC)))
	}
	return text.String()
}

func stuckMessage(name string, n int) string {
	return words.English.Say("alerts.message.stuck", "Count", n, "Platform", name, "Minutes", int(stuckAfter.Minutes()))
}

func withdrawnMessage(name, metric string, n int) string {
	return words.English.Say("alerts.message.metric", "Platform", name, "Metric", metric, "Count", n)
}

func spentMessage(setting string, w capacity.Window) string {
	if w.Uncounted > 0 {
		return words.English.Say(
			"alerts.message.quotaReported",
			"Setting",
			setting,
			"Used",
			w.Used-w.Uncounted,
			"At",
			words.Minute(w.Ends, time.UTC),
		)
	}
	return words.English.Say(
		"alerts.message.quota",
		"Used",
		w.Used,
		"Limit",
		w.Limit,
		"Setting",
		setting,
		"At",
		words.Minute(w.Ends, time.UTC),
	)
}

// Why a message is not sent, or not any more.
var (
	droppedCameBack     = words.English.Say("alerts.dropped.cameBack")
	droppedMuted        = words.English.Say("alerts.dropped.muted")
	droppedAcknowledged = words.English.Say("alerts.dropped.acknowledged")
	droppedOver         = words.English.Say("alerts.dropped.resolved")
	droppedNotNeeded    = words.English.Say("alerts.dropped.notNeeded")
	droppedSwitchedOff  = words.English.Say("alerts.dropped.ruleOff")
	droppedNoChannel    = words.English.Say("alerts.dropped.noChannel")
)

// stamp is a time in a message.
func stamp(t time.Time) words.Value { return words.Minute(t, time.UTC) }
