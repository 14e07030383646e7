package app_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/words"
)

// A figure's page leads back to the page that it was opened from, and to no other site.
func TestExplainLeadsBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mina := h.creator("mina@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	back := regexp.MustCompile(`(?s)<a class="p-cell" href="([^"]*)">.*?(Back to [A-Za-z]+)`)
	for from, want := range map[string][2]string{
		"/dashboard?metric=views&span=7d": {"/dashboard?metric=views&span=7d", "Back to Overview"},
		"/dashboard/tiktok?span=7d":       {"/dashboard/tiktok?span=7d", "Back to TikTok"},
		"":                                {"/dashboard", "Back to Overview"},
		"https://evil.example/dashboard":  {"/dashboard", "Back to Overview"},
		"//evil.example":                  {"/dashboard", "Back to Overview"},
		"javascript:alert(1)":             {"/dashboard", "Back to Overview"},
		"/admin":                          {"/dashboard", "Back to Overview"},
	} {
		page := mina.get("/explain?metric=followers&back=" + url.QueryEscape(from))
		got := back.FindStringSubmatch(page.body)
		if got == nil || html.UnescapeString(got[1]) != want[0] || got[2] != want[1] {
			t.Errorf("from %q: got %q, want %q", from, got, want)
		}
		if strings.Contains(page.body, "evil.example") || strings.Contains(page.body, "alert(1)") {
			t.Errorf("from %q: got it on the page", from)
		}
	}
	// Each number of a page names the page as the way back.
	for _, page := range []string{"/dashboard?span=7d", "/dashboard/tiktok?span=7d"} {
		for _, l := range whyLink.FindAllStringSubmatch(mina.get(page).body, -1) {
			address, err := url.Parse(html.UnescapeString(l[1]))
			if err != nil || !strings.HasPrefix(address.Query().Get("back"), strings.Split(page, "?")[0]+"?") {
				t.Errorf("%s: got %q, want the page as the way back", page, l[1])
			}
		}
	}
	// A part of the page is the drawer of another one: no shell, and a button that closes it.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+"/explain?metric=followers", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Request-Type", "partial")
	drawer := mina.send(r)
	if drawer.status != http.StatusOK || strings.Contains(drawer.body, "<html") || !strings.Contains(drawer.body, "data-leave autofocus") ||
		!strings.Contains(drawer.body, `hx-target="#drawer"`) {
		t.Errorf("got %d %.80q, want the drawer's content alone", drawer.status, drawer.body)
	}
}

// The day that is not over is not counted as missing.
func TestTodayIsNotMissing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mina := h.creator("mina@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	today := time.Now().UTC().Format(time.DateOnly)
	page := mina.get("/explain?metric=views_gained&from=" + today + "&to=" + today).body
	if !strings.Contains(page, "Today is not over and not counted.") || strings.Contains(page, "of 1 days") ||
		!strings.Contains(page, "p-bar-open") {
		t.Error("got today counted, want it told apart")
	}
	// The citation counts the days as the strip does.
	gained := html.UnescapeString(mina.get("/explain?metric=posts_published&span=7d").body)
	strip := regexp.MustCompile(`<strong>(\d of 6 days)</strong>`).FindStringSubmatch(gained)
	if strip == nil || !strings.Contains(gained, strip[1]+" covered.") {
		t.Errorf("got %q in the strip, want the same in the citation", strip)
	}
	week := mina.get("/explain?metric=followers&span=7d").body
	if !strings.Contains(week, "of 6 days") || strings.Count(week, "p-bar-open") != 1 {
		t.Error("got another count of the days that are over, want 6 and one that is not")
	}
}

// A person types what the app shows, and reads the likely reasons, or that it is no number.
func TestWhatTheAppShows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mina := h.creator("mina@example.com")
	mina.lands(mina.consent(h.world, "youtube", sandbox.Choice{}), "/connections?success=youtube_connected")
	mina.synced("youtube", "")
	var said struct{ Value struct{ Value *float64 } }
	mina.read("/api/v1/numbers?metric=followers&span=7d", &said)
	if said.Value.Value == nil {
		t.Fatal("got no followers, want the demo's")
	}
	own := int64(*said.Value.Value)
	ask := func(shown string) answer {
		return mina.get("/explain?metric=followers&span=7d&tab=app&shown=" + url.QueryEscape(shown))
	}
	if a := mina.get("/explain?metric=followers&span=7d&tab=app"); a.status != http.StatusOK || strings.Contains(a.body, "explain-answer") ||
		!strings.Contains(a.body, `name="shown"`) || !strings.Contains(a.body, `name="tab" value="app"`) {
		t.Errorf("got %d, want the empty form", a.status)
	}
	a := ask(words.English.Exact(own))
	if a.status != http.StatusOK || !strings.Contains(a.body, "Both numbers are the same.") {
		t.Errorf("the same: got %d, want it said", a.status)
	}
	// The owner's app shows every subscriber; YouTube sends three digits.
	a = ask(words.English.Exact(own + 7))
	body := html.UnescapeString(a.body)
	if first := strings.Index(body, "<ol"); first < 0 || !strings.Contains(body, "That gives exactly the number here.") ||
		strings.Index(body, "YouTube rounds this number down to 3 digits") > strings.Index(body, "The app counts up to this minute") {
		t.Errorf("a few more: got no word of YouTube's rounding first")
	}
	if !strings.Contains(body, "+7") || !strings.Contains(body, words.English.Exact(own+7)) {
		t.Error("a few more: got no difference, want it and how the number was understood")
	}
	for _, shown := range []string{"many", "12.34", "<script>alert(1)</script>", strings.Repeat("9", 300)} {
		if a := ask(shown); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "This is not a number.") ||
			strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "explain-answer") {
			t.Errorf("%.20q: got %d, want the form with a clear line", shown, a.status)
		}
	}
	// Nothing to compare with is said, with the reason.
	if a := mina.get("/explain?metric=reach&span=7d&tab=app&shown=12"); a.status != http.StatusOK ||
		!strings.Contains(a.body, "Truecount has no number to compare with.") || strings.Contains(a.body, "<ol") {
		t.Errorf("a missing number: got %d, want it said", a.status)
	}
	if got := len(trail(t, h.Store.Client)); got > 5 {
		t.Errorf("got %d events, want nothing stored of a comparison", got)
	}
}

// Pages show what was known at a time, say so, and lead back to now; a time that cannot be meant is now.
func TestPagesAsKnownThen(t *testing.T) {
	t.Parallel()
	s, word := demo(t)
	mina := enter(t, s.URL, "creator@demo.test", word)
	then := time.Now().UTC().Add(-10 * 24 * time.Hour).Truncate(time.Second)
	at := url.QueryEscape(then.Format(time.RFC3339))
	said := "As Truecount knew it on " + words.English.Minute(then, time.UTC) + "."
	for _, path := range []string{"/dashboard?span=30d&metric=views", "/dashboard/tiktok?span=30d", "/explain?metric=views_gained&span=30d"} {
		page := mina.get(path + "&as_of=" + at)
		body := html.UnescapeString(page.body)
		if page.status != http.StatusOK || !strings.Contains(body, said) {
			t.Errorf("%s: got %d without %q", path, page.status, said)
		}
		now := regexp.MustCompile(`href="([^"]*)"[^>]*>Show current numbers`).FindStringSubmatch(body)
		if now == nil || strings.Contains(now[1], "as_of") {
			t.Errorf("%s: got %q, want a way back to now", path, now)
			continue
		}
		if back := mina.get(now[1]); back.status != http.StatusOK || strings.Contains(back.body, "As Truecount knew it") {
			t.Errorf("%s: got %d at the way back, want the page of now", path, back.status)
		}
		if last := then.Format("2 Jan 2006"); !strings.Contains(body, last) {
			t.Errorf("%s: got no %s, want the period to end then", path, last)
		}
		// The same number as the API gives for the same time.
		if l := whyLink.FindAllStringSubmatch(page.body, -1); strings.HasPrefix(path, "/dashboard") {
			for _, one := range l {
				address := html.UnescapeString(one[1])
				if !strings.Contains(address, "as_of=") {
					t.Errorf("%s: got %s, want it explained as of then", path, address)
				}
			}
			var number struct{ Value struct{ Value *float64 } }
			filter := ""
			if strings.Contains(path, "tiktok") {
				filter = "&platform=tiktok"
			}
			mina.read("/api/v1/numbers?metric=views_gained&span=30d&as_of="+at+filter, &number)
			if number.Value.Value == nil || !strings.Contains(body, `title="`+words.English.ExactFloat(*number.Value.Value)+`"`) {
				t.Errorf("%s: got no %v views, want the API's number", path, number.Value.Value)
			}
		}
		for _, bad := range []string{"yesterday", "2999-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "", "%00"} {
			page := mina.get(path + "&as_of=" + bad)
			if bad == "%00" { // no text at all: refused before any page
				continue
			}
			if page.status != http.StatusOK || strings.Contains(page.body, "As Truecount knew it") {
				t.Errorf("%s as of %q: got %d, want the page of now", path, bad, page.status)
			}
		}
	}
}

// The demo's days before the first sync have no calls, and the page says why.
func TestDemoDaysNameNoCalls(t *testing.T) {
	t.Parallel()
	s, word := demo(t)
	mina := enter(t, s.URL, "creator@demo.test", word)
	first := mina.synced("tiktok", "") // which may have come before the past was filled in
	if a := mina.post("/api/auth/tiktok/sync", url.Values{}); a.status != http.StatusAccepted {
		t.Fatalf("sync: got %d, want 202", a.status)
	}
	mina.synced("tiktok", first.RunID)
	past := time.Now().UTC().Add(-20 * 24 * time.Hour)
	days := "&from=" + past.Format(time.DateOnly) + "&to=" + past.Add(10*24*time.Hour).Format(time.DateOnly)
	page := html.UnescapeString(mina.get("/explain?metric=views_gained&platform=instagram" + days).body)
	if !strings.Contains(page, "These days are demo history") || strings.Contains(page, "API calls (") {
		t.Error("got no reason why there are no calls")
	}
	page = html.UnescapeString(mina.get("/explain?metric=views_gained&platform=tiktok&span=30d").body)
	if !strings.Contains(page, "API calls (") || !strings.Contains(page, `href="/connections#connection-`) ||
		strings.Contains(page, "These days are demo history") {
		t.Error("got no calls of a synced account, want them with the way to the sync")
	}
}

// cardMark finds the label of a card, and the mark in it.
var cardMark = regexp.MustCompile(`<span class="p-kpi-label">([^<]*)(<span class="p-calc")?`)

// What Truecount computed from YouTube's numbers carries the mark, and nothing else does; with derived figures off there
// is no mark at all.
func TestCalculatedMark(t *testing.T) {
	t.Parallel()
	for _, on := range []string{"true", "false"} {
		s, word := demoWith(t, map[string]string{"YOUTUBE_DERIVED_METRICS": on})
		mina := enter(t, s.URL, "creator@demo.test", word)
		for path, want := range map[string]bool{
			"/dashboard": true, "/dashboard/youtube": true, "/dashboard/tiktok": false, "/dashboard/instagram": false,
			"/explain?metric=views_gained": true, "/explain?metric=engagement_rate&platform=youtube": true,
			"/explain?metric=followers&platform=youtube": false, "/explain?metric=views_gained&platform=tiktok": false,
		} {
			got := strings.Contains(mina.get(path).body, "Calculated by Truecount")
			if want = want && on == "true"; got != want {
				t.Errorf("%s with derived figures %s: got the mark %t, want %t", path, on, got, want)
			}
		}
		// On the cards of an account: on what is computed, and not on what YouTube sends.
		cards := map[string]bool{}
		for _, m := range cardMark.FindAllStringSubmatch(mina.get("/dashboard/youtube").body, -1) {
			cards[strings.TrimSpace(m[1])] = m[2] != ""
		}
		if len(cards) < 4 || cards["Subscribers"] || cards["Views gained"] != (on == "true") ||
			cards["Engagement rate"] != (on == "true") {
			t.Errorf("with derived figures %s: got the mark on %v", on, cards)
		}
		// Of a figure of one account both the figure and its part carry it.
		page := mina.get("/explain?metric=engagement_rate&platform=youtube").body
		if got := strings.Count(page, "Calculated by Truecount"); got != map[string]int{"true": 2}[on] {
			t.Errorf("with derived figures %s: got %d marks on the explanation", on, got)
		}
	}
}
