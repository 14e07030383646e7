// Package jobstest opens the rooms behind the pages for a test: the demo platforms over HTTP, a database, connect,
// syncer and the queue, on a clock that the test sets. It refuses to run anything by itself: Work makes the attempts
// that are due, one after the other. Only tests call it.
package jobstest
