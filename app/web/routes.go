package web

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/web/admins"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/static"
)

// Policy says who may ask a route.
type Policy = edge.Policy

// Policies.
const (
	Public  = edge.PolicyPublic
	Signed  = edge.PolicySigned
	Creator = edge.PolicyCreator
	Person  = edge.PolicyPerson
	Admin   = edge.PolicyAdmin
)

// Route is one line of the table.
type Route struct {
	Method string
	Path   string
	Policy Policy
	Do     edge.Handler
}

// Table is every route there is; none is registered elsewhere.
func (s *Server) Table() []Route {
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	t := []Route{
		{get, "/", Public, s.visitors.Home},
		{get, "/login", Public, s.visitors.LoginForm},
		{post, "/login", Public, s.visitors.Login},
		{post, "/logout", Public, s.visitors.Logout},
		{get, "/setup", Public, s.visitors.SetupForm},
		{post, "/setup", Public, s.visitors.Setup},
		{get, "/invite/:token", Public, s.visitors.InviteForm},
		{post, "/invite/:token", Public, s.visitors.AcceptInvite},
		{get, "/password/forgot", Public, s.visitors.ForgotForm},
		{post, "/password/forgot", Public, s.visitors.Forgot},
		{get, "/password/reset/:token", Public, s.visitors.ResetForm},
		{post, "/password/reset/:token", Public, s.visitors.Reset},

		{get, "/reconnect/:token", Public, s.visitors.ReconnectForm},
		{post, "/reconnect/:token", Public, s.visitors.Reconnect},
		{get, "/reconnected", Public, s.visitors.Reconnected},

		{get, "/dashboard", Creator, s.creators.Dashboard},
		{get, "/dashboard/:platform", Creator, s.creators.Account},
		{get, "/dashboard/:platform/posts/:id", Creator, s.creators.Post},
		{get, "/explain", Creator, s.creators.Explain},
		{get, "/connections", Creator, s.creators.Connections},
		{post, "/connections/:id/sync", Creator, s.creators.Sync},
		{post, "/connections/:id/disconnect", Creator, s.creators.Disconnect},
		{post, "/connect/:platform", Creator, s.creators.Connect},

		{get, "/settings", Person, s.settings.Home},
		{get, "/settings/profile", Person, s.settings.Profile},
		{post, "/settings/profile", Person, s.settings.SaveProfile},

		{get, "/admin", Admin, s.admins.Console.Home},
		{get, "/admin/quotas", Admin, s.admins.Console.Quotas},
		{get, admins.SetupPage, Admin, s.admins.Setup.Checks},
		{post, admins.SetupPage + "/probe", Admin, s.admins.Setup.RunChecks},
		{post, admins.SetupPage + "/checklist", Admin, s.admins.Setup.CheckStep},
		{post, "/admin/platforms/:platform/sync", Admin, s.admins.Console.SyncPlatform},
		{post, "/admin/connections/:id/sync", Admin, s.admins.Console.SyncConnection},
		{post, "/admin/connections/:id/link", Admin, s.admins.Console.SendLink},
		{post, "/admin/platforms/:platform/pause", Admin, s.admins.Console.PausePlatform},
		{post, "/admin/platforms/:platform/resume", Admin, s.admins.Console.ResumePlatform},
		{get, "/admin/connections", Admin, s.admins.Console.Connections},
		{get, "/admin/connections/bulk", Admin, s.admins.Console.AskBulk},
		{post, "/admin/connections/bulk", Admin, s.admins.Console.Bulk},
		{get, "/admin/connections/:id", Admin, s.admins.Console.Connection},
		{get, "/admin/connections/:id/disconnect", Admin, s.admins.Console.AskDisconnect},
		{post, "/admin/connections/:id/disconnect", Admin, s.admins.Console.Disconnect},
		{post, "/admin/connections/:id/pause", Admin, s.admins.Console.PauseConnection},
		{post, "/admin/connections/:id/resume", Admin, s.admins.Console.ResumeConnection},
		{get, "/admin/failures", Admin, s.admins.Console.Failures},
		{get, "/admin/failures/retry", Admin, s.admins.Console.AskRetryAll},
		{post, "/admin/failures/retry", Admin, s.admins.Console.RetryAll},
		{post, "/admin/failures/dismiss", Admin, s.admins.Console.DismissAll},
		{get, "/admin/runs", Admin, s.admins.Console.Runs},
		{get, "/admin/runs/:id", Admin, s.admins.Console.Run},
		{post, "/admin/runs/:id/retry", Admin, s.admins.Console.Retry},
		{post, "/admin/runs/:id/cancel", Admin, s.admins.Console.CancelRun},
		{post, "/admin/runs/:id/dismiss", Admin, s.admins.Console.DismissRun},
		{get, "/admin/alerts", Admin, s.admins.Alerts.List},
		{post, "/admin/alerts/test", Admin, s.admins.Alerts.Test},
		{post, "/admin/alerts/settings", Admin, s.admins.Alerts.Save},
		{get, "/admin/alerts/:id", Admin, s.admins.Alerts.Alert},
		{post, "/admin/alerts/:id/acknowledge", Admin, s.admins.Alerts.Acknowledge},
		{post, "/admin/alerts/:id/mute", Admin, s.admins.Alerts.Mute},
		{post, "/admin/alerts/:id/unmute", Admin, s.admins.Alerts.Unmute},
		{post, "/admin/deliveries/:id/again", Admin, s.admins.Alerts.SendAgain},
		{get, "/admin/users", Admin, s.admins.People.List},
		{post, "/admin/users/invite", Admin, s.admins.People.Invite},
		{post, "/admin/users/invites/:id/withdraw", Admin, s.admins.People.RevokeInvite},
		{get, "/admin/users/:id", Admin, s.admins.People.Person},
		{post, "/admin/users/:id/tokens/:token/revoke", Admin, s.admins.People.RevokeToken},
		{post, "/admin/users/:id/unlock", Admin, s.admins.People.Unlock},
		{post, "/admin/users/:id/disable", Admin, s.admins.People.Disable},
		{post, "/admin/users/:id/enable", Admin, s.admins.People.Enable},
		{post, "/admin/users/:id/sign-out", Admin, s.admins.People.SignOut},
		{post, "/admin/users/:id/role", Admin, s.admins.People.SetRole},
		{post, "/admin/users/:id/password", Admin, s.admins.People.PasswordLink},
		{get, "/admin/users/:id/delete", Admin, s.admins.People.AskDelete},
		{post, "/admin/users/:id/delete", Admin, s.admins.People.Delete},
		{get, "/admin/audit", Admin, s.admins.People.AuditLog},
		{post, "/admin/audit/verify", Admin, s.admins.People.VerifyAudit},
		{get, "/admin/audit/export", Admin, s.admins.People.ExportAudit},
		{get, "/admin/confirm", Admin, s.admins.People.ConfirmForm},
		{post, "/admin/confirm", Admin, s.admins.People.Confirm},

		{get, "/api/auth/:platform/connect", Creator, s.creators.ConnectJSON},
		{get, "/api/auth/:platform/callback", Public, s.creators.Callback},
		{del, "/api/auth/:platform/disconnect", Creator, s.creators.DisconnectJSON},
		{post, "/api/auth/:platform/sync", Creator, s.creators.SyncJSON},
		{get, "/api/auth/:platform/sync", Creator, s.creators.RunJSON},
		{get, "/api/analytics/socials/connections", Creator, s.creators.ConnectionsJSON},
		{get, "/api/analytics/socials", Creator, s.creators.OverviewJSON},
		{get, "/api/analytics/socials/:platform", Creator, s.creators.AccountJSON},
		{get, "/api/v1/connections", Creator, s.api.Connections},
		{get, "/api/v1/metrics", Creator, s.api.Metrics},
		{get, "/api/v1/numbers", Creator, s.api.Number},
		{get, "/api/v1/explain", Creator, s.api.Explain},
		{get, "/api/v1/posts", Creator, s.api.Posts},
		{get, "/api/v1/posts/:id", Creator, s.api.Post},
		{get, "/api/v1/posts/:id/history", Creator, s.api.PostHistory},
		{get, "/api/health/social-sync", Public, s.machines.Health},
		{post, "/api/jobs/social-sync", Signed, s.machines.Jobs},
		{post, "/api/webhooks/:platform", Signed, s.machines.Webhook},
		{post, "/api/webhooks/:platform/:name", Signed, s.machines.Webhook},
		{get, "/deletion", Public, s.visitors.Deletion},
		{get, "/privacy", Public, s.visitors.Privacy},
		{get, "/terms", Public, s.visitors.Terms},
		{get, "/help", Public, s.visitors.Help},
		{get, "/help/licenses", Public, s.visitors.Licenses},
		{get, "/help/:document", Public, s.visitors.HelpDocument},
		{get, "/api/openapi.json", Public, s.machines.OpenAPI},

		{get, "/healthz", Public, s.machines.Alive},
		{get, "/readyz", Public, s.machines.Ready},
		{get, "/metrics", Signed, s.machines.Metrics},
		{get, static.Prefix + "*file", Public, edge.Wrapped(static.Handler(s.edge.Sheet))},
		{http.MethodHead, static.Prefix + "*file", Public, edge.Wrapped(static.Handler(s.edge.Sheet))},
	}
	if s.o.Config.NoWeb {
		t = slices.DeleteFunc(t, func(r Route) bool { return !slices.Contains(edge.Probes, r.Path) })
	} else if s.o.World != nil {
		t = append(t,
			Route{get, admins.SandboxPage, Admin, s.admins.Sandbox.Panel},
			Route{post, admins.SandboxPage + "/faults", Admin, s.admins.Sandbox.AddFault},
			Route{post, admins.SandboxPage + "/faults/:id/lift", Admin, s.admins.Sandbox.RemoveFault},
			Route{post, admins.SandboxPage + "/lift-all", Admin, s.admins.Sandbox.RemoveFaults},
			Route{post, admins.SandboxPage + "/access", Admin, s.admins.Sandbox.EndAccess},
		)
	}
	if s.o.Sandbox != nil {
		for _, m := range []string{get, post, del, http.MethodPut, http.MethodPatch, http.MethodHead} {
			t = append(t, Route{m, "/sandbox/*face", Public, edge.Wrapped(s.o.Sandbox)})
		}
	}
	return t
}

func (s *Server) routes() {
	s.engine.Use(s.edge.Recovered, s.edge.Identify)
	s.engine.NoRoute(func(c *gin.Context) { s.edge.Fail(c, edge.NotFound()) })
	s.engine.NoMethod(func(c *gin.Context) { s.edge.Fail(c, edge.MethodNotAllowed()) })
	for _, line := range s.Table() {
		r := edge.Route(line)
		s.engine.Handle(r.Method, r.Path, s.edge.Guard(r))
		if r.Method == http.MethodGet && r.Policy != Signed && !r.Open() {
			s.engine.Handle(http.MethodHead, r.Path, s.edge.Guard(r))
		}
	}
}
