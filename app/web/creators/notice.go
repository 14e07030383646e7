package creators

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/views/layout"
)

// linkTold tells a creator that an admin made a link for a new password of theirs: who holds it can become them.
func (s *Pages) linkTold(c *gin.Context, p *layout.Page) error {
	if s.Partial(c) || edge.HTMX(c.Request) {
		return nil
	}
	u := s.User(c)
	at, err := s.Auth.LinkMade(c.Request.Context(), u.ID)
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
