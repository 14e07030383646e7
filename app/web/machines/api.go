package machines

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
)

func (s *API) OpenAPI(c *gin.Context) error {
	c.Data(http.StatusOK, "application/json; charset=utf-8", Document(s.Platforms.Specs()))
	return nil
}

func (s *API) Health(c *gin.Context) error {
	r, err := s.o.Health.Report(c.Request.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if !r.Healthy {
		status = http.StatusServiceUnavailable
	}
	return s.JSON(c, status, r)
}

// Jobs does what the schedule does, for an outside clock.
func (s *API) Jobs(c *gin.Context) error {
	if s.Config.JobsSecret.Empty() {
		return edge.NotFound()
	}
	if !edge.Bearer(c, s.Config.JobsSecret) {
		return edge.Unauthenticated()
	}
	ids := []string{c.Query("platform")}
	if ids[0] == "" {
		ids = ids[:0]
		for _, spec := range s.Platforms.Specs() {
			if s.Platforms.Configured(spec.ID) {
				ids = append(ids, spec.ID)
			}
		}
	} else if !s.Platforms.Has(ids[0]) {
		return fault.New(fault.NotFound, words.New("errors.noPlatform"))
	}
	which := planner.SelectUnserved
	switch c.Query("force") {
	case "true":
		which = planner.SelectAll
	case "", "false":
	default:
		return fault.New(fault.Invalid, words.New("errors.force"))
	}
	queued := 0
	for _, id := range ids {
		runs, err := s.o.Queue.Plan(c.Request.Context(), id, which, planner.TriggerSchedule)
		if err != nil {
			return err
		}
		queued += len(runs)
	}
	deferred, err := s.o.Planner.Waiting(c.Request.Context(), ids...)
	if err != nil {
		return err
	}
	return s.JSON(c, http.StatusAccepted, map[string]int{"queued": queued, "deferred": deferred})
}
