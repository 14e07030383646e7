package outbound

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
)

// clock is turned by the test and by the client's own short waits.
type clock struct{ ns atomic.Int64 }

func newClock(t time.Time) *clock {
	c := &clock{}
	c.ns.Store(t.UnixNano())
	return c
}
func (c *clock) now() time.Time       { return time.Unix(0, c.ns.Load()).UTC() }
func (c *clock) turn(d time.Duration) { c.ns.Add(int64(d)) }
func (c *clock) pause(ctx context.Context, d time.Duration) error {
	c.turn(d)
	return ctx.Err()
}

var noon = time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC) // 12:00 in Los Angeles

// stand answers with h and gives a client that may reach it.
func stand(t *testing.T, o Options, h http.HandlerFunc) (*Client, string, *clock) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	clk := newClock(noon)
	o.Allow, o.Now = append(o.Allow, strings.TrimPrefix(srv.URL, "http://")), clk.now
	c := New(o)
	c.pause = clk.pause
	t.Cleanup(c.Close)
	return c, srv.URL, clk
}

func kind(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func get(u string) Request {
	return Request{Platform: "p", Endpoint: "/e", Method: http.MethodGet, URL: u}
}

func TestRequestCarriesWhatItWasGiven(t *testing.T) {
	t.Parallel()
	type got struct{ method, query, auth, kind, body, agent string }
	var seen got
	c, at, _ := stand(t, Options{UserAgent: "Truecount/1"}, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		seen = got{
			r.Method,
			r.URL.RawQuery,
			r.Header.Get("Authorization"),
			r.Header.Get("Content-Type"),
			string(b),
			r.UserAgent(),
		}
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	for _, tc := range []struct {
		name string
		r    Request
		want got
	}{
		{"query and bearer", Request{Method: "GET", Query: url.Values{"a": {"b c"}}, Bearer: "tok"}, got{"GET", "a=b+c", "Bearer tok", "", "", "Truecount/1"}},
		{"form", Request{Method: "POST", Form: url.Values{"code": {"x*!y"}}}, got{"POST", "", "", "application/x-www-form-urlencoded", "code=x%2A%21y", "Truecount/1"}},
		{"json", Request{Method: "POST", JSON: map[string]int{"n": 1}}, got{"POST", "", "", "application/json; charset=UTF-8", `{"n":1}`, "Truecount/1"}},
	} {
		tc.r.URL = at + "/x"
		resp, err := c.Do(t.Context(), tc.r)
		if err != nil {
			t.Fatalf("%s: got %v, want an answer", tc.name, err)
		}
		if resp.Status != http.StatusTeapot || string(resp.Body) != "short and stout" {
			t.Errorf("%s: got %d %q, want 418 with its body", tc.name, resp.Status, resp.Body)
		}
		if seen != tc.want {
			t.Errorf("%s: got %+v, want %+v", tc.name, seen, tc.want)
		}
	}
}

// O6: only a GET that is not marked as single is repeated, and never past two seconds.
func TestRepeats(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		r      Request
		status int
		after  string
		want   int64
	}{
		{"get of an outage", Request{Method: "GET"}, 503, "", 3},
		{"single get", Request{Method: "GET", Once: true}, 503, "", 1},
		{"post", Request{Method: "POST", Form: url.Values{}}, 503, "", 1},
		{"get refused", Request{Method: "GET"}, 400, "", 1},
		{"get throttled", Request{Method: "GET"}, 429, "", 1},
		{"get told to wait longer", Request{Method: "GET"}, 503, "30", 1},
		{"5xx that is an answer", Request{Method: "GET", Down: func(*Response) bool { return false }}, 500, "", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			c, at, clk := stand(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
				n.Add(1)
				if tc.after != "" {
					w.Header().Set("Retry-After", tc.after)
				}
				w.WriteHeader(tc.status)
			})
			tc.r.URL = at
			var m Meter
			resp, err := c.Do(Metered(t.Context(), &m), tc.r)
			if err != nil || resp.Status != tc.status {
				t.Fatalf("got %v, %v, want status %d", resp, err, tc.status)
			}
			if n.Load() != tc.want || m.Calls() != tc.want {
				t.Errorf("got %d requests and %d metered, want %d", n.Load(), m.Calls(), tc.want)
			}
			if took := clk.now().Sub(noon); took > repeatSpan {
				t.Errorf("got %v of repeats, want at most %v", took, repeatSpan)
			}
		})
	}
}

// P4
func TestBodiesAreCut(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, 1<<20)
	for name, h := range map[string]http.HandlerFunc{
		"huge": func(w http.ResponseWriter, _ *http.Request) {
			for range 10 {
				if _, err := w.Write(zeros); err != nil {
					return
				}
			}
		},
		"gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			for range 64 {
				_, _ = z.Write(zeros)
			}
			_ = z.Close()
			_, _ = w.Write(b.Bytes())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, at, _ := stand(t, Options{}, h)
			if _, err := c.Do(t.Context(), get(at)); kind(err) != KindTooLarge {
				t.Errorf("got %v, want %s", err, KindTooLarge)
			}
		})
	}
}

// P2, T6
func TestFailuresAreNamedAndBare(t *testing.T) {
	t.Parallel()
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for _, tc := range []struct {
		name string
		h    http.HandlerFunc
		want Kind
	}{
		{"hangs", hang, KindTimeout},
		{"drips", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, KindTimeout},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "CANARY-body")
		}, KindNetwork},
		{"reset", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}, KindNetwork},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, at, _ := stand(t, Options{Timeout: 300 * time.Millisecond}, tc.h)
			r := get(at)
			r.Query, r.Bearer = url.Values{"access_token": {"CANARY-q"}}, fault.Secret("CANARY-b")
			_, err := c.Do(t.Context(), r)
			if kind(err) != tc.want {
				t.Errorf("got %v, want %s", err, tc.want)
			}
			if s := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(s, "CANARY") {
				t.Errorf("got %s, want no secret", s)
			}
		})
	}
}

func TestTheCallersEndIsNoOutage(t *testing.T) {
	t.Parallel()
	in := make(chan struct{}, 20)
	c, at, _ := stand(
		t,
		Options{},
		func(_ http.ResponseWriter, r *http.Request) { in <- struct{}{}; <-r.Context().Done() },
	)
	for range openAfter + 1 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-in; cancel() }()
		_, err := c.Do(ctx, get(at))
		if kind(err) != KindCanceled || !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want %s", err, KindCanceled)
		}
	}
}

// P6
func TestRedirectsNeverCarrySecrets(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	c, at, _ := stand(
		t,
		Options{Allow: []string{strings.TrimPrefix(other.URL, "http://")}},
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		},
	)
	for name, r := range map[string]Request{
		"bearer":       {Method: "GET", Bearer: "x"},
		"form":         {Method: "POST", Form: url.Values{"a": {"b"}}},
		"access token": {Method: "GET", Query: url.Values{"access_token": {"x"}}},
		"secret":       {Method: "GET", Query: url.Values{"client_secret": {"x"}}},
	} {
		r.URL = at
		if _, err := c.Do(t.Context(), r); kind(err) != KindRedirect {
			t.Errorf("%s: got %v, want %s", name, err, KindRedirect)
		}
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("got %d calls elsewhere, want 0", n)
	}
	if _, err := c.Do(t.Context(), get(at)); err != nil || elsewhere.Load() != 1 {
		t.Errorf("plain get: got %v and %d calls, want it followed once", err, elsewhere.Load())
	}
}

// W5: eleven ways to write an address inside, and a redirect there.
func TestInsideIsOutOfReach(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	t.Cleanup(inside.Close)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(inside.URL, "http://"))
	c, at, _ := stand(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:"+port, http.StatusFound)
	})
	forms := []string{
		"http://127.0.0.1:" + port, "http://localhost:" + port, "http://[::1]:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://0.0.0.0:" + port,
		"https://127.0.0.1", "https://10.0.0.1", "https://192.168.1.1", "https://169.254.169.254", "https://[fd00::1]", "https://[fe80::1]",
	}
	for _, u := range append(forms, at) {
		if _, err := c.Do(t.Context(), Request{Method: "POST", URL: u}); u != at && kind(err) != KindBlocked {
			t.Errorf("%s: got %v, want %s", u, err, KindBlocked)
		}
		if _, err := c.Do(t.Context(), Request{Method: "GET", URL: u, Once: true}); kind(err) != KindBlocked {
			t.Errorf("get %s: got %v, want %s", u, err, KindBlocked)
		}
	}
	if calls.Load() != 0 {
		t.Errorf("got %d calls inside, want 0", calls.Load())
	}
}

// P1
func TestBreakerOpensProbesAndCloses(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	var status atomic.Int64
	status.Store(500)
	c, at, clk := stand(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		w.WriteHeader(int(status.Load()))
	})
	do := func() (*Response, error) {
		return c.Do(t.Context(), Request{Platform: "p", Method: "GET", URL: at, Once: true})
	}
	status.Store(404)
	for range 20 {
		if _, err := do(); err != nil {
			t.Fatalf("a 404 never opens it: got %v", err)
		}
	}
	status.Store(500)
	n.Store(0)
	for range openAfter {
		if _, err := do(); err != nil {
			t.Fatalf("before the fifth: got %v, want the answer", err)
		}
	}
	for range 600 { // ten minutes of callers, one each second
		_, err := do()
		if kind(err) == KindOpen {
			var e *Error
			if errors.As(err, &e); e.RetryAfter <= 0 || e.RetryAfter > probeEvery {
				t.Fatalf("got a wait of %v, want up to %v", e.RetryAfter, probeEvery)
			}
		}
		clk.turn(time.Second)
	}
	if got, most := n.Load(), int64(openAfter+600/30+1); got > most {
		t.Errorf("got %d requests in an outage of ten minutes, want at most %d", got, most)
	}
	if _, err := c.Do(t.Context(), Request{Platform: "other", Method: "GET", URL: at, Once: true}); err != nil {
		t.Errorf("another platform: got %v, want its answer", err)
	}
	status.Store(200)
	clk.turn(probeEvery)
	for range 3 {
		if resp, err := do(); err != nil || resp.Status != 200 {
			t.Errorf("after it ended: got %v, %v, want 200", resp, err)
		}
	}
}

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, " 7 ": 7 * time.Second, "-5": 0, "soon": 0, "86400": 24 * time.Hour,
		"99999999999999999": 30 * 24 * time.Hour, noon.Add(time.Hour).Format(http.TimeFormat): time.Hour, noon.Add(-time.Hour).Format(http.TimeFormat): 0,
	} {
		if got := ParseRetryAfter(in, noon); got != want {
			t.Errorf("%q: got %v, want %v", in, got, want)
		}
	}
}

func TestTransportServesALibrary(t *testing.T) {
	t.Parallel()
	c, at, _ := stand(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		_, _ = io.WriteString(w, r.PostForm.Get("code"))
	})
	h := &http.Client{
		Transport: c.Transport(
			Request{Platform: "p", Once: true, Bucket: Free},
			func(r *Response) { r.Body = append(r.Body, '!') },
		),
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, at, strings.NewReader("code=4%2F0A"))
	resp, err := h.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if b, _ := io.ReadAll(resp.Body); string(b) != "4/0A!" {
		t.Errorf("got %q, want %q", b, "4/0A!")
	}
}
