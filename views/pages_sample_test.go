package views_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/views/creator"
	"github.com/truecount/truecount/views/layout"
)

// pages are some of the pages, each by its component and the state that it is shown in: "door.Login" or
// "door.Login, hostile". The component comes first, as a template that calls it would write it.
type pages map[string]templ.Component

// every is each page there is, in each state worth a look.
func every() pages {
	all := pages{}
	for _, some := range []pages{
		creatorPages(), doorPages(), lawPages(), helpPages(), healthPages(), connectionPages(), runPages(), alertPages(),
		peoplePages(), setupPages(), settingsPages(), errorPages(),
	} {
		maps.Copy(all, some)
	}
	return all
}

func creatorPages() pages {
	busy := overview(30)
	busy.Syncing, busy.Problems = 2, []accounts.Notice{reconnect, late}
	dark := page("/dashboard")
	dark.Theme, dark.Flash = "dark", []layout.Flash{{Tone: "ok", Text: hostile}, {Tone: "odd", Text: "x"}}
	bare := page("/dashboard/instagram")
	bare.Platforms = nil
	blank := view()
	blank.Table = analytics.PostTable{}
	blank.Chart, blank.Profile, blank.Freshness = analytics.Chart{}, analytics.Profile{}, accounts.Freshness{
		Status: "never",
		Source: "live",
	}
	return pages{
		"creator.Dashboard":                    creator.Dashboard(dark, busy),
		"creator.Dashboard, of a year":         creator.Dashboard(page("/dashboard"), overview(365)),
		"creator.Dashboard, nothing":           creator.Dashboard(page("/dashboard"), &analytics.Overview{Span: span(30)}),
		"creator.PlatformPage":                 creator.PlatformPage(page("/dashboard/instagram"), view()),
		"creator.PlatformPage, hostile":        creator.PlatformPage(bare, poisoned()),
		"creator.PlatformPage, blank":          creator.PlatformPage(page("/dashboard/instagram"), blank),
		"creator.NotConnectedPage":             creator.NotConnectedPage(page("/dashboard/tiktok"), offers()[0]),
		"creator.ExplainPage":                  creator.ExplainPage(page("/explain"), explained(explanation("engagement_rate"))),
		"creator.ExplainPage, hostile":         creator.ExplainPage(bare, poisonedExplanation()),
		"creator.ExplainPage, nothing":         creator.ExplainPage(page("/explain"), explained(unexplained())),
		"creator.ExplainPage, of then":         creator.ExplainPage(page("/explain"), explainedThen()),
		"creator.ExplainPage, compared":        creator.ExplainPage(page("/explain"), comparedView()),
		"creator.ExplainPage, no number typed": creator.ExplainPage(page("/explain"), unreadView()),
		"creator.PostPage":                     creator.PostPage(page("/dashboard/instagram/posts/pa"), postView()),
		"creator.PostPage, hostile":            creator.PostPage(bare, poisonedPost()),
		"creator.PostPage, nothing known": creator.PostPage(
			page("/dashboard/tiktok/posts/pz"),
			&analytics.PostView{Name: "TikTok"},
		),
		"creator.ConnectionsPage": creator.ConnectionsPage(
			page("/connections"),
			&accounts.Connections{Items: states(), Offers: offers()},
		),
		"creator.ConnectionsPage, nothing": creator.ConnectionsPage(
			page("/connections"),
			&accounts.Connections{Offers: offers()},
		),
	}
}

func errorPages() pages {
	return pages{
		"layout.Error":             layout.Error(page("/x"), 404, "NOT_FOUND", "", hostile, hostile),
		"layout.Error, for nobody": layout.Error(outsider("/x"), 500, "INTERNAL", hostile, "", ""),
		"layout.Error, of admins":  layout.Error(adminPage(), 409, "CONFLICT", hostile, hostile, ""),
	}
}

// exported is a component that takes a page, and the package it is in.
var exported = regexp.MustCompile(`(?m)^templ ([A-Z]\w*)\(p (?:layout\.)?Page\b`)

// surrounding are the components of layout that stand around a page.
var surrounding = []string{"layout.Shell", "layout.Door", "layout.Law", "layout.Flashes"}

// part reports that a component is a part of a page, which the page shows and a route may show alone.
func part(name string) bool {
	for _, end := range []string{"Body", "Row", "Card", "Panel", ".Problem"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return slices.Contains(surrounding, name)
}

// A new page is looked at like the others: one that every() does not show fails here.
func TestEveryPageIsLookedAt(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for name := range every() {
		component, _, _ := strings.Cut(name, ",")
		shown[component] = true
	}
	n := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".templ") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range exported.FindAllStringSubmatch(string(source), -1) {
			name := filepath.Base(filepath.Dir(path)) + "." + m[1]
			if part(name) {
				continue
			}
			n++
			if !shown[name] {
				t.Errorf("%s: got a page that every() does not show", name)
			}
			delete(shown, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 30 {
		t.Errorf("got %d pages, want the whole product's: does the expression still find them?", n)
	}
	for name := range shown {
		t.Errorf("%s: got a page of that name, want one that a template makes", name)
	}
}
