// Package alerts decides when a person must be notified that syncing is not well, and delivers the messages.
//
// It owns the rules (one value each, in rules.go), the alerts they open, how these are acknowledged, muted and
// resolved, the messages about them on every channel, and the settings that an admin may change. It is the one writer
// of the tables alerts and deliveries.
//
// It refuses to judge syncing where health does that already, and to send by itself: the channels of notify do. Jobs
// calls Check, Deliver and Heartbeat.Send every minute; web calls the rest.
package alerts
