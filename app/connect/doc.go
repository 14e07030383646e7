// Package connect begins and ends connections: the way through a platform's consent and back, disconnecting, pausing,
// reminders and reconnect links, the platforms' own messages, and deletion with its receipts. Together with its part
// grants, which keeps the access alive, it is the one writer of connections, pending flows, notices, holds and
// receipts. It never decides when something is synced. The web pages, the commands and the clock call it.
package connect
