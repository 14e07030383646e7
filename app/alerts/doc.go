// Package alerts decides when somebody must be told that syncing is not well, and tells them.
//
// It owns the rules (one value each, in rules.go), the alerts they open, how these are acknowledged, muted and ended,
// the messages about them on every channel, and the settings that an admin may change. It is the one writer of the
// tables alerts and deliveries.
//
// It does not judge syncing itself where health does, and sends nothing by itself: notify's channels do. Jobs calls
// Check and Deliver every minute; web calls the rest.
package alerts
