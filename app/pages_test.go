package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
	"github.com/truecount/truecount/ent/user"
)

// shot is a page as somebody may meet it.
type shot struct{ name, path string }

// state is what the demo creator's accounts are like when pages are looked at.
type state struct {
	name  string
	make  func(*gallery)
	shots []shot
}

// gallery changes the demo's accounts behind the program's back, into every state there is.
type gallery struct {
	*app.Server
	t   *testing.T
	ctx context.Context
	now time.Time
}

func (g *gallery) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// account gives the demo creator's account on a platform.
func (g *gallery) account(platform string) string {
	g.t.Helper()
	id, err := g.Store.Client.Connection.Query().Where(connection.Platform(platform)).FirstID(g.ctx)
	g.must(err)
	return id
}

func (g *gallery) set(platform string, change func(*ent.ConnectionUpdateOne)) {
	g.t.Helper()
	u := g.Store.Client.Connection.UpdateOneID(g.account(platform)).SetStatusSince(g.now.Add(-3 * time.Hour))
	change(u)
	g.must(u.Exec(g.ctx))
}

// last makes an account's newest run, in a state.
func (g *gallery) last(platform string, s run.State, change func(*ent.RunCreate)) {
	g.t.Helper()
	c := g.Store.Client.Run.Create().
		SetConnectionID(g.account(platform)).
		SetPlatform(platform).
		SetTrigger(run.TriggerSchedule).
		SetState(s).
		SetAttempt(2).
		SetCreatedAt(g.now).
		SetStartedAt(g.now)
	change(c)
	g.must(c.Exec(g.ctx))
}

// yesterday makes a day of a platform's quota that has ended, with one sync of its account in it.
func (g *gallery) yesterday(platform string) {
	g.t.Helper()
	end := outbound.NextPacificMidnight(g.now.Add(-24 * time.Hour))
	g.must(
		g.Store.Client.QuotaUse.Create().
			SetPlatform(platform).
			SetBucket("QUOTA").
			SetWindowStart(end.Add(-24 * time.Hour)).
			SetWindowEnd(end).
			SetUsed(2).
			Exec(g.ctx),
	)
	g.must(
		g.Store.Client.Run.Create().
			SetConnectionID(g.account(platform)).
			SetPlatform(platform).
			SetTrigger(run.TriggerSchedule).
			SetState(run.StateSuccess).
			SetAttempt(1).
			SetCreatedAt(end.Add(-4 * time.Hour)).
			SetStartedAt(end.Add(-4 * time.Hour)).
			SetCompletedAt(end.Add(-4 * time.Hour)).
			Exec(g.ctx),
	)
	g.must(g.Store.Client.Connection.UpdateOneID(g.account(platform)).SetStatus(connection.StatusConnected).Exec(g.ctx))
}

// alerts makes alerts in several states, and messages of one.
func (g *gallery) alerts() {
	g.t.Helper()
	g.must(g.Alerts.Check(g.ctx))
	a := g.Store.Client.Alert.Query().Where(alert.Rule("DEAD_LETTER")).FirstX(g.ctx)
	for i, d := range []struct {
		channel, failed string
		sent            bool
	}{{"webhook hooks.example.com", "the answer was HTTP 500", false}, {"slack", "", true}, {"e-mail olu@example.test", "", false}} {
		q := g.Store.Client.Delivery.Create().
			SetAlertID(a.ID).
			SetEvent("opened").
			SetNumber(1).
			SetChannel(d.channel).
			SetAttempts(i % 2).
			SetError(d.failed)
		if d.sent {
			q.SetSentAt(g.now)
		} else {
			q.SetNextAt(g.now.Add(4 * time.Minute)).SetAttempts(3 - i)
		}
		g.must(q.Exec(g.ctx))
	}
	g.must(
		g.Store.Client.Alert.Create().
			SetRule("APP_REFUSED").
			SetPlatform("youtube").
			SetMessage("YouTube refuses this server's credentials or review status (12 runs).").
			SetOccurrences(12).
			SetOpenedAt(g.now.Add(-50 * time.Hour)).
			SetLastSeenAt(g.now.Add(-40 * time.Hour)).
			SetResolvedAt(g.now.Add(-40 * time.Hour)).
			SetNotifiedAt(g.now.Add(-50 * time.Hour)).
			Exec(g.ctx),
	)
}

var states = []state{
	{"fresh", func(*gallery) {}, []shot{
		{
			"overview",
			"/dashboard",
		}, {"instagram", "/dashboard/instagram?span=90d&metric=views"}, {"tiktok", "/dashboard/tiktok"}, {"youtube", "/dashboard/youtube?metric=views&span=12m"},
		{"post", "post"}, {"connections", "/connections"}, {"nothing", "/dashboard/nothing"},
	}},
	{"trouble", func(g *gallery) {
		g.set("instagram", func(u *ent.ConnectionUpdateOne) {
			u.SetStatus(connection.StatusNeedsReconnect).SetStatusCode("AUTH_REVOKED").SetStatusDetail("the grant is over")
		})
		g.set("tiktok", func(u *ent.ConnectionUpdateOne) {
			u.SetStatus(connection.StatusExpiring).SetRefreshExpiresAt(g.now.Add(5 * 24 * time.Hour))
		})
		g.last("youtube", run.StateRetrying, func(c *ent.RunCreate) {
			c.SetErrorCode("PLATFORM_ERROR").SetErrorMessage("profile: http 500").SetNextAttemptAt(g.now.Add(8 * time.Minute))
		})
	}, []shot{{"overview", "/dashboard"}, {"connections", "/connections"}, {"instagram", "/dashboard/instagram"}}},
	{"waiting", func(g *gallery) {
		g.set("instagram", func(u *ent.ConnectionUpdateOne) { u.SetStatus(connection.StatusPaused) })
		g.set("tiktok", func(u *ent.ConnectionUpdateOne) {
			u.SetStatus(connection.StatusLimited).
				SetStatusCode("SCOPE_MISSING").
				SetScopes([]string{"user.info.basic", "user.info.profile", "user.info.stats"})
		})
		g.must(
			g.Store.Client.Run.Update().
				Where(run.CompletedAtIsNil()).
				SetState(run.StateDeferred).
				SetErrorCode("QUOTA_EXHAUSTED").
				SetNextAttemptAt(g.now.Add(6 * time.Hour)).
				Exec(g.ctx),
		)
	}, []shot{{"overview", "/dashboard"}, {"connections", "/connections"}, {"tiktok", "/dashboard/tiktok"}}},
	{"ended", func(g *gallery) {
		g.set("instagram", func(u *ent.ConnectionUpdateOne) {
			u.SetStatus(connection.StatusDisconnected).SetDisconnectedAt(g.now).ClearAccessSealed()
		})
		g.set("tiktok", func(u *ent.ConnectionUpdateOne) { u.SetStatus(connection.StatusConnected) })
		g.last("tiktok", run.StateDead, func(c *ent.RunCreate) {
			c.SetErrorCode("TIMEOUT").SetErrorMessage("no answer in time").SetCompletedAt(g.now.Add(-time.Minute))
		})
		g.must(
			g.Store.Client.Schedule.Update().
				Where(schedule.Platform("tiktok")).
				SetLastSuccessAt(g.now.Add(-40 * time.Hour)).
				Exec(g.ctx),
		)
		g.set("youtube", func(u *ent.ConnectionUpdateOne) {
			u.SetStatus(connection.StatusDisconnected).SetDisconnectedAt(g.now).SetDeleteBy(g.now.Add(7 * 24 * time.Hour))
		})
		g.must(
			g.Store.Client.Run.Update().
				Where(run.CompletedAtIsNil()).
				SetState(run.StateFailed).
				SetCompletedAt(g.now).
				Exec(g.ctx),
		)
	}, []shot{{"overview", "/dashboard"}, {"connections", "/connections"}, {"youtube", "/dashboard/youtube"}}},
	{"unproven", func(g *gallery) { // lost at Google, and paused by an admin: the terms set a time
		g.set("youtube", func(u *ent.ConnectionUpdateOne) {
			u.SetStatus(connection.StatusNeedsReconnect).
				SetStatusCode("AUTH_REVOKED").
				ClearDisconnectedAt().
				SetDeleteBy(g.now.Add(29 * 24 * time.Hour))
		})
	}, []shot{{"overview", "/dashboard"}, {"connections", "/connections"}}},
}

// Every page in every state, narrow and wide, light and dark: no barrier that axe knows of, nothing
// wider than the screen, and no complaint of the browser. SHOTS=folder keeps the pictures.
func TestBrowserPages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("looks at every page four times: left out in -short")
	}
	ctx, wrong := tab(t)
	s, word := demo(t)
	g := &gallery{s, t, viewer.System(t.Context(), viewer.ReasonTest), time.Now().UTC()}
	axe, err := os.ReadFile(filepath.Join("testdata", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	look := looker{t, ctx, string(axe), os.Getenv("SHOTS")}
	act(t, ctx, "see the sign-in page", chromedp.Navigate(s.URL+"/login"))
	look.at("login", s.URL+"/login")
	look.at("forgot", s.URL+"/password/forgot")
	look.at("privacy", s.URL+"/privacy")
	look.at("terms", s.URL+"/terms")
	look.at("how-to-delete", s.URL+"/deletion")
	look.at("help", s.URL+"/help")
	look.at("help-search", s.URL+"/help?q=restore")
	look.at("help-guide", s.URL+"/help/setup-youtube")
	look.at("help-settings", s.URL+"/help/settings")
	look.at("licenses", s.URL+"/help/licenses")
	invited, err := s.Auth.Invite(g.ctx, "new@example.test", "creator")
	g.must(err)
	look.at("invite", s.URL+"/invite/"+invited.Reveal())
	signIn(t, ctx, s.URL, auth.DemoCreator, word)
	look.at("explain", s.URL+"/explain?metric=views_gained&span=30d")
	look.at("explain-rate", s.URL+"/explain?metric=engagement_rate&span=90d&platform=tiktok")
	look.at("explain-missing", s.URL+"/explain?metric=watch_time&span=7d")
	look.at("explain-app", s.URL+"/explain?metric=followers&span=30d&platform=youtube&tab=app&shown=12,3K")
	look.at("known", s.URL+"/dashboard?as_of="+g.now.Add(-10*24*time.Hour).Format(time.RFC3339))
	look.at("settings", s.URL+"/settings/profile")
	for _, st := range states {
		st.make(g)
		for _, sh := range st.shots {
			if sh.path == "post" {
				id := s.Store.Client.Post.Query().
					Where(post.HasConnectionWith(connection.Platform("tiktok"))).
					Order(ent.Desc(post.FieldPostedAt)).
					FirstIDX(g.ctx)
				sh.path = "/dashboard/tiktok/posts/" + id
			}
			look.at(st.name+"-"+sh.name, s.URL+sh.path)
		}
	}
	act(
		t,
		ctx,
		"sign out",
		chromedp.Navigate(s.URL+"/connections"),
		chromedp.Submit(`form[action="/logout"]`, chromedp.ByQuery),
		chromedp.WaitVisible(`#login`, chromedp.ByQuery),
	)
	signIn(t, ctx, s.URL, auth.DemoAdmin, word)
	look.at("admin", s.URL+"/admin")
	look.at("accounts", s.URL+"/admin/connections")
	look.at("failures", s.URL+"/admin/failures")
	look.at("retry-all", s.URL+"/admin/failures/retry")
	look.at("run", s.URL+"/admin/runs/"+s.Store.Client.Run.Query().Where(run.StateEQ(run.StateDead)).FirstIDX(g.ctx))
	g.alerts()
	for _, sh := range []shot{
		{"connection", "/admin/connections/" + g.account("tiktok")}, {"connection-lost", "/admin/connections/" + g.account("instagram")}, {"disconnect", "/admin/connections/" + g.account("tiktok") + "/disconnect"},
		{"bulk", "/admin/connections/bulk"}, {"runs", "/admin/runs"}, {"runs-none", "/admin/runs?code=NOTHING"}, {"alerts", "/admin/alerts?state=all"}, {"alerts-none", "/admin/alerts?platform=youtube"},
		{"alert", "/admin/alerts/" + s.Store.Client.Alert.Query().Where(alert.Rule("DEAD_LETTER")).FirstIDX(g.ctx)}, {"users", "/admin/users"}, {"delete-person", "/admin/users/" + s.Store.Client.User.Query().Where(user.Email(auth.DemoCreator)).OnlyIDX(g.ctx) + "/delete"}, {"audit", "/admin/audit"}, {"audit-none", "/admin/audit?actor=nobody"},
		{"confirm", "/admin/confirm"},
	} {
		look.at(sh.name, s.URL+sh.path)
	}
	g.must(s.Connect.PausePlatform(g.ctx, "youtube"))
	look.at("admin-paused", s.URL+"/admin")
	g.must(s.Connect.ResumePlatform(g.ctx, "youtube"))
	look.at("accounts-none", s.URL+"/admin/connections?q=nobody")
	look.at("quotas-new", s.URL+"/admin/quotas")
	g.yesterday("youtube")
	look.at("quotas", s.URL+"/admin/quotas")
	look.at("setup", s.URL+"/admin/config")
	mina := s.Store.Client.User.Query().Where(user.Email(auth.DemoCreator)).OnlyIDX(g.ctx)
	if _, err := s.Auth.Tokens.New(g.ctx, mina, auth.TokenWish{Label: "A script of mine", Life: 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	look.at("person", s.URL+"/admin/users/"+mina)
	s.World.AddFault(sandbox.Fault{Platform: "tiktok", Kind: sandbox.FaultRateLimit, Times: 3})
	look.at("sandbox", s.URL+"/admin/sandbox")
	gone, err := s.People.Erase(
		g.ctx,
		s.Store.Client.User.Query().Where(user.Email(auth.DemoCreator)).OnlyIDX(g.ctx),
		connect.CauseAdmin,
	)
	g.must(err)
	look.at("deletion", s.URL+"/deletion?id="+gone.Receipt)
	got := strings.Split(wrong.String(), "\n")
	for _, c := range got {
		if c != "" && !strings.Contains(c, "/dashboard/nothing") { // a page that is not there says so
			t.Errorf("complaint of the browser: %s", c)
		}
	}
}

// looker looks at pages.
type looker struct {
	t    *testing.T
	ctx  context.Context
	axe  string
	keep string
}

func (l looker) at(name, address string) {
	l.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{390, 1360} {
			what := fmt.Sprintf("%s-%s-%d", name, scheme, width)
			media := []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme},
				{Name: "prefers-reduced-motion", Value: "reduce"},
			}
			var found, wide string
			act(
				l.t,
				l.ctx,
				"look at "+what,
				emulation.SetDeviceMetricsOverride(width, 900, 1, width < 500),
				emulation.SetEmulatedMedia().WithFeatures(media),
				chromedp.Navigate(address),
				chromedp.WaitReady("main", chromedp.ByQuery),
				chromedp.Evaluate(l.axe+"; undefined", nil),
				chromedp.Evaluate(
					`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]}).then((r) =>
					JSON.stringify(r.violations.map((v) => v.id + ": " + v.help + " " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | "))))`,
					&found,
					awaited,
				),
				chromedp.Evaluate(
					`document.documentElement.scrollWidth > innerWidth ? "the page is " + document.documentElement.scrollWidth + " wide" : ""`,
					&wide,
				),
			)
			var list []string
			if err := json.Unmarshal([]byte(found), &list); err != nil {
				l.t.Fatalf("%s: %v in %s", what, err, found)
			}
			for _, v := range list {
				l.t.Errorf("%s: %s", what, v)
			}
			if wide != "" {
				l.t.Errorf("%s: %s", what, wide)
			}
			l.picture(what)
		}
	}
}

// picture keeps what is seen, from the page's top to its end.
func (l looker) picture(name string) {
	if l.keep == "" {
		return
	}
	var png []byte
	act(l.t, l.ctx, "keep a picture", chromedp.ActionFunc(func(ctx context.Context) error {
		var err error
		png, err = page.CaptureScreenshot().WithCaptureBeyondViewport(true).Do(ctx)
		return err
	}))
	if err := os.WriteFile(filepath.Join(l.keep, name+".png"), png, 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// awaited makes an evaluation wait for its promise.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
