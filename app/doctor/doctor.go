package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
)

// Caller makes outgoing calls.
type Caller interface {
	Do(ctx context.Context, r outbound.Request) (*outbound.Response, error)
}

// Options is what a Doctor looks at. What could not be opened is nil, and its checks say so.
type Options struct {
	Config   config.Config      // what could be read of it
	Declared []config.Declared  // what the platforms ask of the environment
	Problems []error            // of the environment, one line each
	Makers   []platform.Maker   // every platform
	Registry *platform.Registry // nil: no platform can be asked
	Client   Caller             // nil: nothing can be asked
	Store    *store.Store       // nil: see StoreErr
	StoreErr error              // why the database is not open; nil with a nil Store: there is none yet
	// the database is missing or empty although there was one; says how one knows and what to do
	Lost     error
	Migrated error                       // what is missing of the migrations
	KeysErr  error                       // why the keyset is not loaded
	KeysFile string                      // where the keyset lies or would be made; empty when it came as text
	Connect  *connect.Connect            // nil without database, migrations or keys
	Health   *health.Health              // nil without database or migrations
	Capacity *capacity.Capacity          // likewise
	Alerts   *alerts.Alerts              // likewise
	Mail     func(context.Context) error // reaches the mail server; nil without one

	Tick   func(context.Context) (time.Time, error) // the scheduler's last; nil without database
	Served func(context.Context) (bool, error)      // whether a server is at work; nil without database

	Channels func(context.Context) ([]Outlet, error)          // where alerts go; nil: nothing is known but the setting
	Dial     func(ctx context.Context, hostport string) error // whether somebody answers there; nil: nobody is asked
	// Audit counts the events of the audit log, and says what is wrong with it, if anything. Nil: left out.
	Audit       func(context.Context) (events int, wrong string, err error)
	LastBackup  func() (time.Time, error) // when, and why the last try failed; nil: none is made here
	BackupEvery time.Duration

	Now  func() time.Time                 // the program's time
	Free func(dir string) (uint64, error) // bytes free where a directory lies; nil: the system is asked
	Real func() time.Time                 // the machine's own time; nil: the system is asked
	// Network names the network file system that a directory lies on; empty: none. Nil: the system is asked.
	Network func(dir string) (string, error)
}

// Outlet is a place where alerts go, and what became of the last ones.
type Outlet struct {
	Name   words.Text // without any secret or person
	Sentry bool       // it has a check of its own
	Mail   bool       // by the mail server that is looked at by itself
	Sent   *time.Time // the last one that was taken
	Failed string     // why the last try failed; empty when it did not
}

// Doctor is safe for concurrent use.
type Doctor struct{ o Options }

// New makes a doctor. It opens nothing and closes nothing.
func New(o Options) *Doctor {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Real == nil {
		o.Real = time.Now
	}
	if o.Free == nil {
		o.Free = store.Free
	}
	if o.Network == nil {
		o.Network = store.Network
	}
	return &Doctor{o}
}

// How long others are waited for: together less than a page may take.
const (
	askLimit  = 15 * time.Second // the platforms, all at once
	timeLimit = 5 * time.Second  // whoever tells the time
	lookLimit = 5 * time.Second  // a look through the database file
)

// Check looks at everything; offline asks nobody but the database.
func (d *Doctor) Check(ctx context.Context, offline bool) []console.Finding {
	return d.look(ctx, offline, true)
}

// CheckQuickly asks nobody but the database, and reads nothing through that grows with it: what Dear names is left out.
func (d *Doctor) CheckQuickly(ctx context.Context) []console.Finding { return d.look(ctx, true, false) }

// Expensive lists the findings that take the longer the more there is.
func Expensive() []string { return []string{"storage.intact", "storage.tokens", "clockwork.audit"} }

func (d *Doctor) look(ctx context.Context, offline, through bool) []console.Finding {
	ctx = viewer.System(ctx, viewer.ReasonCheck)
	out := guarded(console.AreaSettings, settingsChecks{d.o}.all)
	wrong := failed(out)
	out = append(out, storageChecks{d.o}.all(ctx, through, wrong)...)
	out = append(
		out,
		guarded(console.AreaPlatforms, func() []console.Finding { return platformChecks{d.o}.all(ctx, offline, wrong) })...)
	out = append(out,
		guarded(console.AreaChannels, func() []console.Finding { return channelChecks{d.o}.all(ctx, offline) })...)
	return append(out, clockworkChecks{d.o}.all(ctx, offline, through)...)
}

// guarded runs checks of an area whose own fault must not end the others: what is broken badly enough may break a
// check in a way that nobody foresaw.
func guarded(area console.Area, checks func() []console.Finding) (out []console.Finding) {
	defer func() {
		if r := recover(); r != nil {
			f := newFinding(area, string(area)+".check", "checks")
			out = append(
				out,
				f.with(
					console.FindingUnknown,
					words.New("doctor.crashed"), words.New("doctor.crashedDo"),
				),
			)
		}
	}()
	return checks()
}

// single makes a list of one finding.
func single(f console.Finding) []console.Finding { return []console.Finding{f} }

// failed gives the subjects that are told of as failures.
func failed(found []console.Finding) map[string]bool {
	out := map[string]bool{}
	for _, f := range found {
		if f.State == console.FindingFailed {
			out[f.Subject] = true
		}
	}
	return out
}

// bySeverity are the states, the gravest first.
var bySeverity = []console.FindingState{
	console.FindingFailed,
	console.FindingWarning,
	console.FindingUnknown,
	console.FindingManual,
	console.FindingOK,
	console.FindingSkipped,
}

// gravestOnly leaves of what was found of one thing what is gravest: one thing is not well and ill at once.
func gravestOnly(found []console.Finding) []console.Finding {
	gravest := map[string]int{}
	for _, f := range found {
		n := slices.Index(bySeverity, f.State)
		if worst, ok := gravest[f.ID]; !ok || n < worst {
			gravest[f.ID] = n
		}
	}
	return slices.DeleteFunc(
		found,
		func(f console.Finding) bool { return slices.Index(bySeverity, f.State) > gravest[f.ID] },
	)
}

// finding begins one; the states below fill it in.
type finding console.Finding

func newFinding(area console.Area, id, subject string) finding {
	return finding{ID: id, Area: area, Subject: subject}
}

func (f finding) with(state console.FindingState, text, todo words.Text) console.Finding {
	f.State, f.Words, f.Todo = state, text, todo
	return console.Finding(f)
}

func (f finding) ok(text words.Text) console.Finding {
	return f.with(console.FindingOK, text, words.Text{})
}

func (f finding) skipped(text words.Text) console.Finding {
	return f.with(console.FindingSkipped, text, words.Text{})
}

// unread is what was not looked through this time.
func (f finding) unread() console.Finding { return f.skipped(words.New("doctor.unread")) }

func (f finding) warn(text, todo words.Text) console.Finding {
	return f.with(console.FindingWarning, text, todo)
}

func (f finding) fail(text, todo words.Text) console.Finding {
	return f.with(console.FindingFailed, text, todo)
}

func (f finding) manual(text, todo words.Text) console.Finding {
	return f.with(console.FindingManual, text, todo)
}

// unknown is what could not be read or asked.
func (f finding) unknown(err error) console.Finding {
	text := words.New("doctor.unknown", "Why", sentence(err))
	if errors.Is(err, context.DeadlineExceeded) {
		text = words.New("doctor.late")
	}
	return f.with(console.FindingUnknown, text, words.New("doctor.again"))
}

// sentence makes one of an error.
func sentence(err error) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(err.Error()), " "), ".") + "."
}
