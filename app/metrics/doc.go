// Package metrics owns the name of every Prometheus series, once. It counts what it is told and reads gauges when it is
// scraped. Labels are states, platforms and endpoint templates, never an account. The application wires it to the rooms
// that count.
package metrics
