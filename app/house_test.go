package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/viewer"
)

// patience is how long a test waits for something that comes in its own time.
const patience = 2 * time.Minute

const password = "correct horse battery"

// transcript is text that several goroutines add to: the log, and every answer a browser was given.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *transcript) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// tested is the platforms that the walks of this package are about: their tests count accounts and name what each
// platform does. A further platform in the built-in list changes none of them.
var tested = slices.DeleteFunc(all.Platforms(), func(e all.Entry) bool {
	return !slices.Contains([]string{"instagram", "tiktok", "youtube"}, e.Maker.Spec.ID)
})

// abroad is the three platforms on a server of their own. Its clock stands, so that the numbers
// it tells are the same at the beginning and at the end of a test.
func abroad(t *testing.T, base string, around func(http.Handler) http.Handler) (w *sandbox.World, address string) {
	t.Helper()
	now := time.Now().UTC()
	return abroadAt(t, base, around, func() time.Time { return now })
}

// abroadAt is abroad with a clock.
func abroadAt(
	t *testing.T,
	base string,
	around func(http.Handler) http.Handler,
	now func() time.Time,
) (w *sandbox.World, address string) {
	t.Helper()
	clients := map[string]sandbox.Client{}
	for _, d := range tested.Declared() {
		clients[d.ID] = sandbox.Client{
			ID:           "app-" + d.ID,
			Secret:       sandbox.Marker + "-secret-of-" + d.ID,
			RedirectURIs: []string{base + config.CallbackPath(d.ID)},
		}
	}
	w, err := sandbox.Open(sandbox.Options{Now: now, Seed: 7, Clients: clients})
	if err != nil {
		t.Fatal(err)
	}
	tested.Mount(w)
	h := w.Handler()
	if around != nil {
		h = around(h)
	}
	fake := httptest.NewServer(h)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		fake.Close()
	})
	return w, fake.URL
}

// settings are what an operator would set to use platforms found at another address.
func settings(t *testing.T, w *sandbox.World, address, base, database string) map[string]string {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := vault.NewFile(keys); err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{
		"ADDR": "127.0.0.1:0", "DATABASE_URL": database, "ENCRYPTION_KEYS": keys, "SYNC_INTERVAL_MIN": "0", "JOBS_SECRET": "the-outside-clock",
	}
	if base != "" {
		vars["BASE_URL"] = base
	}
	far := fmt.Sprintf("0 %d * * *", time.Now().UTC().Add(12*time.Hour).Hour()) // no schedule comes round during a test
	for _, d := range tested.Declared() {
		pre, client := strings.ToUpper(d.ID)+"_", w.Client(d.ID)
		vars[pre+d.ClientID], vars[pre+d.ClientSecret], vars[pre+"SYNC_DELAY"] = client.ID, client.Secret, "0"
		vars[pre+"SYNC_CRON"] = far
		for _, u := range d.URLs {
			real, err := url.Parse(u.Default)
			if err != nil {
				t.Fatal(err)
			}
			vars[pre+u.Suffix] = address + sandbox.Prefix + "/" + d.ID + real.Path
		}
	}
	return vars
}

func load(t *testing.T, vars map[string]string) config.Config {
	t.Helper()
	c, err := config.Load(vars, tested.Declared())
	if err != nil {
		t.Fatal(err)
	}
	c.DataDir = t.TempDir()
	return c
}

// house is the program, running against platforms on another server.
type house struct {
	*app.Server
	t        *testing.T
	world    *sandbox.World
	database string
	log      *transcript
	seen     *transcript
	stop     func()
}

func newHouse(t *testing.T) *house { return newHouseWith(t, nil) }

// newHouseWith opens a house with further settings.
func newHouseWith(t *testing.T, more map[string]string) *house { return newHouseAt(t, more, nil) }

// newHouseAt is newHouseWith with a clock; nil: the machine's.
func newHouseAt(t *testing.T, more map[string]string, now func() time.Time) *house {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	h := &house{t: t, log: &transcript{}, seen: &transcript{}, database: storetest.URL(t)}
	var address string
	h.world, address = abroad(t, base, nil)
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	vars := settings(t, h.world, address, base, h.database)
	maps.Copy(vars, more)
	h.Server, err = app.Start(
		t.Context(),
		app.Options{Platforms: tested, Config: load(t, vars), Log: log, Now: now},
		l,
		func(string) {},
	)
	if err != nil {
		t.Fatal(err)
	}
	h.stop = sync.OnceFunc(func() {
		if err := h.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	t.Cleanup(h.stop)
	return h
}

// creator makes a creator and gives their browser, signed in.
func (h *house) creator(email string) *browser {
	h.t.Helper()
	_, err := h.Auth.Create(
		viewer.System(h.t.Context(), viewer.ReasonTest),
		auth.NewUser{Email: email, Name: "Mina", Role: "creator", Password: fault.Secret(password)},
	)
	if err != nil {
		h.t.Fatal(err)
	}
	b := h.browser()
	if got := b.post("/login", url.Values{"email": {email}, "password": {password}}); got.status != http.StatusSeeOther ||
		got.location != "/dashboard" {
		h.t.Fatalf("sign in: got %d to %q, want 303 to /dashboard", got.status, got.location)
	}
	return b
}

// browser is a browser at the house that nobody has signed in with.
func (h *house) browser() *browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{t: h.t, base: h.URL, seen: h.seen, http: &http.Client{
		Jar: jar, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// browser follows no redirect and keeps its cookies.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
	seen *transcript
}

type answer struct {
	status   int
	location string
	body     string
}

func (b *browser) get(path string) answer { return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, form url.Values) answer {
	return b.do(http.MethodPost, path, form)
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.base + path
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.send(r)
}

func (b *browser) send(r *http.Request) answer {
	b.t.Helper()
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, location: res.Header.Get("Location"), body: string(body)}
	_, _ = b.seen.Write(body)
	if !strings.Contains(a.location, sandbox.Prefix) { // the platform's own consent page
		_, _ = b.seen.Write([]byte(a.location))
	}
	return a
}

// read decodes the JSON of a route that must answer 200.
func (b *browser) read(path string, v any) {
	b.t.Helper()
	a := b.get(path)
	if a.status != http.StatusOK {
		b.t.Fatalf("%s: got %d %s, want 200", path, a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		b.t.Fatalf("%s: %v", path, err)
	}
}

// begin starts a platform's consent and gives the address the browser is sent to.
func (b *browser) begin(platform string) string {
	b.t.Helper()
	a := b.post("/connect/"+platform, url.Values{})
	if a.status != http.StatusSeeOther {
		b.t.Fatalf("connect %s: got %d %s, want 303", platform, a.status, a.body)
	}
	return a.location
}

// consent answers the platform's consent page and gives the address the browser is sent back to.
func (b *browser) consent(w *sandbox.World, platform string, c sandbox.Choice) string {
	b.t.Helper()
	back, err := w.Consent(platform, b.begin(platform), c)
	if err != nil {
		b.t.Fatalf("consent on %s: %v", platform, err)
	}
	return back
}

// lands opens an address and expects to be sent on.
func (b *browser) lands(address, want string) {
	b.t.Helper()
	if got := b.get(address); got.status != http.StatusSeeOther || got.location != want {
		b.t.Fatalf("got %d to %q, want 303 to %s", got.status, got.location, want)
	}
}

// newest is the newest run of a platform's primary connection.
type newest struct {
	RunID     string
	State     string
	ErrorCode *string
}

// synced waits until the newest run has ended, and it is not the one named.
func (b *browser) synced(platform, before string) newest {
	b.t.Helper()
	var r newest
	until(b.t, "a sync of "+platform+" to end", func() bool {
		b.read("/api/auth/"+platform+"/sync", &r)
		switch r.State {
		case "success", "partial", "failed", "dead":
			return r.RunID != before
		}
		return false
	})
	return r
}

// until looks again and again whether something has happened.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	within(t, patience, what, done)
}

func within(t *testing.T, patience time.Duration, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited %s for %s", patience, what)
		case <-tick.C:
		}
	}
}
