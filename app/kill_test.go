package app_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/run"
)

// gate lets so many calls pass and keeps the others until it is opened, so that a process can be
// killed while runs are in the middle of their calls. It can be shut again.
type gate struct{ now atomic.Pointer[barrier] }

type barrier struct {
	left    atomic.Int64
	reached chan struct{} // closed when the first call is kept
	open    chan struct{}
	once    sync.Once
}

// shut lets n more calls pass.
func (g *gate) shut(n int64) *barrier {
	b := &barrier{reached: make(chan struct{}), open: make(chan struct{})}
	b.left.Store(n)
	g.now.Store(b)
	return b
}

func (g *gate) open(b *barrier) {
	g.now.Store(nil)
	close(b.open)
}

func (g *gate) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b := g.now.Load(); b != nil && b.left.Add(-1) < 0 {
			b.once.Do(func() { close(b.reached) })
			select {
			case <-b.open:
			case <-r.Context().Done():
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// built is the program, built once, in a directory that main removes.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "truecount-program-")
	if err != nil {
		return "", err
	}
	builtIn.Store(&dir)
	binary := filepath.Join(dir, "truecount")
	if out, err := exec.Command("go", "build", "-o", binary, "..").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
})

var builtIn atomic.Pointer[string]

// program gives the program in a directory of the test's own.
func program(t *testing.T) string {
	t.Helper()
	from, err := built()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "truecount")
	if err := os.Link(from, binary); err != nil {
		t.Fatal(err)
	}
	return binary
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait()
}

// J2: a process that is killed ten times in the middle of the runs of sixty accounts loses none of them, and
// doubles nothing: the next one finishes what was asked for. SQLite only: there the next process is the
// only one, and takes over at once.
func TestKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program and kills it: left out in -short")
	}
	const each, kills = 20, 10
	g := &gate{}
	const base = "http://127.0.0.1:1" // for the consents only
	w, address := abroad(t, base, g.around)
	vars := settings(t, w, address, base, "sqlite://"+filepath.Join(t.TempDir(), "test.db"))
	seed(t, w, vars, each)
	binary := program(t)
	delete(vars, "BASE_URL") // from here on each process says where it is
	asked := 3 * each
	for kill := range kills {
		b := g.shut(int64(15 + 9*kill))
		p := start(t, binary, vars)
		asked += p.ask(t, vars["JOBS_SECRET"]) // runs that ended before are followed by another
		select {
		case <-b.reached:
		case <-time.After(patience):
			t.Fatalf("kill %d: no call was kept; the process said %s", kill, p.said)
		}
		p.kill(t)
		g.open(b)
		if before := look(t, vars); before.running == 0 || before.runs != asked {
			t.Fatalf("got %+v after kill %d, want %d runs, some in the middle", before, kill, asked)
		}
	}
	last := start(t, binary, vars)
	var after tally
	until(t, "every run to end", func() bool {
		after = look(t, vars)
		return after.ended == after.runs
	})
	want := tally{
		runs:        asked,
		ended:       asked,
		succeeded:   asked,
		connections: 3 * each,
		posts:       after.posts,
		distinct:    after.posts,
	}
	if after != want || after.posts == 0 {
		t.Errorf("got %+v, want %+v; the process said %s", after, want, last.said)
	}
}

// J10: a process that is told to stop in the middle of its runs ends well and soon; the next one goes on with
// what it gave back.
func TestToldToStop(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program: left out in -short")
	}
	const each = 10
	g := &gate{}
	const base = "http://127.0.0.1:1" // for the consents only
	w, address := abroad(t, base, g.around)
	vars := settings(t, w, address, base, "sqlite://"+filepath.Join(t.TempDir(), "test.db"))
	seed(t, w, vars, each)
	binary := program(t)
	delete(vars, "BASE_URL")
	b := g.shut(12)
	p := start(t, binary, vars)
	select {
	case <-b.reached:
	case <-time.After(patience):
		t.Fatalf("no call was kept; the process said %s", p.said)
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil { // its calls hang: it gives the runs back
		t.Errorf("got %v, want a good end; it said %s", err, p.said)
	}
	g.open(b)
	if half := look(t, vars); half.running != 0 || half.ended == half.runs {
		t.Errorf("got %+v after the end, want some runs open and none under way", half)
	}
	last := start(t, binary, vars)
	var after tally
	until(t, "every run to end", func() bool { after = look(t, vars); return after.ended == after.runs })
	if after.succeeded != 3*each || after.posts != after.distinct {
		t.Errorf("got %+v, want all done; the process said %s", after, last.said)
	}
}

// seed connects accounts the way a browser does, without one.
func seed(t *testing.T, w *sandbox.World, vars map[string]string, each int) {
	t.Helper()
	seedAt(t, w, vars, each, nil)
}

// seedAt is seed at a time.
func seedAt(t *testing.T, w *sandbox.World, vars map[string]string, each int, now func() time.Time) {
	t.Helper()
	var every []string
	for _, d := range tested.Declared() {
		every = append(every, d.ID)
	}
	seedOnly(t, w, vars, each, now, every...)
}

// seedOf is seed on one platform.
func seedOf(t *testing.T, w *sandbox.World, vars map[string]string, platform string, each int) {
	t.Helper()
	seedOnly(t, w, vars, each, nil, platform)
}

func seedOnly(
	t *testing.T,
	w *sandbox.World,
	vars map[string]string,
	each int,
	now func() time.Time,
	platforms ...string,
) {
	t.Helper()
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	a, err := app.Open(ctx, app.Options{Platforms: tested, Config: load(t, vars), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	owner, err := a.Auth.Create(
		ctx,
		auth.NewUser{Email: "mina@example.com", Name: "Mina", Role: "creator", Password: fault.Secret(password)},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range platforms {
		for _, account := range w.AddAccounts(id, each) {
			consented(t, a, w, owner, id, sandbox.Choice{Account: account.ID})
		}
	}
}

// consented connects an account through the platform's consent, without a browser.
func consented(
	t *testing.T,
	a *app.App,
	w *sandbox.World,
	owner, platform string,
	c sandbox.Choice,
) (connectionID string) {
	t.Helper()
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	where, err := a.Connect.Begin(ctx, connect.Start{UserID: owner, Platform: platform})
	if err != nil {
		t.Fatal(err)
	}
	back, err := w.Consent(platform, where, c)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	o, err := a.Connect.Finish(
		ctx,
		connect.Callback{
			Platform: platform,
			State:    u.Query().Get("state"),
			Code:     fault.Secret(u.Query().Get("code")),
			UserID:   owner,
		},
	)
	if err != nil || o.Reason != "" {
		t.Fatalf("connect %s: %v %s %v", platform, err, o.Reason, o.Cause)
	}
	return o.ConnectionID
}

// process is the program as an operator runs it.
type process struct {
	cmd  *exec.Cmd
	url  string
	said *transcript
}

// start runs it with the flags of a role, if any. A process without pages says where its probes are.
func start(t *testing.T, binary string, vars map[string]string, role ...string) *process {
	t.Helper()
	c := exec.Command(binary, append([]string{"serve"}, role...)...)
	c.Dir, c.Env = filepath.Dir(binary), environ(binary, vars)
	return begin(t, c)
}

// begin starts a process that serves, and waits until it says where.
func begin(t *testing.T, c *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: c, said: &transcript{}}
	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = pipe, pipe
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = pipe.Close()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // gone already, mostly
		_ = p.cmd.Wait()
	})
	found := make(chan string, 1)
	go func() {
		defer close(found)
		for lines := bufio.NewScanner(io.TeeReader(r, p.said)); lines.Scan(); {
			if _, where, ok := strings.Cut(lines.Text(), "Truecount is at "); ok {
				found <- where
			} else if _, where, ok := strings.Cut(lines.Text(), "only probes and metrics are served at "); ok {
				found <- "http://" + where
			}
		}
		_ = r.Close()
	}()
	select {
	case p.url = <-found:
	case <-time.After(patience):
	}
	if p.url == "" {
		t.Fatalf("the process did not say where it is, but %s", p.said)
	}
	return p
}

// ask does what an outside clock does, and gives how many runs that made.
func (p *process) ask(t *testing.T, secret string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(
		t.Context(),
		http.MethodPost,
		p.url+"/api/jobs/social-sync?force=true",
		http.NoBody,
	)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	client := &http.Client{Timeout: patience}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var out struct{ Queued int }
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != http.StatusAccepted {
		t.Fatalf("got %s (%v), want 202", res.Status, err)
	}
	return out.Queued
}

// tally is what a database holds.
type tally struct {
	runs, running, ended, succeeded int
	connections                     int // with a success
	posts, distinct                 int
	bad                             string // the runs that ended otherwise
}

// look reads the database beside the program, as a command does.
func look(t *testing.T, vars map[string]string) tally {
	t.Helper()
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	a, err := app.Open(ctx, app.Options{Platforms: tested, Config: load(t, vars)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	runs, err := a.Store.Client.Run.Query().All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	out := tally{runs: len(runs)}
	good := map[string]bool{}
	for _, r := range runs {
		switch {
		case r.CompletedAt != nil:
			out.ended++
		case r.State == run.StateRunning:
			out.running++
		}
		if r.State == run.StateSuccess {
			out.succeeded++
			good[r.ConnectionID] = true
		} else if r.CompletedAt != nil {
			out.bad += fmt.Sprintf("%s %s attempt %d %s %q; ", r.Platform, r.State, r.Attempt, r.ErrorCode, r.ErrorMessage)
		}
	}
	out.connections = len(good)
	posts, err := a.Store.Client.Post.Query().All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	distinct := map[string]bool{}
	for _, p := range posts {
		distinct[fmt.Sprint(p.ConnectionID, " ", p.ExternalID)] = true
	}
	out.posts, out.distinct = len(posts), len(distinct)
	return out
}
