// Package outbound is the one HTTP client of the product: deadlines, a cap on every body, a guard that refuses private
// addresses when dialling, redaction, quotas and pace, and a circuit breaker for each platform.
//
// Nothing else in the product may call out: adapters, alert channels, the heartbeat and error tracking all go through a
// Client. It repeats no request that is not a GET, follows no redirect, and its errors hold neither query nor body.
package outbound
