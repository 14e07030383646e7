// Package syncer owns one sync from beginning to end: a fresh token, what is read from the platform, and what is saved
// of it. With its planner it is the one writer of profiles, posts, snapshots, runs, logs, schedules and the scheduler's
// pulse. It refuses to decide whether a failed run is tried again, which jobs does; it opens no vault, and makes no
// call inside a transaction. Jobs calls it for every attempt.
package syncer
