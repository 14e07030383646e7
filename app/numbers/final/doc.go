// Package final owns how complete a platform's own figure of a day usually is at an age: platforms restate a day for
// some days. It reads the restatements of every creator's accounts, and only a median of them leaves it. Package
// numbers asks it.
package final
