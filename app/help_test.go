package app_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/auth"
)

// Every page that a document explains leads to it, and the document is there for everybody, signed in or not.
func TestPagesLeadToTheirHelp(t *testing.T) {
	t.Parallel()
	s, word := demo(t)
	visitor := stranger(t, s.URL)
	link := regexp.MustCompile(`href="(/help/[a-z-]+)"`)
	for person, pages := range map[string][]string{
		auth.DemoCreator: {"/dashboard", "/dashboard/tiktok", "/connections"},
		auth.DemoAdmin: {
			"/admin", "/admin/alerts", "/admin/config", "/admin/connections", "/admin/failures", "/admin/quotas", "/admin/runs", "/admin/users", "/admin/audit",
		},
	} {
		b := enter(t, s.URL, person, word)
		for _, p := range pages {
			m := link.FindStringSubmatch(b.get(p).body)
			if m == nil {
				t.Errorf("%s: got no link to what explains it", p)
				continue
			}
			for who, reader := range map[string]*browser{"the reader": b, "a visitor": visitor} {
				if got := reader.get(m[1]); got.status != http.StatusOK || !strings.Contains(got.body, "<h1") {
					t.Errorf("%s to %s for %s: got %d, want the document", p, m[1], who, got.status)
				}
			}
		}
	}
	for _, odd := range []string{"/help/nothing", "/help/..%2f..%2fetc", "/help/START"} {
		if got := visitor.get(odd); got.status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", odd, got.status)
		}
	}
	if got := visitor.get("/help?q=%3Cscript%3E"); got.status != http.StatusOK || strings.Contains(got.body, "<script>") {
		t.Errorf("a hostile search: got %d, want the page without it as markup", got.status)
	}
	if got := visitor.get("/help/licenses"); got.status != http.StatusOK || !strings.Contains(got.body, "goldmark") {
		t.Errorf("the notices: got %d, want them", got.status)
	}
}
