// Package planner decides which syncs there are: who is next, what a person's ask leads to, what may still be spent on
// a platform, and what an admin's cancel, retry or dismissal does to a run. Under syncer it is the one writer of runs
// that are not under way, of schedules, of quota and of the clock's rows. It runs nothing itself: jobs puts what it
// plans into the queue, and syncer makes the attempts.
package planner
