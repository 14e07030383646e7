// Package reading owns the list of a post's counters: which there are, what they are called, and in which order they
// are told. It is pure and imports nothing of ours, so that fakes, adapters, the syncer and the pages go through one
// list.
//
// A new counter is one constant below the others. The program does not compile then until every table that goes by
// counter has a row for it: here, in the fields of a platform's post, of the sandbox's, of the database and of the
// pages.
package reading
