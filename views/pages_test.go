package views_test

import (
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin"
	"github.com/truecount/truecount/views/creator"
	"github.com/truecount/truecount/views/door"
	"github.com/truecount/truecount/views/layout"
)

// W2, W3, W4: no page holds anything the content policy would block, nor a picture or a link that
// a platform's text chose.
func TestPagesHoldNothingTheContentPolicyBlocks(t *testing.T) {
	t.Parallel()
	for name, c := range every() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := render(t, c)
			for e := range doc.Descendants() {
				if e.Type != html.ElementNode {
					continue
				}
				switch e.Data {
				case "style", "img", "iframe", "object", "embed", "base", "video", "audio":
					t.Errorf("got <%s>, want none", e.Data)
				case "script":
					if !strings.HasPrefix(attr(e, "src"), "/static/") || e.FirstChild != nil {
						t.Errorf("got a script that is not a file of ours: src %q", attr(e, "src"))
					}
				}
				for _, a := range e.Attr {
					if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") ||
						strings.Contains(a.Val, "js:") {
						t.Errorf("got <%s %s=%q>, want no such attribute", e.Data, a.Key, a.Val)
					}
					if a.Key == "hx-trigger" && strings.Contains(a.Val, "[") {
						t.Errorf("hx-trigger %q: got a filter, which needs eval", a.Val)
					}
				}
				wantSafeAddress(t, e)
			}
		})
	}
}

// known are the attributes that pages have. One that no browser knows is a slip of the template: an "else" that became
// an attribute did nothing at all, for months.
var known = strings.Fields(
	`action alt aria-controls aria-current aria-describedby aria-disabled aria-expanded aria-haspopup aria-hidden aria-invalid aria-label
	aria-labelledby aria-live aria-modal aria-pressed aria-required aria-selected aria-sort aria-valuemax aria-valuemin aria-valuenow aria-valuetext async autocapitalize
	autocomplete autofocus charset checked class cols colspan content cx cy d datetime defer dir disabled dx dy enctype fill for formaction formmethod formnovalidate
	height hidden href http-equiv id inputmode is label lang maxlength max media method min minlength multiple name novalidate offset open pattern placeholder points
	r readonly rel required role rows rowspan rx ry scope selected size sizes spellcheck src step stroke stroke-linecap stroke-linejoin stroke-width tabindex target
	as crossorigin focusable preserveAspectRatio text-anchor title transform type value viewbox viewBox width wrap x x1 x2 xmlns y y1 y2`,
)

func TestPagesHoldKnownAttributesAlone(t *testing.T) {
	t.Parallel()
	for name, c := range every() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for e := range render(t, c).Descendants() {
				if e.Type != html.ElementNode {
					continue
				}
				for _, a := range e.Attr {
					if !slices.Contains(known, a.Key) && !strings.HasPrefix(a.Key, "data-") && !strings.HasPrefix(a.Key, "hx-") {
						t.Errorf("got <%s %s=%q>, which no browser knows", e.Data, a.Key, a.Val)
					}
				}
			}
		})
	}
}

// W3: templ escapes what it is given. The one text that is put in as it is, is a help document that was rendered from
// Markdown without raw HTML.
func TestOnlyHelpIsPutInUnescaped(t *testing.T) {
	t.Parallel()
	templates, err := fs.Glob(os.DirFS("."), "*/*.templ")
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := fs.Glob(os.DirFS("."), "*/*/*.templ")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range append(templates, deeper...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for range strings.Count(string(text), "templ.Raw(") + strings.Count(string(text), "templ.Unsafe") {
			got = append(got, name)
		}
	}
	if want := []string{"help/help.templ"}; !slices.Equal(got, want) {
		t.Errorf("got unescaped text in %v, want it in %v", got, want)
	}
}

// written are the addresses elsewhere that the product itself chose: those of the platforms' terms, policies and
// settings.
var written = func() map[string]bool {
	_, platforms := registry()
	out := map[string]bool{}
	for _, s := range platforms.Specs() {
		out[s.TermsURL], out[s.PrivacyURL], out[s.AccessPage.URL] = true, true, true
	}
	return out
}()

func wantSafeAddress(t *testing.T, e *html.Node) {
	t.Helper()
	for _, key := range []string{"href", "action", "src", "hx-get", "hx-post", "formaction"} {
		if !hasAttr(e, key) {
			continue
		}
		u, err := url.Parse(attr(e, key))
		if err != nil {
			t.Errorf("<%s %s=%q>: %v", e.Data, key, attr(e, key), err)
			continue
		}
		outside := u.Host != ""
		switch {
		case u.Scheme == "mailto" && key == "href" && e.Data == "a": // who answers people, from a setting
		case outside && e.Data == "a" && written[attr(e, key)]:
			if attr(e, "rel") != "noreferrer" { // which keeps the opener as well
				t.Errorf("<a href=%q>: got rel %q, want noreferrer", attr(e, key), attr(e, "rel"))
			}
		case u.Scheme == "about" && u.Opaque == "invalid": // what templ writes for a refused address
		case outside && (key != "href" || e.Data != "a" || u.Scheme != "https" || !strings.HasPrefix(u.Host, "www.")):
			t.Errorf("<%s %s=%q>: got an address elsewhere", e.Data, key, attr(e, key))
		case outside && attr(e, "rel") != "noopener noreferrer":
			t.Errorf("<a href=%q>: got rel %q, want noopener noreferrer", attr(e, key), attr(e, "rel"))
		case !outside && (u.Scheme != "" || u.User != nil):
			t.Errorf("<%s %s=%q>: got a scheme, want a path of ours", e.Data, key, attr(e, key))
		}
	}
}

func TestPagesAreSound(t *testing.T) {
	t.Parallel()
	for name, c := range every() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := render(t, c)
			one(t, doc, "h1")
			one(t, doc, "main#main")
			one(t, one(t, doc, "head"), "title")
			if got := attr(one(t, doc, "html"), "lang"); got != "en" {
				t.Errorf("lang: got %q, want en", got)
			}
			seen := map[string]bool{}
			for _, e := range find(doc, "[id]") {
				if id := attr(e, "id"); seen[id] {
					t.Errorf("id %q: got it twice", id)
				} else {
					seen[id] = true
				}
			}
			for _, key := range []string{"aria-labelledby", "aria-describedby", "aria-controls", "for", "data-copy"} {
				for _, e := range find(doc, "["+key+"]") {
					for _, id := range strings.Fields(attr(e, key)) {
						if !seen[id] {
							t.Errorf("<%s %s=%q>: got no element with that id", e.Data, key, id)
						}
					}
				}
			}
			for _, e := range find(doc, "a") {
				known := false
				for _, p := range []string{"/dashboard", "/connections", "/admin", "/login", "/password/forgot", "/privacy", "/terms", "/deletion", "/help", "/settings", "/explain?", "/api/v1/explain?", "#", "https://", "mailto:", "about:invalid"} {
					known = known || strings.HasPrefix(attr(e, "href"), p)
				}
				if !known {
					t.Errorf("<a href=%q>: got a link to what does not exist", attr(e, "href"))
				}
			}
			wantNoWords(t, doc, "Oops", "oops", "%!", "<nil>")
			if got := gluedSentences.FindString(strings.ReplaceAll(lines(doc), "Rocket.Chat", "")); got != "" {
				t.Errorf("got %q, want a space between two sentences", got)
			}
		})
	}
}

// gluedSentences is where a sentence begins without a space after the last one. A name with a full stop in it has no
// capital there.
var gluedSentences = regexp.MustCompile(`\S*[a-z)][.!?][A-Z][a-z]\S*`)

// lines is the text of a page as a reader sees it: what stands in one line of text stays together.
func lines(n *html.Node) string {
	switch {
	case n.Type == html.TextNode:
		return n.Data
	case n.Type == html.ElementNode && slices.Contains([]string{"script", "style", "svg"}, n.Data):
		return ""
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(lines(c))
	}
	if n.Type == html.ElementNode && !slices.Contains([]string{"a", "abbr", "b", "code", "em", "small", "span", "strong", "time"}, n.Data) {
		return "\n" + b.String() + "\n"
	}
	return b.String()
}

func TestShellShowsWhatTheReaderMayUse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		doc   *html.Node
		links []string
		none  []string
		says  []string
	}{
		{"creator", render(t, creator.Dashboard(page("/dashboard"), overview(30))),
			[]string{"/dashboard", "/dashboard/instagram", "/dashboard/tiktok", "/dashboard/youtube", "/connections"}, []string{"/admin"},
			[]string{"Demo data.", "Mina Park", "Sign out"}},
		{"admin", render(t, admin.SyncHealth(adminPage(), sampleConsole())),
			[]string{"/admin"}, []string{"/dashboard", "/dashboard/instagram", "/connections"},
			[]string{"Operations", "Sync health", "3 open alerts", "Sign out"}},
		{"nobody", render(t, layout.Error(outsider("/x"), 404, "", "", "", "")),
			[]string{"/login"}, []string{"/admin", "/dashboard", "/connections"}, []string{"Page not found"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, l := range c.links {
				if len(find(c.doc, "a[href="+l+"]")) == 0 {
					t.Errorf("%s: got no link, want one", l)
				}
			}
			for _, l := range c.none {
				if len(find(c.doc, "a[href="+l+"]")) != 0 {
					t.Errorf("%s: got a link, want none", l)
				}
			}
			wantWords(t, c.doc, c.says...)
			if c.name == "nobody" {
				return
			}
			out := find(c.doc, "form[action=/logout]")
			if len(out) == 0 || attr(out[0], "method") != "post" {
				t.Errorf("sign out: got %d forms, want a POST", len(out))
			}
		})
	}
	plain := page("/dashboard")
	plain.Sandbox = false
	o := overview(30)
	o.Sandbox = false
	for i := range o.Platforms {
		o.Platforms[i].Freshness.Source = "live"
	}
	wantNoWords(t, render(t, creator.Dashboard(plain, o)), "Demo")
}

func TestErrorPagesSpeakPlainly(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503} {
		doc := render(t, layout.Error(page("/x"), status, "SOME_CODE", "", "", "req-77"))
		h, tx := layout.Words(status)
		head, text := h.String(), tx.String()
		wantWords(t, doc, head, text, "SOME_CODE", "req-77")
		if strings.HasSuffix(head, ".") || !strings.HasSuffix(text, ".") || strings.Contains(head+text, "!") {
			t.Errorf("%d: got %q, %q, want a headline and a calm sentence", status, head, text)
		}
	}
}

func TestSignInForm(t *testing.T) {
	t.Parallel()
	doc := render(t, door.Login(outsider("/login"), door.LoginForm{
		Email: "mina@example.test", Error: "E-mail and password do not fit together.", Fields: map[string]words.Text{"password": words.Plain("Fill this in.")},
		Demo: []door.DemoUser{{Email: "admin@example.test", Password: "pw-1", Role: "admin"}},
	}))
	form := one(t, doc, "form[action=/login]")
	if got := attr(form, "method"); got != "post" {
		t.Errorf("method: got %q, want post", got)
	}
	if got := attr(one(t, form, "input[name=email]"), "value"); got != "mina@example.test" {
		t.Errorf("e-mail: got %q, want it kept", got)
	}
	password := one(t, form, "input[name=password]")
	if attr(password, "value") != "" || attr(password, "aria-describedby") != "password-fault" ||
		!hasAttr(password, "autofocus") {
		t.Errorf("password: got %v, want it empty, described by its fault and focused", password.Attr)
	}
	wantWords(t, doc, "E-mail and password do not fit together.", "Fill this in.", "admin@example.test", "pw-1")
	fill := one(t, doc, "button[data-fill=login]")
	if attr(fill, "data-email") != "admin@example.test" || attr(fill, "data-password") != "pw-1" {
		t.Errorf("fill: got %v", fill.Attr)
	}
	setup := render(
		t,
		door.Setup(
			outsider("/setup"),
			door.SetupForm{Token: "tok", Errors: map[string]words.Text{"email": words.Plain("Already used.")}},
		),
	)
	if got := attr(one(t, setup, "input[name=token]"), "value"); got != "tok" {
		t.Errorf("token: got %q, want tok", got)
	}
	wantWords(t, setup, "Already used.")
}

func TestConsentWindowReportsAndLeadsBack(t *testing.T) {
	t.Parallel()
	doc := render(
		t,
		door.ConnectDone(outsider("/x"), "youtube", true, "YouTube is connected.", "/connections?success=youtube_connected"),
	)
	done := one(t, doc, "[data-connect-done]")
	if attr(done, "data-platform") != "youtube" || !hasAttr(done, "data-ok") ||
		attr(done, "data-text") != "YouTube is connected." {
		t.Errorf("message: got %v", done.Attr)
	}
	if got := len(find(doc, "a[href=/connections?success=youtube_connected]")); got != 1 {
		t.Errorf("way back: got %d links, want 1", got)
	}
	refused := render(t, door.ConnectDone(outsider("/x"), "youtube", false, "Nothing was changed.", "/connections"))
	if hasAttr(one(t, refused, "[data-connect-done]"), "data-ok") {
		t.Error("refusal: got data-ok, want none")
	}
	wantWords(t, refused, "Not connected", "Nothing was changed.")
}

// A refreshed part stays small: 40 KB for a month, and for a year of daily values what its table needs.
func TestPartsStaySmall(t *testing.T) {
	t.Parallel()
	for days, most := range map[int]int{30: 40 << 10, 365: 110 << 10} {
		var b strings.Builder
		if err := creator.DashboardBody(page("/dashboard"), overview(days)).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if b.Len() > most {
			t.Errorf("overview of %d days: got %d bytes, want at most %d", days, b.Len(), most)
		}
	}
}
