// Package fault owns the one list of error codes, the error that a person may read, and Secret. An Error carries a code
// that pages, JSON, log rows and metrics share, a sentence for people, and the cause, which only logs see. It refuses
// to hold secrets in an error: Secret prints redacted. Every room above it calls it.
package fault
