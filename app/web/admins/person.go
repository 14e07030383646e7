package admins

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin/people"
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
	return s.Show(c, people.Person(s.Page(c, words.Plain(p.Name)), people.PersonView{Person: p, Tokens: tokens}))
}

func personPage(c *gin.Context) string { return "/admin/users/" + c.Param("id") }

// RevokeToken ends one of somebody's API tokens.
func (s *People) RevokeToken(c *gin.Context) error {
	owner, err := s.Auth.Tokens.Revoke(c.Request.Context(), c.Param("id"), c.Param("token"))
	if err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "token_revoke", Target: owner, Result: "ok"})
	return s.backTo(c, personPage(c), words.New("admin.done.tokenRevoked"))
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
	return s.backTo(c, personPage(c), words.New("admin.done.unlocked", "Name", p.Name))
}

// SignOut ends somebody's sessions, and with tokens=revoke their API tokens; it says whether tokens live on.
func (s *People) SignOut(c *gin.Context) error {
	var text words.Text
	end := c.PostForm("tokens") == "revoke"
	return s.changePersonSaying(
		"sign_out_everywhere",
		func() words.Text { return text },
		func(ctx context.Context, id string) error {
			if err := s.Auth.SignOutEverywhere(ctx, id); err != nil {
				return err
			}
			if end {
				n, err := s.Auth.Tokens.RevokeAll(ctx, id)
				text = words.New("admin.done.signedOut")
				if n > 0 {
					text = words.New("admin.done.signedOutRevoked", "Count", n)
				}
				return err
			}
			n, err := s.Auth.Tokens.Working(ctx, id)
			text = words.New("admin.done.signedOut")
			if n > 0 {
				text = words.New("admin.done.signedOutTokens", "Count", n)
			}
			return err
		},
	)(
		c,
	)
}
