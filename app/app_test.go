package app_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store/storetest"
)

// account is what a test reads of GET /api/analytics/socials/{platform}.
type account struct {
	Handle    string
	Freshness struct{ Status, Source string }
	Profile   struct{ FollowerCount, PostCount *int64 }
	Posts     []struct {
		ExternalID                                                string
		Caption, Title                                            *string
		ViewCount, LikeCount, CommentCount, ShareCount, SaveCount *int64
	}
}

// Pointed by its settings at another server, the same program does the same job: what that server
// holds is what the creator is shown, and each account costs no more calls than it must.
func TestTwoWitnesses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.creator("mina@example.com")
	for _, d := range tested.Declared() {
		back := b.consent(h.world, d.ID, sandbox.Choice{})
		if !strings.Contains(back, sandbox.Marker) {
			t.Fatalf("%s: got a code without the mark that leaks are found by, want one with it", d.ID)
		}
		b.lands(back, "/connections?success="+d.ID+"_connected")
		first := b.synced(d.ID, "")
		if first.State != "success" {
			t.Fatalf("%s: got %+v, want a success", d.ID, first)
		}
		h.compare(b, d.ID, d.PostLimit)

		h.world.ResetCalls()
		if a := b.post("/api/auth/"+d.ID+"/sync", nil); a.status != http.StatusAccepted {
			t.Fatalf("%s: got %d %s, want 202", d.ID, a.status, a.body)
		}
		if r := b.synced(d.ID, first.RunID); r.State != "success" {
			t.Fatalf("%s: got %+v, want a second success", d.ID, r)
		}
		h.compare(b, d.ID, d.PostLimit)
		h.cost(d.ID)
	}
	h.stop()
	h.noCanary()
}

// compare holds what the creator is shown against the world.
func (h *house) compare(b *browser, platform string, limit int) {
	h.t.Helper()
	who := h.world.Accounts(platform)[0]
	truth, _ := h.world.Profile(platform, who.ID)
	followers := truth.Followers
	if platform == "youtube" && followers != nil {
		n := sandbox.ThreeFigures(*followers)
		followers = &n
	}
	var got account
	b.read("/api/analytics/socials/"+platform, &got)
	if got.Freshness.Status != "fresh" || got.Freshness.Source != "live" ||
		strings.TrimPrefix(got.Handle, "@") != who.Handle {
		h.t.Errorf("%s: got %s, %+v, want @%s, fresh and live", platform, got.Handle, got.Freshness, who.Handle)
	}
	h.same(platform+": followers", got.Profile.FollowerCount, followers)
	h.same(platform+": posts", got.Profile.PostCount, &truth.Posts)
	if page := b.get("/dashboard/" + platform); page.status != http.StatusOK || followers == nil ||
		!strings.Contains(page.body, grouped(*followers)) {
		h.t.Errorf("%s: got a page with status %d, want 200 and %s followers on it", platform, page.status, number(followers))
	}
	posts := h.world.Posts(platform, who.ID)
	posts = posts[:h.public(platform, who.ID, posts, limit)]
	if len(got.Posts) != len(posts) {
		h.t.Fatalf("%s: got %d posts, want %d", platform, len(got.Posts), len(posts))
	}
	for i, p := range got.Posts {
		want := posts[i]
		if p.ExternalID != want.ID {
			h.t.Fatalf("%s: got %s as post %d, want %s", platform, p.ExternalID, i, want.ID)
		}
		at := platform + " " + want.ID
		text := ""
		if p.Caption != nil {
			text = *p.Caption
		}
		if text != want.Caption {
			h.t.Errorf("%s: got caption %q, want %q", at, text, want.Caption)
		}
		h.same(at+": views", p.ViewCount, want.Views)
		h.same(at+": likes", p.LikeCount, want.Likes)
		h.same(at+": comments", p.CommentCount, want.Comments)
		h.same(at+": shares", p.ShareCount, want.Shares)
		h.same(at+": saves", p.SaveCount, want.Saves)
	}
}

// public is how many of an account's newest entries are posts that everybody can see.
func (h *house) public(platform, externalID string, posts []sandbox.Post, limit int) int {
	n := 0
	for _, e := range h.world.List(platform, externalID, 0, limit) {
		if slices.ContainsFunc(posts, func(p sandbox.Post) bool { return p.ID == e.ID }) {
			n++
		}
	}
	return n
}

// cost holds what one sync cost against what it has to cost.
func (h *house) cost(platform string) {
	h.t.Helper()
	calls, total := h.world.Calls(platform), int64(0)
	for endpoint, n := range calls {
		if !strings.Contains(endpoint, "token") {
			total += n
		}
	}
	const want = 2 // the list of uploads is read when the count of videos moves, or weekly
	if platform == "youtube" {
		total = h.world.Units(platform)
	}
	if total != want {
		h.t.Errorf("%s: a sync cost %d, want %d: %v", platform, total, want, calls)
	}
}

// noCanary looks for codes, tokens and client secrets where none may be.
func (h *house) noCanary() {
	h.t.Helper()
	find := func(where, text string) {
		if at := strings.Index(text, sandbox.Marker); at >= 0 {
			h.t.Errorf("got a secret in %s, want none: %q", where, text[max(0, at-80):min(len(text), at+20)])
		}
	}
	find("the log", h.log.String())
	find("an answer", h.seen.String())
	if h.log.String() == "" || h.seen.String() == "" {
		h.t.Error("got an empty log or no answers, want some to search")
	}
	stored := storetest.Text(h.t, h.database)
	if !strings.Contains(stored, "@example.com") {
		h.t.Error("got nothing of what is stored, want it to search")
	}
	find("the database", stored)
}

func (h *house) same(what string, got, want *int64) {
	h.t.Helper()
	if number(got) != number(want) {
		h.t.Errorf("%s: got %s, want %s", what, number(got), number(want))
	}
}

func number(n *int64) string {
	if n == nil {
		return "unknown"
	}
	return fmt.Sprint(*n)
}

// grouped is a number as a page writes it.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// N3: a place that alerts cannot go to stops the start with one line, which does not print it.
func TestAnUnusableAlertAddressStopsTheStart(t *testing.T) {
	t.Parallel()
	a, err := app.Open(t.Context(), app.Options{Platforms: tested, Config: load(t, map[string]string{
		"DATABASE_URL": "sqlite://" + filepath.Join(
			t.TempDir(),
			"t.db",
		), "ALERT_URLS": "https://hooks.example.com/x,gopher://CANARY",
	})})
	if err == nil {
		_ = a.Close()
		t.Fatal("got it started")
	}
	if s := err.Error(); !strings.HasPrefix(s, "ALERT_URLS ") || !strings.Contains(s, "number 2, gopher") ||
		strings.Contains(s, "CANARY") ||
		strings.Contains(s, "\n") {
		t.Errorf("got %q, want one line that names the place", s)
	}
}
