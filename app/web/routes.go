package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/static"
)

// Policy says who may ask a route.
type Policy string

// Policies.
const (
	Public  Policy = "public"  // anybody
	Signed  Policy = "signed"  // a secret of its own, checked by the route
	Creator Policy = "creator" // a creator; everything is their own
	Admin   Policy = "admin"   // for everybody else the page is not there
)

// handler parses, asks one room, shows one view. Its error is turned into an answer by respond.go.
type handler func(*gin.Context) error

// Route is one line of the table.
type Route struct {
	Method string
	Path   string
	Policy Policy
	do     handler
}

// scope is what a personal API token needs for a route: what only looks is read, whatever begins or ends access is manage.
func (r Route) scope() auth.Scope {
	switch {
	case strings.HasSuffix(r.Path, "/connect"):
		return auth.ScopeManage
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return auth.ScopeRead
	case r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/sync"):
		return auth.ScopeSync
	default:
		return auth.ScopeManage
	}
}

// Table is every route there is; none is registered elsewhere.
func (s *Server) Table() []Route {
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	t := []Route{
		{get, "/", Public, s.home},
		{get, "/login", Public, s.loginForm},
		{post, "/login", Public, s.login},
		{post, "/logout", Public, s.logout},
		{get, "/setup", Public, s.setupForm},
		{post, "/setup", Public, s.setup},
		{get, "/invite/:token", Public, s.inviteForm},
		{post, "/invite/:token", Public, s.acceptInvite},
		{get, "/password/forgot", Public, s.forgotForm},
		{post, "/password/forgot", Public, s.forgot},
		{get, "/password/reset/:token", Public, s.resetForm},
		{post, "/password/reset/:token", Public, s.reset},

		{get, "/reconnect/:token", Public, s.reconnectForm},
		{post, "/reconnect/:token", Public, s.reconnect},
		{get, "/reconnected", Public, s.reconnected},

		{get, "/dashboard", Creator, s.dashboard},
		{get, "/dashboard/:platform", Creator, s.account},
		{get, "/dashboard/:platform/posts/:id", Creator, s.post},
		{get, "/connections", Creator, s.connections},
		{post, "/connections/:id/sync", Creator, s.syncOwn},
		{post, "/connections/:id/disconnect", Creator, s.disconnectOwn},
		{post, "/connect/:platform", Creator, s.connect},

		{get, "/admin", Admin, s.console},
		{get, "/admin/quotas", Admin, s.quotas},
		{get, setupPage, Admin, s.checkup},
		{post, setupPage + "/probe", Admin, s.probe},
		{post, "/admin/platforms/:platform/sync", Admin, s.syncPlatform},
		{post, "/admin/connections/:id/sync", Admin, s.syncAny},
		{post, "/admin/connections/:id/link", Admin, s.sendLink},
		{post, "/admin/platforms/:platform/pause", Admin, s.pausePlatform},
		{post, "/admin/platforms/:platform/resume", Admin, s.resumePlatform},
		{get, "/admin/connections", Admin, s.accounts},
		{get, "/admin/connections/bulk", Admin, s.askBulk},
		{post, "/admin/connections/bulk", Admin, s.bulk},
		{get, "/admin/connections/:id", Admin, s.connectionStory},
		{get, "/admin/connections/:id/disconnect", Admin, s.askDisconnect},
		{post, "/admin/connections/:id/disconnect", Admin, s.disconnectAny},
		{post, "/admin/connections/:id/pause", Admin, s.pauseAccount},
		{post, "/admin/connections/:id/resume", Admin, s.resumeAccount},
		{get, "/admin/failures", Admin, s.failures},
		{get, "/admin/failures/retry", Admin, s.askRetryAll},
		{post, "/admin/failures/retry", Admin, s.retryAll},
		{post, "/admin/failures/dismiss", Admin, s.dismissAll},
		{get, "/admin/runs", Admin, s.runs},
		{get, "/admin/runs/:id", Admin, s.runStory},
		{post, "/admin/runs/:id/retry", Admin, s.retry},
		{post, "/admin/runs/:id/cancel", Admin, s.cancelRun},
		{post, "/admin/runs/:id/dismiss", Admin, s.dismissRun},
		{get, "/admin/alerts", Admin, s.alerts},
		{post, "/admin/alerts/test", Admin, s.testAlerts},
		{post, "/admin/alerts/settings", Admin, s.setAlerts},
		{get, "/admin/alerts/:id", Admin, s.alert},
		{post, "/admin/alerts/:id/acknowledge", Admin, s.acknowledge},
		{post, "/admin/alerts/:id/mute", Admin, s.mute},
		{post, "/admin/alerts/:id/unmute", Admin, s.unmute},
		{post, "/admin/deliveries/:id/again", Admin, s.sendAgain},
		{get, "/admin/users", Admin, s.people},
		{post, "/admin/users/invite", Admin, s.invite},
		{post, "/admin/users/invites/:id/withdraw", Admin, s.withdraw},
		{get, "/admin/users/:id", Admin, s.person},
		{post, "/admin/users/:id/tokens/:token/revoke", Admin, s.revokeToken},
		{post, "/admin/users/:id/unlock", Admin, s.unlockPerson},
		{post, "/admin/users/:id/disable", Admin, s.disablePerson},
		{post, "/admin/users/:id/enable", Admin, s.enablePerson},
		{post, "/admin/users/:id/sign-out", Admin, s.signOutPerson},
		{post, "/admin/users/:id/role", Admin, s.rolePerson},
		{post, "/admin/users/:id/password", Admin, s.passwordLink},
		{get, "/admin/users/:id/delete", Admin, s.askDeletePerson},
		{post, "/admin/users/:id/delete", Admin, s.deletePerson},
		{get, "/admin/audit", Admin, s.auditLog},
		{post, "/admin/audit/verify", Admin, s.verifyAudit},
		{get, "/admin/audit/export", Admin, s.exportAudit},
		{get, "/admin/confirm", Admin, s.confirmForm},
		{post, "/admin/confirm", Admin, s.confirm},

		{get, "/api/auth/:platform/connect", Creator, s.apiConnect},
		{get, "/api/auth/:platform/callback", Public, s.callback},
		{del, "/api/auth/:platform/disconnect", Creator, s.apiDisconnect},
		{post, "/api/auth/:platform/sync", Creator, s.apiSync},
		{get, "/api/auth/:platform/sync", Creator, s.apiRun},
		{get, "/api/analytics/socials/connections", Creator, s.apiConnections},
		{get, "/api/analytics/socials", Creator, s.apiOverview},
		{get, "/api/analytics/socials/:platform", Creator, s.apiAccount},
		{get, "/api/health/social-sync", Public, s.apiHealth},
		{post, "/api/jobs/social-sync", Signed, s.apiJobs},
		{post, "/api/webhooks/:platform", Signed, s.webhook},
		{post, "/api/webhooks/:platform/:name", Signed, s.webhook},
		{get, "/deletion", Public, s.deletion},
		{get, "/privacy", Public, s.privacy},
		{get, "/terms", Public, s.terms},
		{get, "/api/openapi.json", Public, s.openAPI},

		{get, "/healthz", Public, s.healthz},
		{get, "/readyz", Public, s.readyz},
		{get, "/metrics", Signed, s.metrics},
		{get, static.Prefix + "*file", Public, wrap(static.Handler())},
		{http.MethodHead, static.Prefix + "*file", Public, wrap(static.Handler())},
	}
	if s.o.Config.NoWeb {
		t = slices.DeleteFunc(t, func(r Route) bool { return !slices.Contains(probes, r.Path) })
	} else if s.o.World != nil {
		t = append(t,
			Route{get, faultPanel, Admin, s.sandboxPanel},
			Route{post, faultPanel + "/faults", Admin, s.plantFault},
			Route{post, faultPanel + "/faults/:id/lift", Admin, s.liftFault},
			Route{post, faultPanel + "/lift-all", Admin, s.liftFaults},
			Route{post, faultPanel + "/access", Admin, s.endAccess},
		)
	}
	if s.o.Sandbox != nil {
		for _, m := range []string{get, post, del, http.MethodPut, http.MethodPatch, http.MethodHead} {
			t = append(t, Route{m, "/sandbox/*face", Public, wrap(s.o.Sandbox)})
		}
	}
	return t
}

func wrap(h http.Handler) handler {
	return func(c *gin.Context) error {
		h.ServeHTTP(c.Writer, c.Request)
		return nil
	}
}

func (s *Server) routes() {
	s.engine.Use(s.recovered, s.who)
	s.engine.NoRoute(func(c *gin.Context) { s.fail(c, errNothing()) })
	s.engine.NoMethod(func(c *gin.Context) { s.fail(c, errMethod()) })
	for _, r := range s.Table() {
		s.engine.Handle(r.Method, r.Path, s.guarded(r))
		if r.Method == http.MethodGet && r.Policy != Signed && !wild(r.Path) {
			s.engine.Handle(http.MethodHead, r.Path, s.guarded(r))
		}
	}
}

func wild(path string) bool { return path == static.Prefix+"*file" || path == "/sandbox/*face" }

// guarded lets in who may ask.
func (s *Server) guarded(r Route) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := s.may(c, r.Policy); err != nil {
			s.fail(c, err)
			return
		}
		if err := s.scoped(c, r); err != nil {
			s.fail(c, err)
			return
		}
		if err := readable(c, r); err != nil {
			s.fail(c, err)
			return
		}
		if err := r.do(c); err != nil {
			s.fail(c, err)
		}
	}
}
