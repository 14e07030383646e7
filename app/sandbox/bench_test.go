package sandbox

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"
)

// noon is when tests happen.
var noon = time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

const back = "https://count.example.com/callback"

// pretended is a small platform of each kind: one with insights and two ids, one with hex challenges, one with traces.
var pretended = map[string]Fake{
	"instagram": {
		Traits: Traits{
			AccessPrefix: "IGAA",
			AltID:        func(key uint64) string { return strconv.FormatUint(Draw(key, 2), 36) },
			CodeLife:     time.Hour,
			Insights:     true,
			Shares:       true,
		},
		Accounts: []Seed{
			seed(
				"mina.makes",
				[8]PostKind{PostImage, PostImage, PostImage, PostCarousel, PostCarousel, PostReel, PostReel, PostReel},
			),
			{Account: Account{Handle: "tomi.private", Unreadable: "not_professional"}, Since: Begin, Base: 310},
		},
	},
	"tiktok": {
		Traits: Traits{AccessPrefix: "act.", RefreshPrefix: "rft.", HexPKCE: true, Shares: true, ShortVideos: true},
		Accounts: []Seed{
			seed(
				"minamakes",
				[8]PostKind{PostVideo, PostVideo, PostVideo, PostVideo, PostVideo, PostVideo, PostVideo, PostPhoto},
			),
			{Account: Account{Handle: "justlooking"}, Since: Begin, Base: 4},
		},
	},
	"youtube": {
		Traits: Traits{
			AccessPrefix:     "ya29.",
			RefreshPrefix:    "1//0",
			RoundedFollowers: true,
			Tombstones:       true,
			AnnouncesLives:   true,
		},
		Accounts: []Seed{
			seed(
				"minamakes",
				[8]PostKind{PostVideo, PostVideo, PostVideo, PostVideo, PostShort, PostShort, PostShort, PostLive},
			),
			{Account: Account{Handle: "hush", Hidden: true}, Since: Begin, Base: 9},
		},
	},
}

func seed(handle string, kinds [8]PostKind) Seed {
	return Seed{
		Account: Account{
			Handle: handle,
			Name:   "Mina Park",
			Bio:    DemoBio,
			Kind:   KindCreator,
		}, Since: Begin, Base: 20500, Daily: 18, Jump: 540,
		First: Begin.AddDate(
			1,
			0,
			0,
		), Every: 2 * day, Kinds: kinds, ViewRate: 0.4, Spread: 0.5, LikeRate: 0.06, InsightsLate: 3 * time.Hour, MissingCounters: true,
	}
}

// settled opens the platforms of a world.
func settled(w *World, err error) (*World, error) {
	if err != nil {
		return nil, err
	}
	for platform, f := range pretended {
		f.Platform = platform
		w.Serve(f)
	}
	return w, nil
}

func clients() map[string]Client {
	out := map[string]Client{}
	for p := range pretended {
		out[p] = Client{ID: p + "-app", Secret: Marker + "-secret", RedirectURIs: []string{back}}
	}
	return out
}

// world opens a world of its own for a test.
func world(t *testing.T, path string) (*World, *clock) {
	t.Helper()
	c := &clock{at: noon}
	w, err := settled(Open(Options{Path: path, Now: c.now, Seed: 7, Clients: clients()}))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w, c
}

// toy is a platform's fake with next to nothing in it, under the name of tiktok.
func toy(w *World) http.Handler {
	front := w.Serve(Fake{
		Platform: "tiktok",
		Dialog: Dialog{
			Platform: "tiktok", Name: "Toy & Co", Paths: []string{"/v2/auth/"}, Client: "client_key", Between: ",",
			Scopes: []Permission{
				{Name: "basic", Label: "Read <b>all</b>", Required: true},
				{Name: "stats", Label: "Read counts"},
				{Name: "list", Label: "Read posts"},
			},
			Granted: "scopes", Join: ",", With: url.Values{"extra": {"1"}}, Fragment: "#_", Denied: url.Values{"error": {"access_denied"}},
			Words: func(p string) string { return "correct the following: " + p },
		},
		Refuse: func(rw http.ResponseWriter, _ *http.Request, f Fault) {
			rw.WriteHeader(f.Status)
			_, _ = rw.Write([]byte("toy says " + f.Kind))
		},
		Unknown: http.NotFound,
	})
	front.Handle(http.MethodGet, "/v2/{what}/list/", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write([]byte(`{"what":"` + r.PathValue("what") + `","long":"0123456789012345678901234567890123456789"}`))
	})
	return front
}

// serve puts a handler on the net.
func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// ask is a well-formed authorization request.
func ask(change map[string]string) string {
	q := url.Values{
		"client_key":    {"tiktok-app"},
		"redirect_uri":  {back},
		"response_type": {"code"},
		"scope":         {"basic,stats,list"},
		"state":         {"st-1"},
	}
	for k, v := range change {
		if v == "" {
			q.Del(k)
		} else {
			q.Set(k, v)
		}
	}
	return "/v2/auth/?" + q.Encode()
}

// consent gives the parameters of the callback.
func consent(t *testing.T, w *World, change map[string]string, c Choice) url.Values {
	t.Helper()
	to, err := w.Consent("tiktok", ask(change), c)
	if err != nil {
		t.Fatalf("consent: %v", err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatalf("callback URL: %v", err)
	}
	return u.Query()
}

// redeem trades a callback's code in.
func redeem(w *World, q url.Values, verifier string) (Grant, error) {
	return w.Redeem(
		"tiktok",
		Redemption{
			ClientID:     "tiktok-app",
			ClientSecret: Marker + "-secret",
			Code:         q.Get("code"),
			RedirectURI:  back,
			Verifier:     verifier,
		},
	)
}

// granted is a fresh grant of the first account.
func granted(t *testing.T, w *World) Grant {
	t.Helper()
	toy(w)
	g, err := redeem(w, consent(t, w, nil, Choice{}), "")
	if err != nil {
		t.Fatalf("redeem: %v", err)
	}
	return g
}

// must gives the value of a call that has to work.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("got %v, want no error", err)
		}
		return v
	}
}
