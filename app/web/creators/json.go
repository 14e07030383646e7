package creators

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/syncer/planner"
)

func (s *Pages) ConnectionsJSON(c *gin.Context) error {
	list, err := s.o.Accounts.Connections(c.Request.Context(), s.User(c).ID)
	if err != nil {
		return err
	}
	return s.JSON(c, http.StatusOK, list)
}

func (s *Pages) SyncJSON(c *gin.Context) error {
	ctx := c.Request.Context()
	id, err := s.o.Accounts.Resolve(ctx, s.User(c).ID, c.Param("platform"), c.Query("connection"))
	if err != nil {
		return err
	}
	a, err := s.o.Queue.SyncOwn(ctx, id, planner.TriggerAPI, s.Config.SyncIntervalMin)
	if err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "sync", Target: id, Result: "ok", Seldom: !a.New})
	return s.JSON(c, http.StatusAccepted, map[string]string{"runId": a.RunID, "state": a.State})
}

func (s *Pages) RunJSON(c *gin.Context) error {
	ctx := c.Request.Context()
	id, err := s.o.Accounts.Resolve(ctx, s.User(c).ID, c.Param("platform"), c.Query("connection"))
	if err != nil {
		return err
	}
	r, err := s.o.Accounts.NewestRun(ctx, s.User(c).ID, id)
	if err != nil {
		return err
	}
	return s.JSON(c, http.StatusOK, r)
}
