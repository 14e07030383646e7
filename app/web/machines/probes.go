package machines

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
)

// Alive says that the process is alive and nothing else.
func (s *API) Alive(c *gin.Context) error {
	return s.JSON(c, http.StatusOK, map[string]string{"status": "alive"})
}

// Ready says whether the database answers and its migrations are applied.
func (s *API) Ready(c *gin.Context) error {
	if err := s.o.Ready(c.Request.Context()); err != nil {
		s.Log.WarnContext(c.Request.Context(), "not ready", "error", err)
		return s.JSON(c, http.StatusServiceUnavailable, map[string]string{"status": "not ready"})
	}
	return s.JSON(c, http.StatusOK, map[string]string{"status": "ready"})
}

// Metrics is for whoever shows the token; without one, for this machine, unless a proxy asks for
// somebody else.
func (s *API) Metrics(c *gin.Context) error {
	if s.Config.MetricsToken.Empty() {
		forwarded := c.GetHeader("X-Forwarded-For") != "" || c.GetHeader("Forwarded") != "" || c.GetHeader("X-Real-Ip") != ""
		if forwarded || !edge.Loopback(c.RemoteIP()) || !edge.Loopback(edge.Hostname(c.Request.Host)) {
			return edge.NotFound()
		}
	} else if !edge.Bearer(c, s.Config.MetricsToken) {
		c.Header("WWW-Authenticate", "Bearer")
		return s.JSON(c, http.StatusUnauthorized,
			map[string]any{"error": map[string]string{"code": "UNAUTHENTICATED",
				"message": words.English.Say("errors.metrics")}})
	}
	s.o.Metrics.ServeHTTP(c.Writer, c.Request)
	return nil
}
