package visitors

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/door"
)

func (s *Pages) invitation(c *gin.Context) (connect.Invitation, error) {
	c.Header("Referrer-Policy", "no-referrer") // the address is the secret
	return s.o.Connect.Notices.Invited(
		viewer.System(c.Request.Context(), viewer.ReasonConsent),
		fault.Secret(c.Param("token")),
	)
}

// ReconnectForm shows what a link is for; opening it changes nothing.
func (s *Pages) ReconnectForm(c *gin.Context) error {
	in, err := s.invitation(c)
	if err != nil {
		return err
	}
	return s.Show(
		c,
		door.Reconnect(
			s.Page(c, words.New("door.reconnect.title", "Platform", in.Name)),
			in.Platform,
			in.Name,
			in.Handle,
			c.Request.URL.Path,
		),
	)
}

// Reconnect starts the consent that a link asks for. The browser proves at the callback that it began it.
func (s *Pages) Reconnect(c *gin.Context) error {
	in, err := s.invitation(c)
	if err != nil {
		return err
	}
	ctx := viewer.System(c.Request.Context(), viewer.ReasonConsent)
	s.MarkBrowser(c)
	where, err := s.o.Connect.Begin(ctx, connect.Start{
		UserID: in.OwnerID, SessionHash: s.BrowserHash(c), Platform: in.Platform, ConnectionID: in.ConnectionID,
		NoticeID: in.NoticeID,
	})
	if err != nil {
		return err
	}
	s.Audit(
		c,
		auth.Event{
			ActorID: in.OwnerID,
			Action:  "connect_begin",
			Target:  in.Platform + "/" + in.ConnectionID,
			Result:  "link",
			Seldom:  true,
		},
	)
	c.Redirect(http.StatusSeeOther, where)
	return nil
}

// Reconnected is where a link's consent ends.
func (s *Pages) Reconnected(c *gin.Context) error {
	flash := s.Flashes(c)
	if len(flash) == 0 {
		return edge.NotFound()
	}
	f := flash[0]
	return s.Show(
		c,
		door.Reconnected(s.Page(c, words.New("door.reconnect.pageTitle")), f.Tone != "err" && f.Tone != "info", f.Text),
	)
}
