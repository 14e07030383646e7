package web

import (
	"context"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/views/admin"
	"github.com/truecount/truecount/views/layout"
)

// person shows one account: where it is signed in, and its API tokens.
func (s *Server) person(c *gin.Context) error {
	ctx := c.Request.Context()
	p, err := s.o.Auth.Person(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	tokens, err := s.o.Auth.Tokens(ctx, p.ID)
	if err != nil {
		return err
	}
	return s.show(c, admin.Person(s.page(c, p.Name), admin.PersonView{Person: p, Tokens: tokens}))
}

func personPage(c *gin.Context) string { return "/admin/users/" + c.Param("id") }

// revokeToken ends one of somebody's API tokens.
func (s *Server) revokeToken(c *gin.Context) error {
	owner, err := s.o.Auth.Revoke(c.Request.Context(), c.Param("id"), c.Param("token"))
	if err != nil {
		return err
	}
	s.audit(c, auth.Event{Action: "token_revoke", Target: owner, Result: "ok"})
	return s.backTo(c, personPage(c), "The API token is revoked: it does not work any more.")
}

// unlockPerson forgets an account's failed sign-ins.
func (s *Server) unlockPerson(c *gin.Context) error {
	ctx := c.Request.Context()
	p, err := s.o.Auth.Person(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := s.o.Auth.Unlock(ctx, p.Email); err != nil {
		return err
	}
	s.audit(c, auth.Event{Action: "user_unlock", Target: p.ID, Result: "ok"})
	return s.backTo(c, personPage(c), "Failed sign-ins of "+p.Name+" are forgotten.")
}

// signOutPerson ends somebody's sessions, and with tokens=revoke their API tokens; it says whether tokens live on.
func (s *Server) signOutPerson(c *gin.Context) error {
	var text string
	end := c.PostForm("tokens") == "revoke"
	return s.changePersonSaying("sign_out_everywhere", func() string { return text }, func(ctx context.Context, id string) error {
		if err := s.o.Auth.SignOutEverywhere(ctx, id); err != nil {
			return err
		}
		if end {
			n, err := s.o.Auth.RevokeAll(ctx, id)
			text = "They are signed out everywhere."
			if n > 0 {
				text = "They are signed out everywhere, and " + are(n, "is revoked.", "are revoked.")
			}
			return err
		}
		n, err := s.o.Auth.Working(ctx, id)
		text = "They are signed out everywhere."
		if n > 0 {
			text += " " + are(n, "still works: revoke it on their page.", "still work: revoke them on their page.")
		}
		return err
	})(c)
}

func are(n int, one, many string) string {
	if n == 1 {
		return "1 API token " + one
	}
	return fmt.Sprintf("%d API tokens %s", n, many)
}

// linkTold tells a creator that an admin made a link for a new password of theirs: who holds it can become them.
func (s *Server) linkTold(c *gin.Context, p *layout.Page) error {
	if s.partial(c) || htmx(c.Request) {
		return nil
	}
	u := s.user(c)
	at, err := s.o.Auth.LinkMade(c.Request.Context(), u.ID)
	if err != nil || at == nil {
		return err
	}
	p.Flash = append(p.Flash, layout.Flash{Tone: "warn", Text: "An admin made a password link for your account on " + at.In(zoneOf(u)).Format("2 January 2006, 15:04") +
		". If you did not ask for one, tell the person who runs this installation."})
	return nil
}

func zoneOf(u auth.User) *time.Location {
	if u.Zone == nil {
		return time.UTC
	}
	return u.Zone
}
