package app_test

import (
	"context"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/platform/platformtest/toy"
	"github.com/truecount/truecount/app/platform/platformtest/toy/toyfake"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
)

// TestAFurtherPlatform: a platform that the program was not built with is one folder and one line of the list. The
// product is opened with it, a creator connects through the sandbox's consent page, and every page, route, metric and
// check knows it.
func TestAFurtherPlatform(t *testing.T) {
	t.Parallel()
	list := append(all.Platforms(), all.Entry{Maker: toy.Maker, Fake: toyfake.New})
	c, err := config.Load(map[string]string{
		"ADDR": "127.0.0.1:0", "SANDBOX": "true", "DATABASE_URL": storetest.URL(t), "JOBS_SECRET": "the-outside-clock", "TOY_POST_LIMIT": "7",
		"SYNC_INTERVAL_MIN": "0",
	}, list.Declared())
	if err != nil {
		t.Fatal(err)
	}
	c.DataDir = t.TempDir()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.Start(t.Context(), app.Options{Config: c, Platforms: list}, l, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	creator := enters(t, s, "toy@example.com", "creator")
	who := s.World.Accounts("toy")[1] // the first one is the demo creator's
	creator.agree("toy", who.ID, "/connections?success=toy_connected")
	if r := creator.synced("toy", ""); r.State != "success" {
		t.Fatalf("got %+v, want a success", r)
	}
	truth, _ := s.World.Profile("toy", who.ID)

	var got account
	creator.read("/api/analytics/socials/toy", &got)
	if got.Handle != "@"+who.Handle || len(got.Posts) != 7 || *got.Profile.FollowerCount != *truth.Followers ||
		got.Posts[0].ViewCount == nil {
		t.Errorf("got %+v, want @%s with %d followers and 7 posts", got, who.Handle, *truth.Followers)
	}
	creator.shows("/dashboard", "Toy", "@"+who.Handle, `href="/dashboard/toy"`, `id="mark-toy"`, `M4 4h16v16H4z`)
	page := creator.shows(
		"/dashboard/toy",
		"Toy",
		"Fans",
		"clips",
		grouped(*truth.Followers),
		"Toy counts a view after three seconds.",
	)
	sheet := regexp.MustCompile(`/static/platforms\.[0-9a-f]+\.css`).FindString(page)
	creator.shows(sheet, "--toy:light-dark(#0F766E,#5EEAD4)", ".p-of-toy{")
	creator.shows("/connections", "Toy", "@"+who.Handle)
	creator.shows("/connections?error=toy_suspended", "Toy has suspended this account")
	creator.shows("/api/analytics/socials", `"platform":"toy"`)
	creator.shows("/api/analytics/socials/connections", `"platform":"toy"`)
	creator.shows("/api/openapi.json", `"toy"`)
	creator.shows("/privacy", "the Toy API", "https://toy.example/privacy")

	admin := enters(t, s, "admin@example.com", "admin")
	for _, path := range []string{"/admin", "/admin/connections", "/admin/quotas", "/admin/alerts", "/admin/config", "/admin/sandbox"} {
		admin.shows(path, "Toy")
	}
	admin.shows("/api/health/social-sync", `"platform":"toy"`)
	until(t, "the demo creator's sync and this one to be counted", func() bool {
		return strings.Contains(admin.get("/metrics").body, `truecount_sync_runs_total{platform="toy",state="success"} 2`)
	})
	admin.shows(
		"/metrics",
		`truecount_connections{platform="toy",status="connected"} 2`,
		`truecount_platform_requests_total{endpoint="/v1/clips",platform="toy"`,
	)
	doctorKnows(t, list)
}

// doctorKnows opens the list with credentials for the toy alone and asks doctor.
func doctorKnows(t *testing.T, list all.List) {
	t.Helper()
	c, err := config.Load(map[string]string{
		"BASE_URL": "http://localhost:8080", "DATABASE_URL": storetest.URL(t), "TOY_CLIENT_ID": "one", "TOY_CLIENT_SECRET": "two", "TOY_QUOTE": "?",
	}, list.Declared())
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "TOY_QUOTE") {
		t.Fatalf("got %v and warnings %v, want one of TOY_QUOTE", err, c.Warnings)
	}
	c.DataDir = t.TempDir()
	a, err := app.Open(t.Context(), app.Options{Config: c, Platforms: list})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	var said []string
	for _, f := range a.Doctor(t.Context()).Check(t.Context(), true) {
		if strings.HasPrefix(f.ID, "toy.") {
			said = append(said, f.ID)
		}
	}
	if !slices.Contains(said, "toy.credentials") || !slices.Contains(said, "toy.redirect-uri") {
		t.Errorf("got %v from doctor, want the toy's credentials and redirect URI", said)
	}
}

// enters makes a person and gives their browser, signed in.
func enters(t *testing.T, s *app.Server, email, role string) *browser {
	t.Helper()
	_, err := s.Auth.Create(
		viewer.System(t.Context(), viewer.ReasonTest),
		auth.NewUser{Email: email, Name: "Mina", Role: role, Password: fault.Secret(password)},
	)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, base: s.URL, seen: &transcript{}, http: &http.Client{
		Jar: jar, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if got := b.post("/login", url.Values{"email": {email}, "password": {password}}); got.status != http.StatusSeeOther {
		t.Fatalf("sign in: got %d, want 303", got.status)
	}
	return b
}

// agree connects a platform as a person does: the consent page is opened, an account chosen, and its form sent.
func (b *browser) agree(platform, accountID, want string) {
	b.t.Helper()
	address := b.begin(platform)
	page := b.get(address)
	doc, err := html.Parse(strings.NewReader(page.body))
	if err != nil {
		b.t.Fatal(err)
	}
	form := url.Values{"decision": {"allow"}}
	for n := range doc.Descendants() {
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
		}
		switch {
		case n.Data == "input" && at["type"] == "radio" && at["name"] == "account" && at["value"] == accountID:
			form.Set("account", at["value"])
		case n.Data == "input" && at["type"] == "checkbox" && at["name"] == "scope":
			form.Add("scope", at["value"])
		}
	}
	back := b.post(address, form)
	if back.status != http.StatusSeeOther {
		b.t.Fatalf("consent: got %d %s, want 303", back.status, back.body)
	}
	b.lands(back.location, want)
}

// shows opens a page that must answer 200 with these texts on it, and gives its body.
func (b *browser) shows(path string, texts ...string) string {
	b.t.Helper()
	a := b.get(path)
	if a.status != http.StatusOK {
		b.t.Errorf("%s: got %d, want 200", path, a.status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			b.t.Errorf("%s: got no %q", path, text)
		}
	}
	return a.body
}
