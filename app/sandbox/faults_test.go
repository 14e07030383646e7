package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// answered is what a client got of a call.
type answered struct {
	status int
	header http.Header
	body   string
	err    error // of the call or of reading its body
}

func get(t *testing.T, ctx context.Context, url, token string) answered {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(r)
	if err != nil {
		return answered{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return answered{resp.StatusCode, resp.Header, string(b), err}
}

func TestEachKindOfFault(t *testing.T) { // P1, P2, P3, P5, P6
	t.Parallel()
	const whole = `{"what":"post","long":"0123456789012345678901234567890123456789"}`
	for name, c := range map[string]struct {
		fault  Fault
		status int // 0: no whole answer comes
		body   string
		header [2]string
	}{
		"status in the platform's words": {Fault{Kind: FaultStatus, Status: 503}, 503, "toy says status", [2]string{}},
		"status with a body": {Fault{Kind: FaultStatus, Status: 429, Body: "{", Header: map[string]string{"Retry-After": "7"}},
			429, "{", [2]string{"Retry-After", "7"}},
		"rate limit": {Fault{Kind: FaultRateLimit, Status: 400}, 400, "toy says rate_limit", [2]string{}},
		"app limit":  {Fault{Kind: FaultAppLimit, Status: 403}, 403, "toy says app_limit", [2]string{}},
		"delay":      {Fault{Kind: FaultDelay, Delay: time.Millisecond}, 200, whole, [2]string{}},
		"html":       {Fault{Kind: FaultHTML}, 200, page, [2]string{"Content-Type", "text/html; charset=utf-8"}},
		"empty":      {Fault{Kind: FaultEmpty}, 200, "", [2]string{"Content-Length", "0"}},
		"redirect": {Fault{Kind: FaultRedirect, Header: map[string]string{"Location": "http://169.254.169.254/"}},
			302, "", [2]string{"Location", "http://169.254.169.254/"}},
		"cut":            {Fault{Kind: FaultCut}, 0, whole[:len(whole)/2], [2]string{}},
		"cut of a body":  {Fault{Kind: FaultCut, Status: 200, Body: "abcdef"}, 0, "abc", [2]string{}},
		"lost":           {Fault{Kind: FaultLost}, 0, "", [2]string{}},
		"another header": {Fault{Kind: FaultDelay, Header: map[string]string{"Content-Type": "text/plain"}}, 200, whole, [2]string{"Content-Type", "text/plain"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := world(t, "")
			srv := serve(t, toy(w))
			if w.AddFault(c.fault) == 0 {
				t.Fatal("got no id of an added fault")
			}
			got := get(t, t.Context(), srv.URL+"/v2/post/list/", "")
			if c.status == 0 && got.err == nil {
				t.Errorf("got a whole answer %d %q, want none", got.status, got.body)
			}
			if c.status != 0 && (got.err != nil || got.status != c.status) {
				t.Errorf("got %d, %v, want %d", got.status, got.err, c.status)
			}
			if got.body != c.body {
				t.Errorf("got body %q, want %q", got.body, c.body)
			}
			if c.header[0] != "" && got.header.Get(c.header[0]) != c.header[1] {
				t.Errorf("got %s %q, want %q", c.header[0], got.header.Get(c.header[0]), c.header[1])
			}
			w.RemoveFaults()
			if got := get(t, t.Context(), srv.URL+"/v2/post/list/", ""); got.body != whole {
				t.Errorf("got %q after lifting, want the true answer", got.body)
			}
		})
	}
}

func TestHangEndsWithTheClientOrTheWorld(t *testing.T) { // P2
	t.Parallel()
	w, _ := world(t, "")
	srv := serve(t, toy(w))
	w.AddFault(Fault{Kind: FaultHang})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan answered, 1)
	go func() { ended <- get(t, ctx, srv.URL+"/v2/post/list/", "") }()
	for w.InFlight() == 0 { // the call is there
		runtime.Gosched()
	}
	cancel()
	if got := <-ended; !errors.Is(got.err, context.Canceled) {
		t.Errorf("got %v, want the call to hang until it was cancelled", got.err)
	}
	go func() { ended <- get(t, t.Context(), srv.URL+"/v2/post/list/", "") }()
	for w.Calls("tiktok")["/v2/{what}/list/"] < 2 {
		runtime.Gosched()
	}
	_ = w.Close()
	if got := <-ended; got.err == nil {
		t.Error("got an answer, want the world's end to break the call off")
	}
}

func TestFloodDoesNotEnd(t *testing.T) { // P4
	t.Parallel()
	w, _ := world(t, "")
	srv := serve(t, toy(w))
	w.AddFault(Fault{Kind: FaultFlood})
	if got := get(t, t.Context(), srv.URL+"/v2/post/list/", ""); len(got.body) != 1<<20 {
		t.Errorf("got %d bytes, want as many as one reads", len(got.body))
	}
}

func TestFaultsStrikeWhomTheyAreFor(t *testing.T) {
	t.Parallel()
	w, _ := world(t, "")
	srv := serve(t, toy(w))
	g := granted(t, w)
	mine := must[string](t)(w.Access(g, time.Hour))
	other, err := redeem(w, consent(t, w, nil, Choice{Account: w.Accounts("tiktok")[1].ID}), "")
	if err != nil {
		t.Fatal(err)
	}
	theirs := must[string](t)(w.Access(other, time.Hour))
	is := func(token string) int { return get(t, t.Context(), srv.URL+"/v2/post/list/", token).status }

	twice := w.AddFault(
		Fault{Platform: "tiktok", Endpoint: "/v2/{what}/list/", Account: g.Account, Kind: FaultStatus, Status: 500, Times: 2},
	)
	w.AddFault(Fault{Platform: "youtube", Kind: FaultStatus, Status: 501})
	w.AddFault(Fault{Endpoint: "/elsewhere", Kind: FaultStatus, Status: 502})
	for i, want := range []int{500, 500, 200} {
		if got := is(theirs); got != 200 {
			t.Errorf("got %d for another account, want 200", got)
		}
		if got := is(mine); got != want {
			t.Errorf("call %d: got %d, want %d", i, got, want)
		}
	}
	if w.RemoveFault(twice) {
		t.Error("got a used-up fault lifted, want it gone")
	}
	list := w.Faults()
	if len(list) != 2 || list[0].Status != 501 || list[0].Hits != 0 {
		t.Errorf("got %+v, want the two that did not happen", list)
	}
	if !w.RemoveFault(list[0].ID) || len(w.Faults()) != 1 {
		t.Error("got the fault still in place, want it lifted")
	}
	if w.AddFault(Fault{Kind: "earthquake"}) != 0 {
		t.Error("got an id for a kind that does not exist")
	}
	if w.Triggered(FaultEmptyInsights, "tiktok", "", "") {
		t.Error("got one of nothing")
	}
	w.AddFault(Fault{Kind: FaultEmptyInsights, Times: 1})
	if !w.Triggered(FaultEmptyInsights, "tiktok", "/x", "a") || w.Triggered(FaultEmptyInsights, "tiktok", "/x", "a") {
		t.Error("want it to happen once")
	}
	if got := is(mine); got != 200 {
		t.Errorf("got %d, want faults inside answers to leave calls alone", got)
	}
}

func TestCallsAreCounted(t *testing.T) { // J11
	t.Parallel()
	w, _ := world(t, "")
	srv := serve(t, toy(w))
	g := granted(t, w)
	token := must[string](t)(w.Access(g, time.Hour))
	for range 3 {
		get(t, t.Context(), srv.URL+"/v2/post/list/", token)
	}
	get(t, t.Context(), srv.URL+"/v2/post/list/", "unknown")
	get(t, t.Context(), srv.URL+"/v2/post/list", token) // the slash is missing
	w.CountUnits("tiktok", 5)
	if got := w.Calls("tiktok"); got["/v2/{what}/list/"] != 4 || got[Other] != 1 {
		t.Errorf("got %v, want 4 and 1 elsewhere", got)
	}
	if got := w.CallsOf("tiktok", g.Account); got["/v2/{what}/list/"] != 3 {
		t.Errorf("got %v of the account, want 3", got)
	}
	if w.Units("tiktok") != 5 || w.MaxInFlight() != 1 || w.InFlight() != 0 {
		t.Errorf("got %d units, %d at most, %d now, want 5, 1, 0", w.Units("tiktok"), w.MaxInFlight(), w.InFlight())
	}
	w.ResetCalls()
	if len(w.Calls("tiktok"))+len(w.CallsOf("tiktok", g.Account)) != 0 || w.Units("tiktok") != 0 {
		t.Error("got counts after the reset, want none")
	}
}

func TestLimits(t *testing.T) { // P5
	t.Parallel()
	w, clk := world(t, "")
	minute := Limit{Platform: "tiktok", Name: "calls", Max: 2, Per: time.Minute}
	spend := func(whom string) Use { return w.Spend(minute, whom, 1) }
	if !spend("a").OK || spend("a").Percent != 100 || spend("a").OK {
		t.Error("want two calls and no third")
	}
	if !spend("b").OK {
		t.Error("want another's limit to be its own")
	}
	clk.pass(30 * time.Second)
	if got := spend("a").Again; got != 30*time.Second {
		t.Errorf("got %s until there is room, want 30s", got)
	}
	clk.pass(30 * time.Second)
	if !spend("a").OK {
		t.Error("want room after a minute")
	}
	w.SetLimit("tiktok", "calls", Unlimited)
	for range 10 {
		if !spend("a").OK {
			t.Fatal("want no limit")
		}
	}
	w.SetLimit("tiktok", "calls", 0)
	if spend("c").OK {
		t.Error("want nothing to pass a limit of 0")
	}
}

func TestPacificDay(t *testing.T) {
	t.Parallel()
	w, clk := world(t, "")
	units := Limit{Platform: "youtube", Name: "units", Max: 3}
	w.Spend(units, "", 3)
	if got := w.Spend(units, "", 1); got.OK || got.Again != 12*time.Hour { // noon in Los Angeles
		t.Errorf("got %+v, want none until midnight there", got)
	}
	clk.pass(12*time.Hour - time.Second)
	if w.Spend(units, "", 1).OK {
		t.Error("got units a second before midnight, want none")
	}
	clk.pass(time.Second)
	if !w.Spend(units, "", 3).OK {
		t.Error("got none after midnight, want a new day's")
	}
}

func TestHandlerServesBelowItsPrefix(t *testing.T) {
	t.Parallel()
	w, _ := world(t, "")
	w.Mount("tiktok", toy(w))
	srv := serve(t, w.Handler())
	for path, want := range map[string]int{
		"/sandbox/tiktok/v2/post/list/": 200, "/sandbox/tiktok/" + styleName: 200, "/sandbox/" + styleName: 200,
		"/sandbox/youtube/token": 404, "/v2/post/list/": 404, "/sandbox": 404,
	} {
		if got := get(t, t.Context(), srv.URL+path, ""); got.status != want {
			t.Errorf("%s: got %d, want %d", path, got.status, want)
		}
	}
	if got := get(t, t.Context(), srv.URL+"/sandbox/tiktok/v2/post/list/", ""); !strings.Contains(got.body, `"post"`) {
		t.Errorf("got %q, want the fake's answer", got.body)
	}
}
