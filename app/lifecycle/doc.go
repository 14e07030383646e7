// Package lifecycle says which states of a sync and of a connection belong together, and how often a sync is tried.
//
// The rooms that judge, plan and show syncs (syncer, connect, health, capacity, analytics, console) are neighbours and
// may not ask each other. They all ask here, so that "waiting" or "failed" means the same on every page and in every
// query. The package holds no data, reads nothing and decides nothing: what a state leads to is decided by jobs.
package lifecycle
