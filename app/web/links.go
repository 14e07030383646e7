package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/views/door"
)

// resetText says who asked for a link, and what to do if that was somebody else.
func resetText(name, who, link, life string) string {
	return "Hello " + name + ",\n\n" + who + " With it you set a new password for Truecount; it works once, for " + life + ":\n\n" + link +
		"\n\nIf you did not ask for it, you need not do anything, and the old password goes on.\n"
}

func (s *Server) inviteForm(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	email, err := s.o.Auth.Invited(viewer.System(c.Request.Context()), fault.Secret(c.Param("token")))
	if err != nil {
		return err
	}
	return s.show(c, door.Invite(s.page(c, "Make your account"), email, c.Request.URL.Path, "", nil))
}

func (s *Server) acceptInvite(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	ctx, token := viewer.System(c.Request.Context()), fault.Secret(c.Param("token"))
	email, err := s.o.Auth.Invited(ctx, token)
	if err != nil {
		return err
	}
	u, err := s.o.Auth.Accept(ctx, token, c.PostForm("name"), fault.Secret(c.PostForm("password")))
	var f *fault.Error
	if errors.As(err, &f) && f.Fields != nil {
		return s.showStatus(c, http.StatusUnprocessableEntity, door.Invite(s.page(c, "Make your account"), email, c.Request.URL.Path, c.PostForm("name"), f.Fields))
	}
	if err != nil {
		return err
	}
	if err := s.signIn(c, u); err != nil {
		return err
	}
	s.audit(c, auth.Event{ActorID: u.ID, Action: "invite_accept", Target: u.ID, Result: "ok"})
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

func (s *Server) forgotForm(c *gin.Context) error {
	return s.show(c, door.Forgot(s.page(c, "A new password"), false, s.o.Mail != nil))
}

// forgot sends a link if there is an account, and says the same if there is none, after the same time: the link is
// made and sent after the answer.
func (s *Server) forgot(c *gin.Context) error {
	if s.o.Mail == nil {
		return s.forgotForm(c)
	}
	ctx := viewer.System(c.Request.Context())
	email := c.PostForm("email")
	if err := s.o.Auth.Forgot(ctx, email, c.ClientIP()); err != nil {
		return err
	}
	s.audit(c, auth.Event{Action: "password_forgot", Target: "email:" + fault.Secret(strings.ToLower(strings.TrimSpace(email))).Digest()[:16], Result: "ok", Seldom: true})
	id := requestID(ctx)
	s.later(ctx, func(ctx context.Context) {
		if err := s.sendForgotten(ctx, email); err != nil {
			s.o.Log.ErrorContext(ctx, "mail", "request", id, "action", "password_forgot", "error", err)
		}
	})
	return s.show(c, door.Forgot(s.page(c, "A new password"), true, true))
}

// sendForgotten writes to whoever has an account with this address.
func (s *Server) sendForgotten(ctx context.Context, email string) error {
	u, token, err := s.o.Auth.ForgottenLink(ctx, email)
	if err != nil || token.Empty() {
		return err
	}
	return s.o.Mail(ctx, u.Email, "A new password for Truecount", resetText(u.Name, "Somebody asked for a new password with your address.", s.o.Config.BaseURL+"/password/reset/"+token.Reveal(), "an hour"))
}

func (s *Server) resetForm(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	u, err := s.o.Auth.Resets(viewer.System(c.Request.Context()), fault.Secret(c.Param("token")))
	if err != nil {
		return err
	}
	return s.show(c, door.Reset(s.page(c, "A new password"), u.Email, c.Request.URL.Path, ""))
}

func (s *Server) reset(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	ctx, token := viewer.System(c.Request.Context()), fault.Secret(c.Param("token"))
	u, err := s.o.Auth.Reset(ctx, token, fault.Secret(c.PostForm("password")))
	var f *fault.Error
	if errors.As(err, &f) && f.Fields != nil {
		u, uerr := s.o.Auth.Resets(ctx, token)
		if uerr != nil {
			return uerr
		}
		return s.showStatus(c, http.StatusUnprocessableEntity, door.Reset(s.page(c, "A new password"), u.Email, c.Request.URL.Path, f.Message))
	}
	if err != nil {
		return err
	}
	s.audit(c, auth.Event{ActorID: u.ID, Action: "password_reset", Target: u.ID, Result: "ok"})
	if err := s.sessions.Destroy(c.Request.Context()); err != nil { // it may be theirs, and is over
		return err
	}
	s.recognise(c, u)
	s.flash(c, "ok", "The password is set. Sign in with it.")
	c.Redirect(http.StatusSeeOther, "/login")
	return nil
}
