// Package jobs owns the queue and the clock: which syncs wait, when they run, and what an ended attempt leads to. A
// Queue puts work in; a Runner takes it out and keeps the time. The clock only enqueues: what is due is a column that
// the planner reads. Jobs carry ids, never tokens or bodies. It reads and writes no table of ours: that is the rooms'
// work. The web pages, the commands and connect use the Queue; the program itself starts one Runner.
package jobs
