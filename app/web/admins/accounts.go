package admins

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin"
	"github.com/truecount/truecount/views/admin/people"
)

// Runs lists every sync.
func (s *Console) Runs(c *gin.Context) error {
	page, err := pageNumber(c)
	if err != nil {
		return err
	}
	r, err := s.o.Console.RunList(c.Request.Context(), console.RunQuery{
		Platform: c.Query(
			"platform",
		), State: c.Query("state"), Code: strings.TrimSpace(c.Query("code")),
		Search: strings.TrimPrefix(strings.TrimSpace(c.Query("q")), "@"),
		From:   c.Query("from"), To: c.Query("to"), Page: page,
	})
	if err != nil {
		return err
	}
	return s.Show(c, admin.Runs(s.Page(c, words.New("admin.title.runs")), r))
}

// Connection shows one connection.
func (s *Console) Connection(c *gin.Context) error {
	v, err := s.o.Console.Connection(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.Show(c, admin.Connection(s.Page(c, words.New("admin.title.account", "Handle", v.Handle)), v))
}

// AskDisconnect asks before an admin ends a creator's connection.
func (s *Console) AskDisconnect(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	v, err := s.o.Console.Connection(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if v.Status == "disconnected" {
		return fault.New(fault.Conflict, words.New("errors.connect.already"))
	}
	spec, _ := s.Platforms.Spec(v.Platform)
	return s.Show(c, admin.Disconnect(s.Page(c, words.New("admin.title.disconnect", "Handle", v.Handle)), v, spec))
}

// Disconnect ends a creator's connection by an admin's word.
func (s *Console) Disconnect(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	id := c.Param("id")
	end, err := s.o.Connect.DisconnectAny(c.Request.Context(), id)
	if err != nil {
		return err
	}
	result := "ok"
	spec, _ := s.Platforms.Spec(end.Platform)
	handle := "@" + strings.TrimPrefix(end.Handle, "@")
	text := words.New("admin.done.disconnected", "Account", handle, "Platform", spec.Name)
	switch {
	case end.Revoked != nil:
		result = string(fault.CodeOf(end.Revoked))
		text = words.New(
			"admin.done.disconnectedUnconfirmed",
			"Account",
			handle,
			"Platform",
			spec.Name,
			"Path",
			spec.AccessPage.Path,
		)
	case !spec.Revokes:
		text = words.New(
			"admin.done.disconnectedForgotten",
			"Account",
			handle,
			"Platform",
			spec.Name,
			"Path",
			spec.AccessPage.Path,
		)
	}
	s.Audit(c, auth.Event{Action: "disconnect", Target: id, Result: result})
	return s.backTo(c, "/admin/connections/"+id, text)
}

// SendLink sends a creator a link of their own, or shows it to the admin where there is no mail.
func (s *Console) SendLink(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	h, err := s.o.Connect.Notices.Link(c.Request.Context(), c.Param("id"))
	if fault.Is(err, fault.Network) { // it was made, and is noted
		s.Audit(c, auth.Event{Action: "reconnect_link_made", Target: c.Param("id"), Result: string(fault.Network)})
	}
	if err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "reconnect_link_made", Target: c.Param("id"), Result: "ok"})
	if h.SentTo != "" {
		return s.done(c, words.New("admin.done.linkSent", "Account", "@"+h.Handle, "Email", h.SentTo), nil)
	}
	return s.Show(
		c,
		people.ReconnectLink(s.Page(c, words.New("admin.title.reconnectLink")), h.Handle, h.Link.Reveal(), h.Until),
	)
}
