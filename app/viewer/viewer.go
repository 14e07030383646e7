package viewer

import "context"

// Viewer is who a query runs for: a person, the program itself, or (the zero Viewer) somebody who is not signed in.
type Viewer struct {
	UserID string // of the person; empty for the program and for whoever is not signed in
	Admin  bool   // the person is an admin: states and timings of everybody, nobody's numbers
	Reason Reason // why the program itself asks; empty for a person
}

// System reports that the program itself asks.
func (v Viewer) System() bool { return v.Reason != "" }

// Reason names the work for which the program reads or writes across people.
type Reason string

// Reasons. Each is one kind of work that belongs to nobody in particular.
const (
	ReasonStart   Reason = "start"   // opening and closing the program
	ReasonClock   Reason = "clock"   // what is done by time: planning, chores, sweeping
	ReasonSync    Reason = "sync"    // one run
	ReasonQuota   Reason = "quota"   // the ledger of what is spent on a platform
	ReasonSession Reason = "session" // reading and writing browsers' sessions
	ReasonSignIn  Reason = "sign in" // whoever is not signed in yet: passwords, links, tokens
	ReasonConsent Reason = "consent" // the way back from a platform, which may begin with a link
	ReasonWebhook Reason = "webhook" // a platform's own call
	ReasonAudit   Reason = "audit"   // the audit log
	ReasonReceipt Reason = "receipt" // what became of a deletion, by its code
	ReasonProbe   Reason = "probe"   // health, readiness, metrics
	ReasonCheck   Reason = "check"   // doctor and the setup check
	ReasonErase   Reason = "erase"   // deleting what belongs to a person, or may not be kept
	ReasonBackup  Reason = "backup"  // copies and restore
	ReasonCommand Reason = "command" // the command line
	ReasonNames   Reason = "names"   // what accounts are called, on an admin's pages
	ReasonUpkeep  Reason = "upkeep"  // what an admin's or a creator's action does beyond their own rows
	ReasonFigures Reason = "figures" // what the figures of all accounts of a platform have in common
	ReasonTest    Reason = "test"    // a test
)

type key struct{}

// With puts v into the context.
func With(ctx context.Context, v Viewer) context.Context { return context.WithValue(ctx, key{}, v) }

// System puts the program itself into the context, for a named reason. An empty reason is nobody.
func System(ctx context.Context, why Reason) context.Context { return With(ctx, Viewer{Reason: why}) }

// From gives the viewer, and whether there is one.
func From(ctx context.Context) (Viewer, bool) {
	v, ok := ctx.Value(key{}).(Viewer)
	return v, ok
}
