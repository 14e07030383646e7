package web

import (
	_ "embed"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/syncer"
)

//go:embed openapi.json
var openAPI []byte

// OpenAPI is the description of the JSON routes.
func OpenAPI() []byte { return openAPI }

func (s *Server) openAPI(c *gin.Context) error {
	c.Data(http.StatusOK, "application/json; charset=utf-8", openAPI)
	return nil
}

func (s *Server) apiConnections(c *gin.Context) error {
	list, err := s.o.Analytics.Connections(c.Request.Context(), s.user(c).ID)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, list)
}

func (s *Server) apiSync(c *gin.Context) error {
	ctx := c.Request.Context()
	id, err := s.o.Analytics.Resolve(ctx, s.user(c).ID, c.Param("platform"), c.Query("connection"))
	if err != nil {
		return err
	}
	a, err := s.o.Queue.SyncOwn(ctx, id, syncer.TriggerAPI, s.o.Config.SyncIntervalMin)
	if err != nil {
		return err
	}
	s.audit(c, auth.Event{Action: "sync", Target: id, Result: "ok", Seldom: !a.New})
	return s.json(c, http.StatusAccepted, map[string]string{"runId": a.RunID, "state": a.State})
}

func (s *Server) apiRun(c *gin.Context) error {
	ctx := c.Request.Context()
	id, err := s.o.Analytics.Resolve(ctx, s.user(c).ID, c.Param("platform"), c.Query("connection"))
	if err != nil {
		return err
	}
	r, err := s.o.Analytics.NewestRun(ctx, s.user(c).ID, id)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, r)
}

func (s *Server) apiHealth(c *gin.Context) error {
	r, err := s.o.Health.Report(c.Request.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if !r.Healthy {
		status = http.StatusServiceUnavailable
	}
	return s.json(c, status, r)
}

// apiJobs does what the schedule does, for an outside clock.
func (s *Server) apiJobs(c *gin.Context) error {
	if s.o.Config.JobsSecret.Empty() {
		return errNothing()
	}
	if !bearer(c, s.o.Config.JobsSecret) {
		return errUnauthenticated()
	}
	ids := []string{c.Query("platform")}
	if ids[0] == "" {
		ids = ids[:0]
		for _, spec := range s.o.Platforms.Specs() {
			if s.o.Platforms.Configured(spec.ID) {
				ids = append(ids, spec.ID)
			}
		}
	} else if !s.o.Platforms.Has(ids[0]) {
		return fault.New(fault.NotFound, "There is no such platform.")
	}
	which := syncer.SelectUnserved
	switch c.Query("force") {
	case "true":
		which = syncer.SelectAll
	case "", "false":
	default:
		return fault.New(fault.Invalid, "force is true or false.")
	}
	queued := 0
	for _, id := range ids {
		runs, err := s.o.Queue.Plan(c.Request.Context(), id, which, syncer.TriggerSchedule)
		if err != nil {
			return err
		}
		queued += len(runs)
	}
	deferred, err := s.o.Syncer.Waiting(c.Request.Context(), ids...)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusAccepted, map[string]int{"queued": queued, "deferred": deferred})
}
