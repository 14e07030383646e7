package app_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/words"
)

// whyLink finds the addresses at which a page's big numbers are explained.
var whyLink = regexp.MustCompile(`<a class="p-kpi-why" href="([^"]+)"[^>]*aria-label="Explain ([^"]+)"`)

// V2: each big number of the overview and of an account leads to its explanation, which shows the same number as the
// API; what cannot be meant gives the nearest page, and a metric that there is not is not found.
func TestExplainPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mina, omar := h.creator("mina@example.com"), h.creator("omar@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	omar.lands(omar.consent(h.world, "youtube", sandbox.Choice{}), "/connections?success=youtube_connected")
	omar.synced("youtube", "")
	var list struct {
		Items []struct{ ID, Handle string }
	}
	omar.read("/api/v1/connections", &list)
	other := list.Items[0]
	mina.read("/api/v1/connections", &list)
	own := list.Items[0]

	for _, page := range []string{"/dashboard", "/dashboard/tiktok"} {
		links := whyLink.FindAllStringSubmatch(mina.get(page).body, -1)
		if len(links) != 5 {
			t.Errorf("%s: got %d numbers explained, want 5", page, len(links))
		}
		for _, l := range links {
			address := html.UnescapeString(l[1])
			if strings.Contains(address, "connection="+own.ID) != (page != "/dashboard") {
				t.Errorf("%s: got %s, want it of what the page is of", page, address)
			}
			got := mina.get(address)
			if got.status != http.StatusOK || !strings.Contains(got.body, "<h1 ") || !strings.Contains(got.body, "Explain") {
				t.Errorf("%s: got %d, want the page", address, got.status)
			}
			json := regexp.MustCompile(`href="(/api/v1/explain[^"]+)"`).FindStringSubmatch(got.body)
			if json == nil {
				t.Fatalf("%s: got no link to JSON", address)
			}
			var said struct {
				Value   struct{ Value *float64 }
				Formula string
				Calls   []struct{ Endpoint string }
			}
			mina.read(html.UnescapeString(json[1]), &said)
			body := html.UnescapeString(got.body)
			if said.Value.Value != nil && !strings.Contains(body, words.English.ExactFloat(*said.Value.Value)) {
				t.Errorf("%s: got no %v on the page", address, *said.Value.Value)
			}
			for _, c := range said.Calls {
				if !strings.Contains(body, c.Endpoint) {
					t.Errorf("%s: got no call of %s on the page", address, c.Endpoint)
				}
			}
			if !strings.Contains(body, said.Formula) {
				t.Errorf("%s: got no formula on the page", address)
			}
		}
	}
	usual := mina.get("/explain?metric=followers").body
	for _, odd := range []string{
		"&span=3d", "&from=2026-02-30&to=2026-03-02", "&from=2030-01-01&to=2029-01-01", "&zone=Mars/Olympus", "&platform=threads",
		"&connection=" + other.ID, "&connection=x&platform=y&media_type=z&compare=never", "&as_of=yesterday",
		"&as_of=2999-01-01T00:00:00Z", "&media_type=song", "&colour=red", "&platform=%ff",
	} {
		got := mina.get("/explain?metric=followers" + odd)
		if odd == "&platform=%ff" { // no text at all: refused before any page
			if got.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: got %d, want 422", odd, got.status)
			}
			continue
		}
		if got.status != http.StatusOK || strings.Contains(got.body, other.ID) || strings.Contains(got.body, "YouTube <bdi>") ||
			!strings.Contains(got.body, own.Handle) || strings.Count(got.body, "<tr>") != strings.Count(usual, "<tr>") {
			t.Errorf("%s: got %d, want the page of the last 30 days and of one's own accounts", odd, got.status)
		}
	}
	for _, path := range []string{"/explain", "/explain?metric=", "/explain?metric=nonsense"} {
		if got := mina.get(path); got.status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, got.status)
		}
	}
	if got := h.visitor().get("/explain?metric=followers"); got.status != http.StatusSeeOther || got.location != "/login" {
		t.Errorf("by nobody: got %d to %q, want the sign-in page", got.status, got.location)
	}
}
