package admins

import (
	"context"
	"fmt"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin"
)

// Person shows one account: where it is signed in, and its API tokens.
func (s *People) Person(c *gin.Context) error {
	ctx := c.Request.Context()
	p, err := s.Auth.Person(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	tokens, err := s.Auth.Tokens.List(ctx, p.ID)
	if err != nil {
		return err
	}
	return s.Show(c, admin.Person(s.Page(c, words.Plain(p.Name)), admin.PersonView{Person: p, Tokens: tokens}))
}

func personPage(c *gin.Context) string { return "/admin/users/" + c.Param("id") }

// RevokeToken ends one of somebody's API tokens.
func (s *People) RevokeToken(c *gin.Context) error {
	owner, err := s.Auth.Tokens.Revoke(c.Request.Context(), c.Param("id"), c.Param("token"))
	if err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "token_revoke", Target: owner, Result: "ok"})
	return s.backTo(c, personPage(c), "The API token is revoked: it does not work any more.")
}

// Unlock forgets an account's failed sign-ins.
func (s *People) Unlock(c *gin.Context) error {
	ctx := c.Request.Context()
	p, err := s.Auth.Person(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := s.Auth.Unlock(ctx, p.Email); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "user_unlock", Target: p.ID, Result: "ok"})
	return s.backTo(c, personPage(c), "Failed sign-ins of "+p.Name+" are forgotten.")
}

// SignOut ends somebody's sessions, and with tokens=revoke their API tokens; it says whether tokens live on.
func (s *People) SignOut(c *gin.Context) error {
	var text string
	end := c.PostForm("tokens") == "revoke"
	return s.changePersonSaying("sign_out_everywhere", func() string { return text }, func(ctx context.Context, id string) error {
		if err := s.Auth.SignOutEverywhere(ctx, id); err != nil {
			return err
		}
		if end {
			n, err := s.Auth.Tokens.RevokeAll(ctx, id)
			text = "They are signed out everywhere."
			if n > 0 {
				text = "They are signed out everywhere, and " + are(n, "is revoked.", "are revoked.")
			}
			return err
		}
		n, err := s.Auth.Tokens.Working(ctx, id)
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
