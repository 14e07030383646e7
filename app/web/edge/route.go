package edge

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/static"
)

// Policy says who may ask a route.
type Policy string

// Policies.
const (
	PolicyPublic  Policy = "public"  // anybody
	PolicySigned  Policy = "signed"  // whoever shows a secret, which the route itself checks
	PolicyCreator Policy = "creator" // a creator, who sees what is their own
	PolicyPerson  Policy = "person"  // whoever is signed in, about themselves
	PolicyAdmin   Policy = "admin"   // an admin; for everybody else the page does not exist
)

// Handler parses a request, asks one room and shows one view. Its error is turned into an answer by Fail.
type Handler func(*gin.Context) error

// Route is one line of the table of routes.
type Route struct {
	Method string
	Path   string
	Policy Policy
	Do     Handler
}

// scope is what a personal API token needs for a route: looking is read, whatever begins or ends access is manage.
func (r Route) scope() auth.Scope {
	switch {
	case strings.HasSuffix(r.Path, "/connect"):
		return auth.ScopeManage
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return auth.ScopeRead
	case r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/sync"):
		return auth.ScopeSync
	default:
		return auth.ScopeManage
	}
}

// Open reports a route that takes every path below its own and reads the request itself.
func (r Route) Open() bool { return r.Path == static.Prefix+"*file" || r.Path == "/sandbox/*face" }

// Wrapped makes a Handler of an ordinary one.
func Wrapped(h http.Handler) Handler {
	return func(c *gin.Context) error {
		h.ServeHTTP(c.Writer, c.Request)
		return nil
	}
}

// Guard lets a request through to its route when the policy, the token's scope and the form allow it.
func (s *Edge) Guard(r Route) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := s.may(c, r.Policy); err != nil {
			s.Fail(c, err)
			return
		}
		if err := s.scoped(c, r); err != nil {
			s.Fail(c, err)
			return
		}
		if err := readable(c, r); err != nil {
			s.Fail(c, err)
			return
		}
		if err := r.Do(c); err != nil {
			s.Fail(c, err)
		}
	}
}
