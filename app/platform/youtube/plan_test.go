package youtube

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/platform/youtube/youtubefake"
	"github.com/truecount/truecount/app/sandbox"
)

// diary is a channel that is read day after day, with what the syncer would remember of it.
type diary struct {
	t     *testing.T
	world *sandbox.World
	p     platform.Platform
	token platform.Token

	mu    sync.Mutex
	at    time.Time
	known map[string]platform.Known
	list  time.Time
	count *int64
}

func (d *diary) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

func newDiary(t *testing.T, statsQuota int64, around func(http.Handler) http.Handler) *diary {
	t.Helper()
	d := &diary{t: t, at: platformtest.Noon, known: map[string]platform.Known{}}
	srv := httptest.NewServer(nil)
	settings := platformtest.Settings(spec, srv.URL)
	settings.Quotas[stats] = []config.Rate{{Limit: statsQuota, Per: "day"}}
	var err error
	d.world, err = sandbox.Open(sandbox.Options{Now: d.now, Seed: 3, Clients: map[string]sandbox.Client{
		id: {ID: settings.ClientID, Secret: settings.ClientSecret.Reveal(), RedirectURIs: []string{settings.RedirectURI}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	fake := youtubefake.New(d.world)
	if around != nil {
		fake = around(fake)
	}
	srv.Config.Handler = fake
	t.Cleanup(func() { _ = d.world.Close(); srv.Close() })
	client := platformtest.Client(srv.URL, d.now)
	t.Cleanup(client.Close)
	d.p = Maker.New(platform.Deps{Settings: settings, HTTP: client, Now: d.now})
	verifier := fault.Random()
	back, err := d.world.Consent(
		id,
		d.p.AuthorizeURL(
			platform.AuthRequest{
				RedirectURI: settings.RedirectURI,
				State:       "s",
				Challenge:   platform.Challenge(platform.PKCES256, verifier),
			},
		),
		sandbox.Choice{},
	)
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(back, "?")
	code := ""
	for part := range strings.SplitSeq(query, "&") {
		if v, ok := strings.CutPrefix(part, "code="); ok {
			code = strings.ReplaceAll(v, "%2F", "/")
		}
	}
	d.token, err = d.p.Exchange(
		t.Context(),
		platform.Exchange{Code: fault.Secret(code), RedirectURI: settings.RedirectURI, Verifier: verifier},
	)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// read makes one day's reading and remembers it.
func (d *diary) read() platform.Batch {
	d.t.Helper()
	if fresh, err := d.p.Refresh(d.t.Context(), d.token); err == nil {
		fresh.Refresh = d.token.Refresh
		d.token = fresh
	}
	p, err := d.p.Profile(d.t.Context(), d.token)
	if err != nil {
		d.t.Fatal(err)
	}
	q := platform.PostQuery{Limit: 50, Profile: p, Listed: d.list, Count: d.count}
	for _, k := range d.known {
		q.Known = append(q.Known, k)
	}
	slices.SortFunc(q.Known, func(a, b platform.Known) int { return b.PostedAt.Compare(a.PostedAt) })
	b, err := d.p.Posts(d.t.Context(), d.token, q)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, x := range b.Posts {
		k := d.known[x.ExternalID]
		k.ExternalID, k.SeenAt = x.ExternalID, d.now()
		if !x.CountersOnly {
			k.PostedAt, k.ReadAt = x.PostedAt, d.now()
		}
		d.known[x.ExternalID] = k
	}
	for _, gone := range b.Gone {
		delete(d.known, gone)
	}
	if b.Listed {
		d.list, d.count = d.now(), p.Posts
	}
	return b
}

func (d *diary) turn(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = d.at.Add(by)
}

// J11, K1: a month of one channel costs what the plans promise, every number is right each day, and no
// title or number of a stored video grows older than 30 days.
func TestAMonth(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		stats int64
		most  float64 // units a day of the default bucket, on average
	}{{"by name", 0, 2.6}, {"statistics apart", 10000, 1.9}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := newDiary(t, tc.stats, nil)
			account := d.world.Accounts(id)[0].ID
			d.read()
			d.world.ResetCalls()
			const days = 60
			for range days {
				d.turn(24 * time.Hour)
				b := d.read()
				got := map[string]platform.Post{}
				for _, p := range b.Posts {
					got[p.ExternalID] = p
				}
				for i, want := range d.world.Posts(id, account)[:45] { // the list of fifty holds some traces
					if want.PublishedAt.After(d.now()) {
						continue // announced only: no count moves for it, so it comes with the week's list
					}
					p, ok := got[want.ID]
					if !ok {
						t.Fatalf(
							"%s: got no video %d of the newest: %+v, listed %t, count %s, newest %+v",
							d.now().Format(time.RFC3339),
							i,
							want,
							b.Listed,
							show(d.count),
							b.Posts[0],
						)
					}
					if !p.CountersOnly && p.Title != want.Title || show(p.Views) != show(want.Views) ||
						show(p.Likes) != show(want.Likes) {
						t.Fatalf("%s: got %+v, want %+v", d.now().Format(time.DateOnly), p, want)
					}
				}
				for _, k := range d.known {
					if d.now().Sub(k.ReadAt) > 30*24*time.Hour || d.now().Sub(k.SeenAt) > 30*24*time.Hour {
						t.Fatalf(
							"%s: video %s was last read %s and seen %s",
							d.now().Format(time.DateOnly),
							k.ExternalID,
							k.ReadAt,
							k.SeenAt,
						)
					}
				}
			}
			calls := d.world.Calls(id)
			spent := calls["/youtube/v3/channels"] + calls["/youtube/v3/playlistItems"] + calls["/youtube/v3/videos"]
			if avg := float64(spent) / days; avg > tc.most {
				t.Errorf("got %.2f units a day (%v), want at most %.1f", avg, calls, tc.most)
			}
			if got := calls["/youtube/v3/videos:batchGetStats"]; (got > 0) != (tc.stats > 0) {
				t.Errorf("got %d readings of statistics alone", got)
			}
		})
	}
}

// P8: a video that is not returned by its name is gone; what the list alone does not show is not.
func TestGone(t *testing.T) {
	t.Parallel()
	hidden, list := "", ""
	d := newDiary(t, 0, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/videos") && hidden != "" {
				q := r.URL.Query()
				q.Set("id", strings.ReplaceAll(q.Get("id"), hidden, "aaaaaaaaaaa"))
				r.URL.RawQuery = q.Encode()
			}
			if strings.HasSuffix(r.URL.Path, "/playlistItems") && list != "" {
				rec := httptest.NewRecorder()
				next.ServeHTTP(rec, r)
				_, _ = w.Write([]byte(strings.ReplaceAll(rec.Body.String(), list, "bbbbbbbbbbb")))
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	first := d.read()
	victim := first.Posts[3].ExternalID
	d.turn(time.Hour)
	list = victim
	d.list = time.Time{} // the list is read anew
	if b := d.read(); len(b.Gone) != 0 ||
		!slices.ContainsFunc(b.Posts, func(p platform.Post) bool { return p.ExternalID == victim }) {
		t.Errorf("got %v gone, want a video that the list forgot to be asked for and found", b.Gone)
	}
	hidden = victim
	if b := d.read(); !slices.Equal(b.Gone, []string{victim}) {
		t.Errorf("got %v gone, want the video that is not returned", b.Gone)
	}
}

// Where the method of statistics is not to be had, the ordinary one does its work in the same reading.
func TestWithoutStatistics(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]sandbox.Fault{
		"not offered": {Kind: sandbox.FaultStatus, Status: 404, Body: `<html>not found`}, "not enabled": {Kind: sandbox.FaultStatus, Status: 403},
		"spent": {Kind: sandbox.FaultAppLimit}, "nonsense": {Kind: sandbox.FaultHTML},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDiary(t, 10000, nil)
			first := d.read()
			f.Platform, f.Endpoint = id, "/youtube/v3/videos:batchGetStats"
			d.world.AddFault(f)
			d.turn(time.Hour)
			b := d.read()
			if len(b.Posts) != len(first.Posts) || len(b.Gaps) != 0 || b.Posts[0].CountersOnly {
				t.Errorf("got %d posts, gaps %v, want the %d read whole", len(b.Posts), b.Gaps, len(first.Posts))
			}
		})
	}
}

// The recorded statistics, and the two shapes nobody has seen in life yet.
func TestStatisticsRecorded(t *testing.T) {
	t.Parallel()
	known := []platform.Known{}
	for _, v := range []string{"QVVk3tnrVmQ", "3KCr7MCnJlw", "G1tHzUGdMwY"} {
		known = append(
			known,
			platform.Known{ExternalID: v, ReadAt: platformtest.Noon, SeenAt: platformtest.Noon, PostedAt: platformtest.Noon},
		)
	}
	n := int64(3)
	q := platform.PostQuery{
		Limit:   50,
		Profile: platform.Profile{ExternalID: "UC1", Posts: &n},
		Known:   known,
		Listed:  platformtest.Noon,
		Count:   &n,
	}
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{File: "videos_batch_get_stats.json"}))
	settings := s.Settings
	settings.Quotas = map[string][]config.Rate{stats: {{Limit: 100, Per: "day"}}}
	client := platformtest.Client(s.URL, func() time.Time { return platformtest.Noon })
	t.Cleanup(client.Close)
	p := Maker.New(platform.Deps{Settings: settings, HTTP: client, Now: func() time.Time { return platformtest.Noon }})
	b, err := p.Posts(t.Context(), platformtest.Token(), q)
	if err != nil || len(b.Posts) != 3 || len(s.Calls()) != 1 || b.Listed {
		t.Fatalf("got %d posts in %d calls, listed %t, %v, want 3 in 1", len(b.Posts), len(s.Calls()), b.Listed, err)
	}
	for _, x := range b.Posts {
		if x.ExternalID == "QVVk3tnrVmQ" {
			number(t, "views", x.Views, 39973)
			number(t, "comments", x.Comments, 819)
			number(t, "duration", x.DurationSeconds, 612)
			if !x.CountersOnly {
				t.Error("got a whole post, want its counters alone")
			}
		}
	}
}

// A page token that the platform no longer takes starts the list once more, and only once.
func TestInvalidPageToken(t *testing.T) {
	t.Parallel()
	for _, forever := range []bool{false, true} {
		refused := 0
		s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
			switch {
			case strings.HasSuffix(c.Path, "/videos"):
				return platformtest.Answer{File: "videos_list_two.json"}
			case c.Query.Has("pageToken") && (forever || refused == 0):
				refused++
				return platformtest.Answer{Status: 400, Body: `{"error":{"code":400,"errors":[{"reason":"invalidPageToken"}]}}`}
			case c.Query.Has("pageToken"):
				return platformtest.Answer{File: "playlist_items_page_2.json"}
			}
			return platformtest.Answer{File: "playlist_items_page_1.json"}
		})
		q := channelOf
		q.Limit = 100
		b, err := s.Platform.Posts(t.Context(), platformtest.Token(), q)
		if (err != nil) != forever || len(b.Posts) != 2 || refused > 2 {
			t.Errorf("for ever %t: got %d posts after %d refusals, %v", forever, len(b.Posts), refused, err)
		}
	}
}
