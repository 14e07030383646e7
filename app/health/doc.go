// Package health reads how syncing is going: the facts of the last day, what they are judged to be, the report for an
// outside monitor, and the gauges that Prometheus collects. It shows states and times, never a creator's numbers.
//
// It writes nothing. Whether somebody is told is decided by alerts; what an admin sees is put together by console; what
// the platforms' limits allow is told by capacity. Alerts, console, doctor and web call it.
package health
