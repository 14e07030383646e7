package platformtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

// Canary is in every secret of the tests: whatever shows it leaks.
const Canary = "CANARY"

// Noon is when the tests of adapters happen: noon in Los Angeles.
var Noon = time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)

// Answer is one scripted answer. File names a file of testdata and wins over Body.
type Answer struct {
	Status int // 0: 200
	File   string
	Body   string
	Header map[string]string
}

// Call is a request as the scripted platform saw it.
type Call struct {
	Method, Path string
	Query, Form  url.Values
	Auth, Body   string
}

// Script is a scripted platform.
type Script struct {
	URL      string
	Platform platform.Platform
	Settings config.Platform

	mu    sync.Mutex
	calls []Call
}

// Settings are a platform's with every address below base and canaries for secrets.
func Settings(spec platform.Spec, base string) config.Platform {
	p := config.Platform{
		ID: spec.ID, ClientID: "client-1", ClientSecret: Canary + "-client-secret",
		RedirectURI: "https://count.example.com/api/auth/" + spec.ID + "/callback",
		URLs:        map[string]string{}, Options: map[string]string{}, Quotas: map[string][]config.Rate{},
		PostLimit: spec.Settings.PostLimit,
	}
	for _, u := range spec.Settings.URLs {
		real, err := url.Parse(u.Default)
		if err != nil {
			panic("a spec's address is no URL")
		}
		p.URLs[u.Suffix] = base + real.Path
	}
	for _, o := range spec.Settings.Options {
		p.Options[o.Suffix] = o.Default
	}
	return p
}

// Client may call base and nothing else inside.
func Client(base string, now func() time.Time) *outbound.Client {
	return outbound.New(outbound.Options{
		Allow: []string{strings.TrimPrefix(base, "http://")}, Now: now, NoBreaker: true, Timeout: 5 * time.Second,
	})
}

// Serve stands a platform up whose every request answer decides.
func Serve(t testing.TB, m platform.Maker, answer func(Call) Answer) *Script {
	t.Helper()
	s := &Script{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(b))
		c := Call{r.Method, r.URL.Path, r.URL.Query(), form, r.Header.Get("Authorization"), string(b)}
		s.mu.Lock()
		s.calls = append(s.calls, c)
		s.mu.Unlock()
		a := answer(c)
		body := []byte(a.Body)
		if a.File != "" {
			var err error
			if body, err = os.ReadFile(filepath.Join("testdata", a.File)); err != nil {
				t.Errorf("read %s: %v", a.File, err)
			}
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		for k, v := range a.Header {
			w.Header().Set(k, v)
		}
		if a.Status != 0 {
			w.WriteHeader(a.Status)
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(srv.Close)
	now := func() time.Time { return Noon }
	client := Client(srv.URL, now)
	t.Cleanup(client.Close)
	s.URL, s.Settings = srv.URL, Settings(m.Spec, srv.URL)
	s.Platform = m.New(platform.Deps{Settings: s.Settings, HTTP: client, Now: now})
	return s
}

// Calls are the requests so far.
func (s *Script) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// Token is a live grant with canaries in it.
func Token() platform.Token {
	return platform.Token{
		Access: fault.Secret(Canary + "-access"), Refresh: fault.Secret(Canary + "-refresh"),
		IssuedAt: Noon.Add(-30 * 24 * time.Hour), ExpiresAt: Noon.Add(20 * 24 * time.Hour),
	}
}

// NoSecrets fails the test when a canary shows in an error, however it is printed.
func NoSecrets(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, s := range prints(err) {
		if strings.Contains(s, Canary) {
			t.Errorf("got %s, want no secret in it", s)
		}
	}
}

// WantCode fails the test unless err is a platform error with this code.
func WantCode(t testing.TB, err error, code fault.Code) *platform.Error {
	t.Helper()
	NoSecrets(t, err)
	e, ok := platform.AsError(err)
	if !ok {
		t.Fatalf("got %v, want a platform error %s", err, code)
	}
	if e.Code != code {
		t.Errorf("got %v, want %s", e, code)
	}
	return e
}

// Findings writes what probes found, in order.
func Findings(probes []platform.Probe) string {
	out := make([]string, len(probes))
	for i, p := range probes {
		out[i] = string(p.Found)
	}
	return strings.Join(out, ", ")
}
