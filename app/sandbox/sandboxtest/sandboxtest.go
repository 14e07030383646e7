package sandboxtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

// Noon is when tests begin: noon in Los Angeles.
var Noon = time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)

// The app every world knows.
const (
	ClientID = "sandbox-app"
	Secret   = sandbox.Marker + "-client-secret"
	Redirect = "https://count.example.com/callback"
)

// Clock is a time that tests move.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Pass lets time go by.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Fixture is one fake of a world of its own.
type Fixture struct {
	*sandbox.World
	Clock *Clock
	URL   string

	t        testing.TB
	platform string
}

// New serves a fake at the root of a server until the test ends.
func New(t testing.TB, platform string, fake func(*sandbox.World) http.Handler) *Fixture {
	t.Helper()
	clock := &Clock{at: Noon}
	w, err := sandbox.Open(sandbox.Options{Now: clock.Now, Seed: 7, Clients: map[string]sandbox.Client{
		platform: {ID: ClientID, Secret: Secret, RedirectURIs: []string{Redirect}},
	}})
	if err != nil {
		t.Fatalf("open the world: %v", err)
	}
	srv := httptest.NewServer(fake(w))
	t.Cleanup(func() { _ = w.Close(); srv.Close() })
	return &Fixture{World: w, Clock: clock, URL: srv.URL, t: t, platform: platform}
}

// Agree lets a person answer an authorization request and gives the callback's parameters.
func (b *Fixture) Agree(ask url.Values, c sandbox.Choice) url.Values {
	b.t.Helper()
	to, err := b.Consent(b.platform, b.URL+"/?"+ask.Encode(), c)
	if err != nil {
		b.t.Fatalf("consent: %v", err)
	}
	u, err := url.Parse(to)
	if err != nil {
		b.t.Fatalf("callback: %v", err)
	}
	return u.Query()
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string

	t testing.TB
}

// Get asks with a bearer token, or without one.
func (b *Fixture) Get(path, token string) Answer {
	b.t.Helper()
	return b.do(http.MethodGet, path, token, "", "")
}

// Form posts a form.
func (b *Fixture) Form(path string, v url.Values) Answer {
	b.t.Helper()
	return b.do(http.MethodPost, path, "", "application/x-www-form-urlencoded", v.Encode())
}

// JSON posts JSON.
func (b *Fixture) JSON(path, token, body string) Answer {
	b.t.Helper()
	return b.do(http.MethodPost, path, token, "application/json", body)
}

func (b *Fixture) do(method, path, token, kind, body string) Answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return Answer{resp.StatusCode, resp.Header, string(all), b.t}
}

// Decode reads JSON and keeps every digit.
func Decode(t testing.TB, body string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("got %.200q, want JSON", body)
	}
	return v
}

// At is the value at a path like "data.0.id", nil when there is none.
func (a Answer) At(path string) any {
	a.t.Helper()
	v := Decode(a.t, a.Body)
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// Text is At as text: a string as it is, a number's digits, "" for nothing.
func (a Answer) Text(path string) string {
	a.t.Helper()
	switch v := a.At(path).(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		return ""
	}
}

// Len is how long the list at a path is, -1 when there is none.
func (a Answer) Len(path string) int {
	a.t.Helper()
	if l, ok := a.At(path).([]any); ok {
		return len(l)
	}
	return -1
}

// Want fails the test unless the status and the text at a path are these.
func (a Answer) Want(status int, path, text string) {
	a.t.Helper()
	if a.Status != status {
		a.t.Errorf("got %d %.200s, want %d", a.Status, a.Body, status)
	}
	if got := a.Text(path); got != text {
		a.t.Errorf("%s: got %q, want %q", path, got, text)
	}
}
