// Package capacity tells how far the platforms' limits reach: what is spent of each quota now, what an account costs a
// day, how many accounts the limits carry, when growth meets them, and what other settings would change.
//
// It rests on what was really spent: the ledger of the quotas and the runs of the last week. It writes nothing and
// limits nothing itself: the outgoing client keeps to the limits, and the syncer plans by them. What is not known yet
// is nil, never 0. Alerts, console, doctor and web call it.
package capacity
