package creators

import (
	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/layout"
)

// linkTold tells a creator that an admin made a link for a new password of theirs: who holds it can become them.
func (s *Pages) linkTold(c *gin.Context, p *layout.Page) error {
	if s.Partial(c) || edge.HTMX(c.Request) {
		return nil
	}
	u := s.User(c)
	at, err := s.Auth.Log.LinkMade(c.Request.Context(), u.ID)
	if err != nil || at == nil {
		return err
	}
	p.Flash = append(
		p.Flash,
		layout.Flash{
			Tone: "warn",
			Text: words.Say(c.Request.Context(), "creator.passwordLink", "At", words.Stamp(*at, u.Zone)),
		},
	)
	return nil
}
