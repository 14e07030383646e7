package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// healthz says that the process is alive and nothing else.
func (s *Server) healthz(c *gin.Context) error {
	return s.json(c, http.StatusOK, map[string]string{"status": "alive"})
}

// readyz says whether the database answers and its migrations are applied.
func (s *Server) readyz(c *gin.Context) error {
	if err := s.o.Ready(c.Request.Context()); err != nil {
		s.o.Log.WarnContext(c.Request.Context(), "not ready", "error", err)
		return s.json(c, http.StatusServiceUnavailable, map[string]string{"status": "not ready"})
	}
	return s.json(c, http.StatusOK, map[string]string{"status": "ready"})
}

// metrics is for whoever shows the token; without one, for this machine, unless a proxy asks for
// somebody else.
func (s *Server) metrics(c *gin.Context) error {
	if s.o.Config.MetricsToken.Empty() {
		forwarded := c.GetHeader("X-Forwarded-For") != "" || c.GetHeader("Forwarded") != "" || c.GetHeader("X-Real-Ip") != ""
		if forwarded || !loopback(c.RemoteIP()) || !loopback(hostname(c.Request.Host)) {
			return errNothing()
		}
	} else if !bearer(c, s.o.Config.MetricsToken) {
		c.Header("WWW-Authenticate", "Bearer")
		return s.json(c, http.StatusUnauthorized, map[string]any{"error": map[string]string{"code": "UNAUTHENTICATED", "message": "Show the metrics token."}})
	}
	s.o.Metrics.ServeHTTP(c.Writer, c.Request)
	return nil
}
