package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/views/door"
)

// home leads everybody to the page that is theirs.
func (s *Server) home(c *gin.Context) error {
	where := "/login"
	if u := s.user(c); u.Admin {
		where = "/admin"
	} else if u.ID != "" {
		where = "/dashboard"
	}
	c.Redirect(http.StatusSeeOther, where)
	return nil
}

func (s *Server) loginForm(c *gin.Context) error {
	if s.user(c).ID != "" {
		return s.home(c)
	}
	return s.showLogin(c, http.StatusOK, door.LoginForm{})
}

func (s *Server) showLogin(c *gin.Context, status int, f door.LoginForm) error {
	demo, err := s.demo(c)
	if err != nil {
		return err
	}
	f.Demo = demo
	return s.showStatus(c, status, door.Login(s.page(c, "Sign in"), f))
}

// demo lists the sandbox's sign-ins, for a browser on this machine only.
func (s *Server) demo(c *gin.Context) ([]door.DemoUser, error) {
	if !s.o.Config.Sandbox || !loopback(s.base.Hostname()) || !loopback(c.RemoteIP()) {
		return nil, nil
	}
	ctx := viewer.System(c.Request.Context())
	password, err := s.o.Auth.DemoPassword(ctx)
	if err != nil || password.Empty() {
		return nil, err
	}
	users, err := s.o.Auth.DemoUsers(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]door.DemoUser, len(users))
	for i, u := range users {
		out[i] = door.DemoUser{Email: u.Email, Password: password.Reveal(), Role: "creator"}
		if u.Admin {
			out[i].Role = "admin"
		}
	}
	return out, nil
}

func (s *Server) login(c *gin.Context) error {
	ctx := viewer.System(c.Request.Context())
	email, password := c.PostForm("email"), c.PostForm("password")
	u, err := s.o.Auth.SignIn(ctx, email, fault.Secret(password), c.ClientIP(), s.device(c))
	var f *fault.Error
	if errors.As(err, &f) && (f.Code == fault.Invalid || f.Code == fault.TooManyRequests) {
		s.audit(c, auth.Event{Action: "sign_in", Target: "email:" + fault.Secret(strings.ToLower(strings.TrimSpace(email))).Digest()[:16], Result: string(f.Code), Seldom: true})
		if f.Code == fault.TooManyRequests {
			return err
		}
		return s.showLogin(c, http.StatusUnprocessableEntity, door.LoginForm{Email: strings.TrimSpace(email), Error: f.Message})
	}
	if err != nil {
		return err
	}
	if err := s.signIn(c, u); err != nil {
		return err
	}
	s.audit(c, auth.Event{ActorID: u.ID, Action: "sign_in", Result: "ok"})
	where := "/dashboard"
	if u.Admin {
		where = "/admin"
	}
	c.Redirect(http.StatusSeeOther, where)
	return nil
}

func (s *Server) logout(c *gin.Context) error {
	if u := s.user(c); u.ID != "" {
		s.audit(c, auth.Event{ActorID: u.ID, Action: "sign_out", Result: "ok"})
	}
	if err := s.sessions.Destroy(c.Request.Context()); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/login")
	return nil
}

func (s *Server) setupForm(c *gin.Context) error {
	token := fault.Secret(c.Query("token"))
	if err := s.o.Auth.LinkWorks(viewer.System(c.Request.Context()), token); err != nil {
		return err
	}
	return s.show(c, door.Setup(s.page(c, "Set up"), door.SetupForm{Token: token.Reveal()}))
}

func (s *Server) setup(c *gin.Context) error {
	ctx := viewer.System(c.Request.Context())
	f := door.SetupForm{Token: c.PostForm("token"), Name: c.PostForm("name"), Email: c.PostForm("email")}
	u, err := s.o.Auth.Setup(ctx, fault.Secret(f.Token), auth.NewUser{Name: f.Name, Email: f.Email, Password: fault.Secret(c.PostForm("password"))})
	var bad *fault.Error
	if errors.As(err, &bad) && bad.Fields != nil {
		f.Errors = bad.Fields
		return s.showStatus(c, http.StatusUnprocessableEntity, door.Setup(s.page(c, "Set up"), f))
	}
	if err != nil {
		return err
	}
	if err := s.signIn(c, u); err != nil {
		return err
	}
	s.audit(c, auth.Event{ActorID: u.ID, Action: "setup", Result: "ok"})
	c.Redirect(http.StatusSeeOther, "/admin")
	return nil
}

const auditLimit = 5 * time.Second

// audit records what was done, also for who does not wait for the answer; that it could not be is our trouble, not the
// person's.
func (s *Server) audit(c *gin.Context, e auth.Event) {
	e.IP, e.RequestID = c.ClientIP(), requestID(c.Request.Context())
	if e.ActorID == "" {
		e.ActorID = s.user(c).ID
	}
	if e.Target == "" {
		e.Target = e.ActorID // done to themselves
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(viewer.System(c.Request.Context())), auditLimit)
	defer cancel()
	if err := s.o.Auth.Record(ctx, e); err != nil {
		s.o.Log.ErrorContext(c.Request.Context(), "audit", "request", e.RequestID, "action", e.Action, "error", err)
	}
}
