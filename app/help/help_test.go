package help_test

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/help"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform/all"
)

// L5: nothing goes on running when the tests are over.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func library(t *testing.T, change map[string]string) *help.Library {
	t.Helper()
	env := map[string]string{"BASE_URL": "http://localhost:8080"}
	for k, v := range change {
		env[k] = v
	}
	c, err := config.Load(env, all.Platforms().Declared())
	if err != nil {
		t.Fatal(err)
	}
	c = c.WithBaseURL(env["BASE_URL"])
	client := outbound.New(outbound.Options{})
	t.Cleanup(client.Close)
	l, err := help.New(help.FactsOf(c, all.Platforms().Open(c.Platforms, client, time.Now)))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Every document in the folder is listed, has a title and a summary, and leaves no placeholder behind.
func TestEveryDocumentIsListed(t *testing.T) {
	t.Parallel()
	l := library(t, nil)
	files, err := filepath.Glob("docs/*.md")
	if err != nil || len(files) < 15 {
		t.Fatalf("got %d documents, %v", len(files), err)
	}
	for _, f := range files {
		slug := strings.TrimSuffix(filepath.Base(f), ".md")
		if _, ok := l.Find(slug); !ok {
			t.Errorf("%s is in no contents", f)
		}
	}
	for _, d := range l.Documents() {
		if d.Title == "" || d.Summary == "" || d.Group == "" || strings.Contains(d.HTML, "{{") ||
			strings.Contains(d.HTML, "<no value>") {
			t.Errorf(
				"%s: got title %q, summary %q, group %q, want all three and nothing unfilled",
				d.Slug,
				d.Title,
				d.Summary,
				d.Group,
			)
		}
	}
}

var link = regexp.MustCompile(`href="([^"]*)"`)

// No link of a document is dead: it leads to another document, to a heading that is there, to a page of ours, or
// outside with https.
func TestNoLinkIsDead(t *testing.T) {
	t.Parallel()
	l := library(t, nil)
	seen := 0
	for _, d := range l.Documents() {
		for _, m := range link.FindAllStringSubmatch(d.HTML, -1) {
			seen++
			u, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %q: %v", d.Slug, m[1], err)
				continue
			}
			if u.Host != "" {
				if u.Scheme != "https" && u.Hostname() != "localhost" {
					t.Errorf("%s: got %q, want https", d.Slug, m[1])
				}
				continue
			}
			slug, ours := strings.CutPrefix(u.Path, "/help/")
			target, found := l.Find(slug)
			if !ours || !found {
				t.Errorf("%s: got the dead link %q", d.Slug, m[1])
				continue
			}
			if u.Fragment != "" && !strings.Contains(target.HTML, `id="`+u.Fragment+`"`) {
				t.Errorf("%s: got no heading for %q", d.Slug, m[1])
			}
		}
	}
	if seen < 15 {
		t.Errorf("got %d links, want them found", seen)
	}
}

// Every setting and every command that the documents name exists, and every setting of the example file that people set
// is said somewhere.
func TestTheDocumentsNameWhatExists(t *testing.T) {
	t.Parallel()
	l := library(t, nil)
	example, err := os.ReadFile("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#?([A-Z][A-Z0-9_]+)=`).FindAllStringSubmatch(string(example), -1) {
		known[m[1]] = true
	}
	named := map[string]bool{}
	for _, d := range l.Documents() {
		for _, m := range regexp.MustCompile(`<code>([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)(?:=[^<]*)?</code>`).FindAllStringSubmatch(d.HTML, -1) {
			named[m[1]] = true
			if !known[m[1]] && !known[strings.TrimSuffix(m[1], "_FILE")] {
				t.Errorf("%s: %s is no setting", d.Slug, m[1])
			}
		}
	}
	if len(named) < 25 {
		t.Errorf("got %d settings named, want them found", len(named))
	}
}

// What this installation knows is filled into a platform's guide, and can be copied; what a setting holds cannot become
// markup.
func TestGuidesAreFilledIn(t *testing.T) {
	t.Parallel()
	l := library(t, nil)
	for _, m := range all.Platforms().Makers() {
		d, ok := l.Find("setup-" + m.Spec.ID)
		if !ok {
			t.Errorf("%s: got no guide", m.Spec.ID)
			continue
		}
		wants := []string{"http://localhost:8080/api/auth/" + m.Spec.ID + "/callback", "data-copy=", "/privacy"}
		for _, s := range m.Spec.Scopes {
			wants = append(wants, s.Name)
		}
		for _, h := range m.Spec.Hooks {
			wants = append(wants, h.Label)
		}
		for _, want := range wants {
			if !strings.Contains(d.HTML, want) {
				t.Errorf("%s: got no %q in the guide", m.Spec.ID, want)
			}
		}
	}
	f := help.Facts{Base: `https://x"><script>alert(1)</script>`, Platforms: []help.Platform{{
		ID: "p", Name: "<b>P</b>", RedirectURI: `"><img src=x>`, Guide: "# T\n\nS {{.Platform.Name}} <script>alert(2)</script>\n\n```copy\n{{.Platform.RedirectURI}}\n```\n",
	}}}
	hostile, err := help.New(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range hostile.Documents() {
		for _, bad := range []string{"<script", "<img", "<b>"} {
			if strings.Contains(d.HTML, bad) {
				t.Errorf("%s: got %q as markup", d.Slug, bad)
			}
		}
	}
}

// A search finds sections by all of its words, titles first, with the place in the text.
func TestSearch(t *testing.T) {
	t.Parallel()
	l := library(t, nil)
	hits := l.Search("  Restore  ")
	if len(hits) < 3 || hits[0].Slug != "backup" || !slices.ContainsFunc(hits, func(h help.Hit) bool {
		return h.Anchor != "" && strings.Contains(strings.ToLower(h.Excerpt), "restore")
	}) {
		t.Errorf("got %+v, want the document about restoring first, and sections with the word", hits)
	}
	for _, h := range slices.Concat(hits, l.Search("the")) {
		d, there := l.Find(h.Slug)
		if !there || h.Anchor != "" && !strings.Contains(d.HTML, `id="`+h.Anchor+`"`) {
			t.Errorf("got a hit at %s#%s, want a place that is there", h.Slug, h.Anchor)
		}
	}
	if got := l.Search("redirect 421"); len(got) != 0 {
		t.Errorf("got %+v, want only sections with every word", got)
	}
	for _, q := range []string{"", "   ", "no such word anywhere", strings.Repeat("ä", 200), "\xff\xfe"} {
		if got := l.Search(q); len(got) != 0 {
			t.Errorf("%q: got %d hits, want none", q, len(got))
		}
	}
	if got := l.Search("a"); len(got) > 30 {
		t.Errorf("got %d hits, want a bound", len(got))
	}
}
