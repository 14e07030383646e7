package sandbox

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// find lists the elements with this tag and attributes.
func find(n *html.Node, tag string, attrs map[string]string) []*html.Node {
	var out []*html.Node
	for d := range n.Descendants() {
		if d.Type != html.ElementNode || d.Data != tag {
			continue
		}
		fits := true
		for k, v := range attrs {
			got, ok := attr(d, k)
			fits = fits && ok && (v == "*" || got == v)
		}
		if fits {
			out = append(out, d)
		}
	}
	return out
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func parse(t *testing.T, body string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestConsentPage(t *testing.T) {
	t.Parallel()
	w, _ := world(t, "")
	w.AddAccounts("tiktok", shownGenerated+4)
	w.Mount("tiktok", toy(w))
	root, mounted := serve(t, toy(w)), serve(t, w.Handler())
	for name, base := range map[string]string{"at the root": root.URL, "below a prefix": mounted.URL + "/sandbox/tiktok"} {
		got := get(t, t.Context(), base+ask(nil), "")
		if got.status != 200 {
			t.Fatalf("%s: got %d, want 200", name, got.status)
		}
		n := parse(t, got.body)
		if s := textOf(n); !strings.Contains(s, "Sandbox") || !strings.Contains(s, "Toy & Co") {
			t.Errorf("%s: got %q, want it to say Sandbox and Toy & Co", name, s)
		}
		radios := find(n, "input", map[string]string{"type": "radio", "name": "account"})
		if want := len(pretended["tiktok"].Accounts) + shownGenerated; len(radios) != want {
			t.Errorf("%s: got %d accounts, want %d", name, len(radios), want)
		}
		if _, ok := attr(radios[0], "checked"); !ok ||
			len(find(n, "input", map[string]string{"type": "radio", "checked": "*"})) != 1 {
			t.Errorf("%s: want the first account chosen, and it alone", name)
		}
		if got := find(n, "input", map[string]string{"type": "checkbox", "name": "scope", "checked": "*"}); len(got) != 2 {
			t.Errorf("%s: got %d ticked boxes, want 2", name, len(got))
		}
		if got := find(n, "div", map[string]string{"data-scope": "basic"}); len(got) != 1 ||
			!strings.Contains(textOf(got[0]), "Read <b>all</b>") {
			t.Errorf("%s: want the required scope named, escaped, without a box", name)
		}
		for _, d := range []string{"allow", "deny"} {
			if len(find(n, "button", map[string]string{"name": "decision", "value": d})) != 1 {
				t.Errorf("%s: want one button to %s", name, d)
			}
		}
		link := find(n, "link", map[string]string{"rel": "stylesheet"})
		href, _ := attr(link[0], "href")
		page, _ := url.Parse(base + ask(nil))
		ref, _ := url.Parse(href)
		if css := get(t, t.Context(), page.ResolveReference(ref).String(), ""); css.status != 200 ||
			!strings.HasPrefix(css.header.Get("Content-Type"), "text/css") {
			t.Errorf("%s: got %d %q for the style, want it to be there", name, css.status, css.header.Get("Content-Type"))
		}
		if len(find(n, "script", nil))+len(find(n, "style", nil)) > 0 ||
			regexp.MustCompile(`\s(style|on[a-z]+)=`).MatchString(got.body) {
			t.Errorf("%s: got a script or style inside the page", name)
		}
		want := "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self' https://count.example.com"
		if csp := got.header.Get("Content-Security-Policy"); csp != want {
			t.Errorf("%s: got policy %q, want %q", name, csp, want)
		}
	}
}

// press sends the page's form.
func press(t *testing.T, url string, form url.Values) (status int, location, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header.Get("Location"), string(b)
}

func TestAllowingInPart(t *testing.T) { // O7
	t.Parallel()
	w, _ := world(t, "")
	srv := serve(t, toy(w))
	second := w.Accounts("tiktok")[1].ID
	status, to, _ := press(
		t,
		srv.URL+ask(nil),
		url.Values{"account": {second}, "scope": {"list", "made-up"}, "decision": {"allow"}},
	)
	if status != http.StatusSeeOther || !strings.HasPrefix(to, back+"?") || !strings.HasSuffix(to, "#_") {
		t.Fatalf("got %d to %s, want a 303 to the redirect URI that ends in #_", status, to)
	}
	u, _ := url.Parse(to)
	if q := u.Query(); q.Get("state") != "st-1" || q.Get("scopes") != "basic,list" || q.Get("extra") != "1" {
		t.Errorf("got %v, want state, the scopes basic and list, and extra", q)
	}
	g, err := redeem(w, u.Query(), "")
	if err != nil || g.Account != second || !g.Has("list") || g.Has("stats") || g.Has("made-up") {
		t.Errorf("got %+v, %v, want %s with basic and list", g, err, second)
	}
}

func TestDenying(t *testing.T) { // O7
	t.Parallel()
	w, _ := world(t, "")
	srv := serve(t, toy(w))
	status, to, _ := press(t, srv.URL+ask(nil), url.Values{"decision": {"deny"}})
	if want := back + "?error=access_denied&state=st-1"; status != http.StatusSeeOther || to != want {
		t.Errorf("got %d to %s, want a 303 to %s", status, to, want)
	}
	if direct, err := w.Consent("tiktok", ask(nil), Choice{Deny: true}); err != nil || direct != to {
		t.Errorf("got %s, %v from Consent, want the page's answer", direct, err)
	}
}

func TestWrongRequestsStayOnAPage(t *testing.T) { // O5, O9
	t.Parallel()
	w, _ := world(t, "")
	srv := serve(t, toy(w))
	for name, c := range map[string]struct {
		change    map[string]string
		parameter string
	}{
		"unknown client":            {map[string]string{"client_key": "x"}, "client_key"},
		"no client":                 {map[string]string{"client_key": ""}, "client_key"},
		"redirect URI with a slash": {map[string]string{"redirect_uri": back + "/"}, "redirect_uri"},
		"redirect URI elsewhere":    {map[string]string{"redirect_uri": "https://evil.example/"}, "redirect_uri"},
		"script as redirect URI":    {map[string]string{"redirect_uri": "javascript:alert(1)"}, "redirect_uri"},
		"token at once":             {map[string]string{"response_type": "token"}, "response_type"},
		"unknown scope":             {map[string]string{"scope": "basic,everything"}, "scope"},
		"no scope":                  {map[string]string{"scope": ""}, "scope"},
		"plain challenge":           {map[string]string{"code_challenge": "abc", "code_challenge_method": "plain"}, "code_challenge"},
		"challenge without method":  {map[string]string{"code_challenge": strings.Repeat("A", 43)}, "code_challenge_method"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := get(t, t.Context(), srv.URL+ask(c.change), "")
			p := find(parse(t, got.body), "p", map[string]string{"id": "mistake"})
			if got.status != 400 || got.header.Get("Location") != "" || len(p) != 1 {
				t.Fatalf("got %d to %q, want a page", got.status, got.header.Get("Location"))
			}
			if at, _ := attr(p[0], "data-parameter"); at != c.parameter {
				t.Errorf("got a page about %q, want %q", at, c.parameter)
			}
			if status, _, _ := press(t, srv.URL+ask(c.change), url.Values{"decision": {"allow"}}); status != 400 {
				t.Errorf("got %d for the form, want 400", status)
			}
			if to, err := w.Consent("tiktok", ask(c.change), Choice{}); err == nil {
				t.Errorf("got %s from Consent, want an error", to)
			}
		})
	}
	if got := get(t, t.Context(), srv.URL+ask(nil)+"&state=second", ""); got.status != 400 {
		t.Errorf("got %d for two states, want 400", got.status)
	}
}

func TestHostileInputIsEscaped(t *testing.T) { // W2
	t.Parallel()
	w, _ := world(t, "")
	w.clients["tiktok"] = Client{
		ID:           `"><script>alert(1)</script>`,
		Secret:       "s",
		RedirectURIs: []string{`https://count.example.com/"><script>alert(2)</script>`},
	}
	srv := serve(t, toy(w))
	got := get(
		t,
		t.Context(),
		srv.URL+ask(
			map[string]string{
				"client_key":   `"><script>alert(1)</script>`,
				"redirect_uri": `https://count.example.com/"><script>alert(2)</script>`,
				"state":        `"><script>alert(3)</script>`,
			},
		),
		"",
	)
	if got.status != 200 || len(find(parse(t, got.body), "script", nil)) > 0 || strings.Contains(got.body, "<script") {
		t.Errorf("got %d with a script in it, want 200 without", got.status)
	}
	got = get(t, t.Context(), srv.URL+ask(nil)+`&%3Cscript%3E=1&%3Cscript%3E=2`, "")
	if got.status != 400 || strings.Contains(got.body, "<script") {
		t.Errorf("got %d with a script in it, want 400 without", got.status)
	}
}

func TestFormsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	w, _ := world(t, "")
	srv := serve(t, toy(w))
	for name, form := range map[string]url.Values{
		"no decision": {}, "unknown account": {"account": {"nobody"}, "decision": {"allow"}}, "another decision": {"decision": {"maybe"}},
	} {
		if status, to, _ := press(t, srv.URL+ask(nil), form); status != 400 || to != "" {
			t.Errorf("%s: got %d to %q, want a page", name, status, to)
		}
	}
	if _, err := w.Consent("tiktok", ask(nil), Choice{Account: "nobody"}); err == nil {
		t.Error("got consent of nobody, want an error")
	}
	if _, err := w.Consent("myspace", ask(nil), Choice{}); err == nil {
		t.Error("got consent on an unknown platform, want an error")
	}
}

func TestConsentMayLeaveOutARequiredScope(t *testing.T) { // O7
	t.Parallel()
	w, _ := world(t, "")
	toy(w)
	if got := consent(t, w, nil, Choice{Without: []string{"basic"}}).Get("scopes"); got != "stats,list" {
		t.Errorf("got scopes %q, want stats,list", got)
	}
}
