package outbound

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// W5: a body of somebody else's making goes out as it is, and never after a redirect.
func TestRawBodies(t *testing.T) {
	t.Parallel()
	type got struct{ method, query, kind, body, agent, accept, key string }
	var seen got
	c, at, _ := stand(t, Options{UserAgent: "Truecount/1"}, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		seen = got{
			r.Method,
			r.URL.RawQuery,
			r.Header.Get("Content-Type"),
			string(b),
			r.UserAgent(),
			r.Header.Get("Accept"),
			r.Header.Get("X-Key"),
		}
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/x", http.StatusTemporaryRedirect)
		}
	})
	raw := Request{
		Platform:    "p",
		Bucket:      Free,
		Method:      "POST",
		URL:         at + "/x?b=2&a=%2F",
		Raw:         []byte(`{"n":1}`),
		ContentType: "text/x",
		Header:      http.Header{"x-key": {"k"}},
		Once:        true,
	}
	want := got{"POST", "b=2&a=%2F", "text/x", `{"n":1}`, "Truecount/1", "application/json", "k"}
	if _, err := c.Do(t.Context(), raw); err != nil || seen != want {
		t.Errorf("by Do: got %+v and %v, want %+v", seen, err, want)
	}
	raw.URL = at + "/moved"
	if _, err := c.Do(t.Context(), raw); kind(err) != KindRedirect {
		t.Errorf("moved: got %v, want %s", err, KindRedirect)
	}
	library := &http.Client{Transport: c.Through("alert:slack", "message")}
	for path, status := range map[string]int{"/x?b=2&a=%2F": 200, "/moved": 307} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at+path, strings.NewReader(`{"n":1}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "text/x")
		req.Header.Set("X-Key", "k")
		req.Header.Set("Accept", "text/y")
		library.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		resp, err := library.Do(req)
		if err != nil || resp.StatusCode != status {
			t.Fatalf("%s through a library: got %v, %v, want %d", path, resp, err, status)
		}
		_ = resp.Body.Close()
		want.accept, want.query = "text/y", req.URL.RawQuery
		if seen != want {
			t.Errorf("%s through a library: got %+v, want %+v", path, seen, want)
		}
	}
}

// O6: a library's POST is made once, whatever comes of it; a breaker of its own label stands alone.
func TestALibraryRepeatsNothing(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	c, at, _ := stand(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	})
	post := func(label string) error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Client{Transport: c.Through(label, "message")}).Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	for range openAfter {
		if err := post("alert:a"); err != nil {
			t.Fatal(err)
		}
	}
	if n.Load() != openAfter || kind(post("alert:a")) != KindOpen || post("alert:b") != nil {
		t.Errorf("got %d requests, want %d, then a closed door for this label alone", n.Load(), openAfter)
	}
}

// What was tried is kept by its labels, never by its address, and not without end.
func TestAMeterKeepsItsCalls(t *testing.T) {
	t.Parallel()
	clocks := make(chan *clock, 1)
	c, at, clk := stand(t, Options{NoBreaker: true}, func(w http.ResponseWriter, r *http.Request) {
		clk := <-clocks
		clk.turn(20 * time.Millisecond)
		clocks <- clk
		if r.URL.Path == "/gone" {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	clocks <- clk
	var m Meter
	ctx := Metered(t.Context(), &m)
	for _, r := range []Request{
		{Method: "GET", Endpoint: "/v2/{id}", URL: at + "/v2/7", Query: url.Values{"key": {"CANARY"}}, Cost: 5, Once: true},
		{Method: "POST", Endpoint: "/token", URL: at + "/gone", Form: url.Values{}, Bucket: Free},
		{Method: "GET", Endpoint: "/repeated", URL: at},
	} {
		_, _ = c.Do(ctx, r)
	}
	moment := 20 * time.Millisecond
	got := m.Trace()
	want := []Call{
		{"GET", "/v2/{id}", 503, "", moment, 5, noon},
		{"POST", "/token", 0, KindNetwork, moment, 0, noon.Add(moment)},
		{"GET", "/repeated", 503, "", moment, 1, noon.Add(2 * moment)},
	}
	if len(got) != 5 || m.Calls() != 5 {
		t.Fatalf("got %d calls kept of %d counted, want 5 of 5: a repeat is one too", len(got), m.Calls())
	}
	if diff := cmp.Diff(want, got[:3]); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	for range 80 {
		_, _ = c.Do(ctx, Request{Method: "GET", URL: at, Once: true})
	}
	if m.Calls() != 85 || len(m.Trace()) != mostCalls || m.Trace()[1].Endpoint != "/token" {
		t.Errorf("got %d counted and %d kept, want 85 and the first %d", m.Calls(), len(m.Trace()), mostCalls)
	}
}
