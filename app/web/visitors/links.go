package visitors

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/door"
)

func (s *Pages) InviteForm(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	email, err := s.Auth.Invited(viewer.System(c.Request.Context(), viewer.ReasonSignIn), fault.Secret(c.Param("token")))
	if err != nil {
		return err
	}
	return s.Show(c, door.Invite(s.Page(c, words.New("door.invite.title")), email, c.Request.URL.Path, "", nil))
}

func (s *Pages) AcceptInvite(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	ctx, token := viewer.System(c.Request.Context(), viewer.ReasonSignIn), fault.Secret(c.Param("token"))
	email, err := s.Auth.Invited(ctx, token)
	if err != nil {
		return err
	}
	u, err := s.Auth.Accept(ctx, token, c.PostForm("name"), fault.Secret(c.PostForm("password")))
	var f *fault.Error
	if errors.As(err, &f) && f.Fields != nil {
		return s.ShowStatus(
			c,
			http.StatusUnprocessableEntity,
			door.Invite(s.Page(c, words.New("door.invite.title")), email, c.Request.URL.Path, c.PostForm("name"), f.Fields),
		)
	}
	if err != nil {
		return err
	}
	if err := s.SignIn(c, u); err != nil {
		return err
	}
	s.Audit(c, auth.Event{ActorID: u.ID, Action: "invite_accept", Target: u.ID, Result: "ok"})
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

func (s *Pages) ForgotForm(c *gin.Context) error {
	return s.Show(c, door.Forgot(s.Page(c, words.New("door.forgot.title")), false, s.o.Mail != nil))
}

// Forgot sends a link if there is an account, and says the same if there is none, after the same time: the link is
// made and sent after the answer.
func (s *Pages) Forgot(c *gin.Context) error {
	if s.o.Mail == nil {
		return s.ForgotForm(c)
	}
	ctx := viewer.System(c.Request.Context(), viewer.ReasonSignIn)
	email := c.PostForm("email")
	if err := s.Auth.Forgot(ctx, email, c.ClientIP()); err != nil {
		return err
	}
	s.Audit(
		c,
		auth.Event{
			Action: "password_forgot",
			Target: "email:" + fault.Secret(strings.ToLower(strings.TrimSpace(email))).Digest()[:16],
			Result: "ok",
			Seldom: true,
		},
	)
	id := edge.RequestID(ctx)
	s.Later(ctx, func(ctx context.Context) {
		if err := s.sendForgotten(ctx, email); err != nil {
			s.Log.ErrorContext(ctx, "mail", "request", id, "action", "password_forgot", "error", err)
		}
	})
	return s.Show(c, door.Forgot(s.Page(c, words.New("door.forgot.title")), true, true))
}

// sendForgotten writes to whoever has an account with this address.
func (s *Pages) sendForgotten(ctx context.Context, email string) error {
	u, token, err := s.Auth.ForgottenLink(ctx, email)
	if err != nil || token.Empty() {
		return err
	}
	w, link := words.In(ctx), s.Config.BaseURL+"/password/reset/"+token.Reveal()
	return s.o.Mail(
		ctx,
		u.Email,
		w.Say("mail.reset.subject"),
		edge.ResetMail(w, u.Name, words.New("mail.reset.asked"), link, words.New("mail.life.hour")),
	)
}

func (s *Pages) ResetForm(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	u, err := s.Auth.Resets(viewer.System(c.Request.Context(), viewer.ReasonSignIn), fault.Secret(c.Param("token")))
	if err != nil {
		return err
	}
	return s.Show(c, door.Reset(s.Page(c, words.New("door.reset.title")), u.Email, c.Request.URL.Path, words.Text{}))
}

func (s *Pages) Reset(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	ctx, token := viewer.System(c.Request.Context(), viewer.ReasonSignIn), fault.Secret(c.Param("token"))
	u, err := s.Auth.Reset(ctx, token, fault.Secret(c.PostForm("password")))
	var f *fault.Error
	if errors.As(err, &f) && f.Fields != nil {
		u, uerr := s.Auth.Resets(ctx, token)
		if uerr != nil {
			return uerr
		}
		return s.ShowStatus(
			c,
			http.StatusUnprocessableEntity,
			door.Reset(s.Page(c, words.New("door.reset.title")), u.Email, c.Request.URL.Path, f.Message),
		)
	}
	if err != nil {
		return err
	}
	s.Audit(c, auth.Event{ActorID: u.ID, Action: "password_reset", Target: u.ID, Result: "ok"})
	if err := s.SignOut(c); err != nil { // it may be theirs, and is over
		return err
	}
	s.Recognise(c, u)
	s.Flash(c, "ok", words.New("door.reset.done"))
	c.Redirect(http.StatusSeeOther, "/login")
	return nil
}
