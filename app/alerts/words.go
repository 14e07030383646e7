package alerts

import (
	"fmt"
	"time"

	"github.com/truecount/truecount/app/capacity"
)

// The sentences of conditions.

func expiredMessage(name string, n int) string {
	return connections(n) + " of " + name + " without access: only the creator can reconnect."
}

func tamperedMessage(name string, n int) string {
	return "The stored access of " + connections(n) + " of " + name +
		" was changed or moved in the database. It is not used and was left as it is: find out who wrote there."
}

func deadLetterMessage(name string, n int) string {
	return runs(n) + " of " + name + " gave up and " + plural(n, "waits", "wait") + " to be retried or dismissed."
}

// rateLimitMessage tells of a limit; ends is when the last sync that waits for it goes on, nil when none waits.
func rateLimitMessage(name string, n int, ends *time.Time) string {
	words := name + " limited " + runs(n) + " in 24 h."
	if ends != nil {
		words += " The last of them goes on at " + ends.UTC().Format("2 Jan 15:04 MST") + "."
	}
	return words
}

func stuckMessage(name string, n int) string {
	return fmt.Sprintf("%s of %s wait, and none has moved for %.0f minutes.", runs(n), name, stuckAfter.Minutes())
}

func withdrawnMessage(name, metric string, n int) string {
	return fmt.Sprintf(
		"%s refuses the metric %s to everybody (%s asked). It is left out and asked for again within a week; all else goes on.",
		name,
		metric,
		connections(n),
	)
}

func spentMessage(setting string, w capacity.Window) string {
	ends := w.Ends.Format("2 Jan 15:04 MST")
	if w.Uncounted > 0 {
		return fmt.Sprintf(
			"The platform says that %s is spent, with %d units counted here; the window ends %s.",
			setting,
			w.Used-w.Uncounted,
			ends,
		)
	}
	return fmt.Sprintf("%d of the %d units of %s are spent; the window ends %s.", w.Used, w.Limit, setting, ends)
}

// Why a message is not sent, or not any more.
const (
	droppedCameBack     = "it came back"
	droppedMuted        = "it was muted"
	droppedAcknowledged = "it was acknowledged"
	droppedOver         = "it was over"
	droppedNotNeeded    = "the first message says it"
	droppedSwitchedOff  = "its rule was switched off"
	droppedNoChannel    = "this channel is not set any more"
)

// stamp is a time in a message.
func stamp(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04 MST") }

func connections(n int) string {
	return fmt.Sprintf("%d %s", n, plural(n, "connection", "connections"))
}

func runs(n int) string { return fmt.Sprintf("%d %s", n, plural(n, "run", "runs")) }

// plural gives the form of a noun or verb that fits a number.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
