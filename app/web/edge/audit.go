package edge

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/viewer"
)

const auditLimit = 5 * time.Second

// Audit records what was done, also for who does not wait for the answer; that it could not be is our trouble, not the
// person's.
func (s *Edge) Audit(c *gin.Context, e auth.Event) {
	e.IP, e.RequestID = c.ClientIP(), RequestID(c.Request.Context())
	if e.ActorID == "" {
		e.ActorID = s.User(c).ID
	}
	if e.Target == "" {
		e.Target = e.ActorID // done to themselves
	}
	ctx, cancel := context.WithTimeout(
		context.WithoutCancel(viewer.System(c.Request.Context(), viewer.ReasonAudit)),
		auditLimit,
	)
	defer cancel()
	if err := s.Auth.Log.Record(ctx, e); err != nil {
		s.Log.ErrorContext(c.Request.Context(), "audit", "request", e.RequestID, "action", e.Action, "error", err)
	}
}
