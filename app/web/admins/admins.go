package admins

import (
	"context"
	"sync"
	"time"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/jobs"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/web/edge"
)

// The addresses of pages that other pages lead back to.
const (
	SetupPage   = "/admin/config"
	SandboxPage = "/admin/sandbox"
)

// Options is what the admin's pages are made of.
type Options struct {
	Connect  *connect.Connect
	Planner  *planner.Planner
	Queue    *jobs.Queue
	Health   *health.Health
	Capacity *capacity.Capacity
	Alerts   *alerts.Alerts
	Console  *console.Console
	Doctor   Doctor
	World    World // nil when the sandbox is off
	// Mail writes to a person. nil: there is no mail, and links are shown to the admin.
	Mail func(ctx context.Context, to, subject, text string) error
	// Erase deletes a person with everything they own. NOT_FOUND, CONFLICT: the last admin.
	Erase func(ctx context.Context, personID string, cause connect.Cause) (connect.Erasure, error)
}

// Admins is everything that admins see, by what they look at.
type Admins struct {
	Console *Console
	Alerts  *Alerts
	People  *People
	Setup   *Setup
	Sandbox *Sandbox // nil when the sandbox is off
}

// New makes the admin's pages.
func New(e *edge.Edge, o Options) *Admins {
	b := base{Edge: e, o: o}
	a := &Admins{Console: &Console{b}, Alerts: &Alerts{b}, People: &People{b}, Setup: &Setup{base: b}}
	if o.World != nil {
		a.Sandbox = &Sandbox{base: b, world: o.World}
	}
	return a
}

// base is what the parts share.
type base struct {
	*edge.Edge
	o Options
}

// Console shows how syncing goes, and repairs it.
type Console struct{ base }

// Alerts shows alerts, their deliveries and their settings.
type Alerts struct{ base }

// People shows who has an account here, and what was done: invitations, roles, sessions, deletion, the audit log.
type People struct{ base }

// Setup shows what the installation is made of and whether it works.
type Setup struct {
	base
	asking sync.Mutex // one full check at a time

	mu    sync.Mutex // guards the rest
	at    time.Time  // of the last full check; zero: none yet
	found []console.Finding
}

// Doctor looks at the configuration and everything it names.
type Doctor interface {
	// CheckQuickly looks at what costs nothing to look at.
	CheckQuickly(ctx context.Context) []console.Finding
	// Check looks at everything; offline asks nobody outside.
	Check(ctx context.Context, offline bool) []console.Finding
}

// last gives what the last full check found, and when; nil when there was none.
func (s *Setup) last() ([]console.Finding, *time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.IsZero() {
		return nil, nil
	}
	at := s.at
	return s.found, &at
}

// Sandbox adds faults to the demo platforms.
type Sandbox struct {
	base
	world World
}

// World is the pretend platforms, as far as an admin may meddle with them.
type World interface {
	Accounts(platform string) []sandbox.Account
	Account(platform, externalID string) (sandbox.Account, bool)
	GrantCount(platform, externalID string) int
	Calls(platform string) map[string]int64
	Units(platform string) int64
	FaultMenu() []sandbox.FaultWords
	Faults() []sandbox.ActiveFault
	AddFault(f sandbox.Fault) int
	RemoveFault(id int) bool
	RemoveFaults()
	Expire(platform, externalID string) error
	Revoke(platform, externalID string) error
}
