package web

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/views/admin"
)

// runs lists every sync.
func (s *Server) runs(c *gin.Context) error {
	page, err := pageNumber(c)
	if err != nil {
		return err
	}
	r, err := s.o.Health.RunList(c.Request.Context(), health.RunQuery{
		Platform: c.Query("platform"), State: c.Query("state"), Code: strings.TrimSpace(c.Query("code")), Search: strings.TrimPrefix(strings.TrimSpace(c.Query("q")), "@"),
		From: c.Query("from"), To: c.Query("to"), Page: page,
	})
	if err != nil {
		return err
	}
	return s.show(c, admin.Runs(s.page(c, "Runs"), r))
}

// connectionStory shows one connection.
func (s *Server) connectionStory(c *gin.Context) error {
	v, err := s.o.Health.Connection(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.show(c, admin.Connection(s.page(c, "Account "+v.Handle), v))
}

// askDisconnect asks before an admin ends a creator's connection.
func (s *Server) askDisconnect(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	v, err := s.o.Health.Connection(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if v.Status == "disconnected" {
		return fault.New(fault.Conflict, "This account is disconnected already.")
	}
	spec, _ := s.o.Platforms.Spec(v.Platform)
	return s.show(c, admin.Disconnect(s.page(c, "Disconnect "+v.Handle), v, spec))
}

// disconnectAny ends a creator's connection by an admin's word.
func (s *Server) disconnectAny(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	id := c.Param("id")
	end, err := s.o.Connect.DisconnectAny(c.Request.Context(), id)
	if err != nil {
		return err
	}
	result := "ok"
	spec, _ := s.o.Platforms.Spec(end.Platform)
	text := "@" + strings.TrimPrefix(end.Handle, "@") + " is disconnected, and Truecount ended its access at " + spec.Name + "."
	switch {
	case end.Revoked != nil:
		result = string(fault.CodeOf(end.Revoked))
		text = "@" + strings.TrimPrefix(end.Handle, "@") + " is disconnected and its tokens are deleted. " + spec.Name + " did not confirm the end of access: the creator can end it there (" + spec.AccessPage.Path + ")."
	case !spec.Revokes:
		text = "@" + strings.TrimPrefix(end.Handle, "@") + " is disconnected and its token is deleted. The creator can remove Truecount at " + spec.Name + " (" + spec.AccessPage.Path + ")."
	}
	s.audit(c, auth.Event{Action: "disconnect", Target: id, Result: result})
	return s.backTo(c, "/admin/connections/"+id, text)
}
