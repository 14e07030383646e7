package app_test

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
)

const (
	faster    = 60 // times that the drift's clock runs faster than the machine's
	epochName = "TRUECOUNT_TEST_EPOCH"
)

// hasty is a clock that began at a moment of the machine's time and is 60 times as fast. It began so long
// ago that it never overtakes the machine's.
func hasty(began time.Time, long time.Duration) func() time.Time {
	first := began.Add(-(faster + 1) * long)
	return func() time.Time { return first.Add(faster * time.Since(began)) }
}

// held is what a process holds.
type held struct{ memory, goroutines, files float64 }

func (h held) least(o held) held {
	return held{min(h.memory, o.memory), min(h.goroutines, o.goroutines), min(h.files, o.files)}
}

func (h held) String() string {
	return fmt.Sprintf("%.1f MB, %.0f goroutines, %.0f files", h.memory/(1<<20), h.goroutines, h.files)
}

// L6: the whole program as a process of its own, its clock 60 times as fast, syncs all its accounts again and
// again, shows its pages and meets everything that platforms do wrong, for as long as DRIFT says (24m is a
// day). Once it is warm, what it holds whenever it is calm does not grow.
func TestDrift(t *testing.T) {
	long, err := time.ParseDuration(os.Getenv("DRIFT"))
	if err != nil {
		t.Skip("takes minutes: set DRIFT=1m (task soak takes ten)")
	}
	t.Parallel()
	const each, phases = 15, 4        // two of them to get warm
	const base = "http://127.0.0.1:1" // for the consents only
	began := time.Now()
	now := hasty(began, long)
	w, address := abroadAt(t, base, nil, now)
	vars := settings(t, w, address, base, storetest.URL(t))
	seedAt(t, w, vars, each, now)
	delete(vars, "BASE_URL")
	vars["METRICS_TOKEN"] = "whoever-looks-for-drift"
	p := inside(t, "hasty", vars, epochName+"="+strconv.FormatInt(began.UnixNano(), 10), "DRIFT="+long.String())
	b := visitor(t, p.url)
	var after [phases]held
	asked, struck, missed := 0, 0, 0
	for i := range phases {
		end := began.Add(long * time.Duration(i+1) / phases)
		ctx, cancel := context.WithDeadline(t.Context(), end.Add(-long/phases/3))
		for n := 0; ctx.Err() == nil; n++ {
			if n%3 == 0 {
				asked += p.ask(t, vars["JOBS_SECRET"])
			}
			w.AddFault(ills[struck%len(ills)])
			struck++
			for _, path := range []string{"/dashboard", "/dashboard/tiktok", "/connections", "/api/analytics/socials/youtube", "/healthz", "/static/none"} {
				b.get(path)
			}
			pause(ctx, time.Second/2)
		}
		cancel()
		for _, f := range w.Faults() {
			if f.Hits == 0 {
				missed++
			}
		}
		w.RemoveFaults()
		after[i] = held{math.Inf(1), math.Inf(1), math.Inf(1)}
		ctx, cancel = context.WithDeadline(t.Context(), end)
		for ctx.Err() == nil {
			pause(ctx, 200*time.Millisecond)
			after[i] = after[i].least(p.holds(t, vars["METRICS_TOKEN"]))
		}
		cancel()
		t.Logf("%s in: %s", time.Since(began).Round(time.Second), after[i])
	}
	warm, last := after[1], after[phases-1]
	if last.memory > warm.memory*1.1 {
		t.Errorf("got %s, then %s, want at most a tenth more memory", warm, last)
	}
	if last.goroutines > warm.goroutines+5 || last.files > warm.files+5 {
		t.Errorf("got %s, then %s, want at most five goroutines and files more", warm, last)
	}
	tally := look(t, vars)
	if asked < phases*each || tally.succeeded < asked/2 || missed > struck/2 {
		t.Errorf(
			"got %+v after %d asked for, and %d of %d faults met, want work and trouble all the while",
			tally,
			asked,
			struck-missed,
			struck,
		)
	}
	t.Logf(
		"%d runs, %d ended, %d well, %d of %d faults met",
		tally.runs,
		tally.ended,
		tally.succeeded,
		struck-missed,
		struck,
	)
}

// ills are what a platform does wrong for a call or a few.
var ills = []sandbox.Fault{
	{Kind: sandbox.FaultStatus, Status: 500, Times: 3},
	{Kind: sandbox.FaultHTML, Times: 3},
	{Platform: "instagram", Kind: sandbox.FaultRateLimit, Times: 1},
	{Kind: sandbox.FaultCut, Times: 3},
	{Platform: "tiktok", Endpoint: "/v2/video/list/", Kind: sandbox.FaultHang, Times: 1},
	{Kind: sandbox.FaultEmpty, Times: 3},
	{Platform: "youtube", Endpoint: "/youtube/v3/channels", Kind: sandbox.FaultFlood, Times: 1},
	{Kind: sandbox.FaultDelay, Delay: 2 * time.Second, Times: 3},
	{Kind: sandbox.FaultBomb, Times: 1},
	{
		Platform: "youtube",
		Kind:     sandbox.FaultRedirect,
		Header:   map[string]string{"Location": "http://127.0.0.1:1/x"},
		Times:    1,
	},
	{Platform: "tiktok", Endpoint: "/v2/user/info/", Kind: sandbox.FaultHeaders, Times: 1},
}

// visitor is a signed-in creator's browser at a process.
func visitor(t *testing.T, base string) *browser {
	t.Helper()
	h := &house{Server: &app.Server{URL: base}, t: t, seen: &transcript{}}
	b := h.browser()
	if got := b.post("/login", url.Values{"email": {"mina@example.com"}, "password": {password}}); got.status != http.StatusSeeOther {
		t.Fatalf("sign in: got %d %s, want 303", got.status, got.body)
	}
	return b
}

// holds reads a process's own figures.
func (p *process) holds(t *testing.T, token string) (h held) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := (&http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	found := 0
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		to := map[string]*float64{"go_goroutines": &h.goroutines, "process_open_fds": &h.files, "process_resident_memory_bytes": &h.memory}[name]
		if to == nil {
			continue
		}
		if *to, err = strconv.ParseFloat(value, 64); err != nil {
			t.Fatal(err)
		}
		found++
	}
	if found != 3 {
		t.Fatalf("got %d figures with status %d, want three", found, res.StatusCode)
	}
	return h
}

// inside runs this test binary once more as a process that serves.
func inside(t *testing.T, what string, vars map[string]string, more ...string) *process {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestInside$", "-test.timeout=0")
	c.Dir = t.TempDir()
	c.Env = append(environ(c.Dir+"/x", vars), append(more, insideName+"="+what)...)
	return begin(t, c)
}

// hurry is the program with a fast clock: the minute's tick comes every second, and what waits for a time in
// the queue is let go when it has come by that clock.
func hurry(t *testing.T) {
	ns, err := strconv.ParseInt(os.Getenv(epochName), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	long, err := time.ParseDuration(os.Getenv("DRIFT"))
	if err != nil {
		t.Fatal(err)
	}
	now := hasty(time.Unix(0, ns), long)
	vars, err := config.Environ(tested.Declared())
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(vars, tested.Declared())
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", c.Addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	say := func(line string) { _, _ = fmt.Fprintln(os.Stdout, line) }
	s, err := app.Start(ctx, app.Options{Platforms: tested, Config: c, Now: now}, l, say)
	if err != nil {
		t.Fatal(err)
	}
	for tick := time.NewTicker(time.Minute / faster); ; <-tick.C {
		if _, err := s.Store.SQL().ExecContext(ctx, `UPDATE river_job SET state = 'available', scheduled_at = created_at WHERE state IN ('scheduled', 'retryable')
			AND id IN (SELECT job_id FROM runs WHERE completed_at IS NULL AND next_attempt_at <= $1)`, now()); err != nil {
			say(err.Error())
		}
		s.Runner.Tick(ctx)
		debug.FreeOSMemory() // what is left is what is held
	}
}
