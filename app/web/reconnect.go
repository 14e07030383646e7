package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/views/admin"
	"github.com/truecount/truecount/views/door"
)

// keyBrowser holds a secret of the browser's own: with it a browser that nobody is signed in with proves at the callback
// that it began a flow. Whose account it is, and which, the flow's row says.
const keyBrowser = "browser"

// browserHash stands for a browser that opened a link; empty: it opened none.
func (s *Server) browserHash(c *gin.Context) string {
	secret := fault.Secret(s.sessions.GetString(c.Request.Context(), keyBrowser))
	if secret.Empty() {
		return ""
	}
	return secret.Digest()
}

func (s *Server) invitation(c *gin.Context) (connect.Invitation, error) {
	c.Header("Referrer-Policy", "no-referrer") // the address is the secret
	return s.o.Connect.Invited(viewer.System(c.Request.Context()), fault.Secret(c.Param("token")))
}

// reconnectForm shows what a link is for; opening it changes nothing.
func (s *Server) reconnectForm(c *gin.Context) error {
	in, err := s.invitation(c)
	if err != nil {
		return err
	}
	return s.show(c, door.Reconnect(s.page(c, "Reconnect "+in.Name), in.Platform, in.Name, in.Handle, c.Request.URL.Path))
}

// reconnect starts the consent that a link asks for. The browser proves at the callback that it began it.
func (s *Server) reconnect(c *gin.Context) error {
	in, err := s.invitation(c)
	if err != nil {
		return err
	}
	ctx := viewer.System(c.Request.Context())
	if s.browserHash(c) == "" {
		s.sessions.Put(ctx, keyBrowser, fault.Random().Reveal())
	}
	where, err := s.o.Connect.Begin(ctx, connect.Start{
		UserID: in.OwnerID, SessionHash: s.browserHash(c), Platform: in.Platform, ConnectionID: in.ConnectionID, NoticeID: in.NoticeID,
	})
	if err != nil {
		return err
	}
	s.audit(c, auth.Event{ActorID: in.OwnerID, Action: "connect_begin", Target: in.Platform + "/" + in.ConnectionID, Result: "link", Seldom: true})
	c.Redirect(http.StatusSeeOther, where)
	return nil
}

// welcomed ends a reconnect that began with a link.
func (s *Server) welcomed(c *gin.Context, o connect.Outcome) error {
	ctx := viewer.System(c.Request.Context())
	tone, text := s.outcome(c.Request.Context(), o)
	result := string(o.Reason)
	if result == "" {
		result = "ok"
	}
	s.audit(c, auth.Event{ActorID: o.OwnerID, Action: "reconnect_link", Target: o.Platform + "/" + o.ConnectionID, Result: result, Seldom: o.Reason != ""})
	s.sessions.Put(ctx, keyFlash, text)
	s.sessions.Put(ctx, keyTone, tone)
	c.Redirect(http.StatusSeeOther, "/reconnected")
	return nil
}

// reconnected is where a link's consent ends.
func (s *Server) reconnected(c *gin.Context) error {
	flash := s.flashes(c)
	if len(flash) == 0 {
		return errNothing()
	}
	f := flash[0]
	return s.show(c, door.Reconnected(s.page(c, "Reconnect"), f.Tone != "err" && f.Tone != "info", f.Text))
}

// sendLink sends a creator a link of their own, or shows it to the admin where there is no mail.
func (s *Server) sendLink(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	h, err := s.o.Connect.Link(c.Request.Context(), c.Param("id"))
	if fault.Is(err, fault.Network) { // it was made, and is noted
		s.audit(c, auth.Event{Action: "reconnect_link_made", Target: c.Param("id"), Result: string(fault.Network)})
	}
	if err != nil {
		return err
	}
	s.audit(c, auth.Event{Action: "reconnect_link_made", Target: c.Param("id"), Result: "ok"})
	if h.SentTo != "" {
		return s.done(c, "A link to reconnect @"+h.Handle+" was sent to "+h.SentTo+".", nil)
	}
	return s.show(c, admin.ReconnectLink(s.page(c, "Reconnect link"), h.Handle, h.Link.Reveal(), h.Until))
}
