package app_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/web"
)

// injected is what an attacker would put into a page who found a way: each sets window.owned when it comes to run.
const injected = `<div id="injected">
<script>window.owned = "inline"</script><script src="https://evil.example/x.js"></script><script type="module">window.owned = "module"</script>
<img src="/none.png" onerror="window.owned = 'handler'"><svg onload="window.owned = 'svg'"><script>window.owned = "svg script"</script></svg>
<a id="js-link" href="javascript:window.owned='link'">x</a><iframe srcdoc="<script>parent.owned='frame'</script>"></iframe><iframe src="javascript:parent.owned='frame link'"></iframe>
<object data="data:text/html,<script>window.owned=1</script>"></object><embed src="data:text/html,x"><base href="https://evil.example/">
<style>main { display: none }</style><link rel="stylesheet" href="https://evil.example/x.css"><meta http-equiv="refresh" content="0;url=javascript:window.owned='refresh'">
<b id="hx-on" hx-on:click="window.owned = 'hx-on'" hx-on::load="window.owned = 'hx-on load'">x</b>
<b id="hx-js" hx-get="/healthz" hx-vals='js:{a: (window.owned = "hx-vals")}' hx-trigger="click">x</b><b id="hx-if" hx-get="/healthz" hx-trigger="click[window.owned='hx-trigger']">x</b>
<b id="hx-act" hx-get="js:window.owned='hx-get'" hx-trigger="click">x</b><form id="away" action="https://evil.example/take" method="post"><button>x</button></form>
</div>`

// injecting puts it into every page and every part of one, as if one of our texts were not escaped.
func injecting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		if strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
			if bytes.Contains(body, []byte("</main>")) {
				body = bytes.Replace(body, []byte("</main>"), []byte(injected+"</main>"), 1)
			} else {
				body = append(body, injected...)
			}
			rec.Header().Del("Content-Length")
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	})
}

// A fragment that an attacker gets into a page, or into a part that is swapped in, is inert: no script of it runs, none
// is fetched, no address of the page moves and no form leads away. // W3
func TestAnInjectedFragmentIsInert(t *testing.T) {
	t.Parallel()
	ctx, complaints := tab(t)
	s, word := demo(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	base := "http://localhost:" + port
	pages := pagesOf(t, s, base)
	front := &http.Server{Handler: injecting(pages.Handler()), ReadHeaderTimeout: time.Minute}
	go func() { _ = front.Serve(l) }()
	t.Cleanup(func() { _ = front.Close() })

	signIn(t, ctx, base, auth.DemoCreator, word)
	look := func(when string) {
		t.Helper()
		var owned, baseURI, where string
		var display string
		act(
			t,
			ctx,
			when,
			chromedp.WaitReady("#injected", chromedp.ByQuery),
			settled,
			chromedp.Evaluate(`String(window.owned ?? "")`, &owned),
			chromedp.Evaluate(`getComputedStyle(document.querySelector("main")).display`, &display),
		)
		if owned != "" || display == "none" { // before anything is clicked: what was hidden would be waited for in vain
			t.Fatalf(
				"%s: got %q run and the page shown as %q, want nothing of the fragment to have worked",
				when,
				owned,
				display,
			)
		}
		for _, id := range []string{"js-link", "hx-on", "hx-js", "hx-if", "hx-act"} { // with the mouse: what Evaluate clicks may run what the policy forbids
			act(t, ctx, when+": "+id, chromedp.Click("#"+id, chromedp.ByQuery))
		}
		act(
			t,
			ctx,
			when,
			settled,
			chromedp.Evaluate(
				`String(window.owned ?? "")`,
				&owned,
			),
			chromedp.Evaluate(`document.baseURI`, &baseURI),
			chromedp.Location(&where),
		)
		if owned != "" {
			t.Errorf("%s: got %q run, want nothing of it", when, owned)
		}
		if strings.Contains(baseURI, "evil") || !strings.HasPrefix(where, base) {
			t.Errorf("%s: got the page at %s with the base %s", when, where, baseURI)
		}
	}
	for _, path := range []string{"/connections", "/dashboard", "/dashboard/tiktok", "/nothing-here"} {
		act(t, ctx, path, chromedp.Navigate(base+path))
		look(path)
	}
	act(
		t,
		ctx,
		"swap",
		chromedp.Navigate(base+"/connections"),
		chromedp.WaitReady("#connections", chromedp.ByQuery),
		chromedp.Evaluate(
			`document.getElementById("injected").remove(); htmx.ajax("GET", "/connections", {target: "#connections", swap: "outerHTML"})`,
			nil,
			awaited,
		),
	)
	look("swapped in")
	act(t, ctx, "a form that leads away", chromedp.Click("#away button", chromedp.ByQuery), settled)
	look("after the form")
	for _, want := range []string{"script-src", "https://evil.example/x.js", "https://evil.example/x.css", "form-action"} { // they were there
		if !strings.Contains(complaints.String(), want) {
			t.Errorf("got %s, want the policy to have refused %s", complaints, want)
		}
	}
}

// settled lets the page do what it is about to: two turns of its own and a frame.
var settled = chromedp.Evaluate(
	`new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done, 50)), 50))`,
	nil,
	awaited,
)

// pagesOf serves the pages of a server under another address.
func pagesOf(t *testing.T, s *app.Server, base string) *web.Server {
	t.Helper()
	c := s.Config
	c.BaseURL = base
	w, err := web.New(web.Options{
		Config: c, Platforms: s.Platforms, Auth: s.Auth, Connect: s.Connect, Planner: s.Planner, Queue: s.Queue, Accounts: s.Accounts, Analytics: s.Analytics, Numbers: s.Numbers, Help: s.Help,
		Health: s.Health, Capacity: s.Capacity, Alerts: s.Alerts, Console: s.Console, Metrics: s.Metrics.Handler(), Ready: s.Ready, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// W13: after signing out neither the back button nor a restored page shows what was there: the browser asks again, and
// is led to sign in.
func TestBackAfterSigningOut(t *testing.T) {
	t.Parallel()
	ctx, _ := tab(t)
	s, word := demo(t)
	signIn(t, ctx, s.URL, auth.DemoCreator, word)
	act(t, ctx, "look around", chromedp.Navigate(s.URL+"/dashboard"), chromedp.WaitReady("main h1", chromedp.ByQuery),
		chromedp.Navigate(s.URL+"/connections"), chromedp.WaitReady("#connections", chromedp.ByQuery))
	act(
		t,
		ctx,
		"sign out",
		chromedp.Evaluate(`document.querySelector('form[action="/logout"]').requestSubmit()`, nil),
		sees("h1", "Sign in"),
	)
	for range 2 {
		var text string
		act(
			t,
			ctx,
			"back",
			back(),
			sees("h1", "Sign in"),
			chromedp.Evaluate(`document.body.innerText`, &text),
		)
		if strings.Contains(text, "Mina") || strings.Contains(text, "Disconnect") {
			t.Errorf("got %s, want the page to sign in", text)
		}
	}
	for _, path := range []string{"/dashboard", "/connections"} {
		act(t, ctx, path, chromedp.Navigate(s.URL+path), sees("h1", "Sign in"))
	}
}

// O10: when a consent has ended, neither the browser's history nor an address that was told to anybody holds its code
// or its state.
func TestAConsentLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	ctx, _ := tab(t)
	s, word := demo(t)
	var mu sync.Mutex
	var referrers []string
	chromedp.ListenTarget(ctx, func(ev any) {
		if e, ok := ev.(*network.EventRequestWillBeSent); ok {
			if from, ok := e.Request.Headers["Referer"].(string); ok {
				mu.Lock()
				referrers = append(referrers, from)
				mu.Unlock()
			}
		}
	})
	signIn(t, ctx, s.URL, auth.DemoCreator, word)
	var where, referrer string
	act(t, ctx, "consent", chromedp.Navigate(s.URL+"/connections"), chromedp.WaitReady("#connections", chromedp.ByQuery),
		chromedp.Evaluate(`document.querySelector('form[action="/connect/youtube"]').submit()`, nil),
		chromedp.WaitVisible(`button[value="allow"], button[name="allow"], form button[type="submit"]`, chromedp.ByQuery))
	act(
		t,
		ctx,
		"allow",
		chromedp.Evaluate(
			`[...document.querySelectorAll("button")].find((b) => /allow|continue|authori/i.test(b.innerText)).click()`,
			nil,
		),
		sees("h1", "Connections"),
		chromedp.Location(&where),
		chromedp.Evaluate(`document.referrer`, &referrer),
	)
	if !strings.HasPrefix(where, s.URL+"/connections?success=youtube_connected") {
		t.Fatalf("got to %s, want the consent to end well", where)
	}
	var seen []string
	act(t, ctx, "history", chromedp.ActionFunc(func(ctx context.Context) error {
		_, entries, err := page.GetNavigationHistory().Do(ctx)
		for _, e := range entries {
			seen = append(seen, e.URL)
		}
		return err
	}))
	mu.Lock()
	defer mu.Unlock()
	for _, u := range append(append(seen, referrers...), where, referrer) {
		if p, err := url.Parse(u); err != nil || p.Query().Has("code") ||
			(p.Query().Has("state") && !strings.HasPrefix(p.Path, "/sandbox/")) ||
			strings.HasSuffix(p.Path, "/callback") {
			t.Errorf("got %s, want no address with the code or the state of a consent", u)
		}
	}
	if len(seen) < 3 || len(referrers) == 0 {
		t.Errorf("got %d pages and %d addresses told, want some to look at", len(seen), len(referrers))
	}
}
