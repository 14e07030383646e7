package edge

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/metrics"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
)

const maxBody = 64 << 10

type ctxKey int

const requestKey ctxKey = iota

// RequestID names a request in answers and in the log.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey).(string)
	return id
}

// edge gives every answer its headers, its id and its line in the log, whatever becomes of it.
func (s *Edge) edge(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := uuid.Must(uuid.NewV7()).String()
		r = r.WithContext(context.WithValue(r.Context(), requestKey, id))
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if s.Base.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !strings.HasPrefix(r.URL.Path, "/sandbox/") { // its pages set their own
			h.Set("Content-Security-Policy", s.policy)
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		if !strings.HasPrefix(r.URL.Path, "/static/") {
			h.Set("Cache-Control", "no-store")
		}
		defer s.caught(w, r)
		switch where, known := s.elsewhere(r); {
		case !known:
			s.Refuse(w, r, errHost(s.Config.BaseURL))
		case where != "":
			http.Redirect(w, r, where, http.StatusTemporaryRedirect) //nolint:gosec // our own address, with the path asked
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// Probes are asked for by machines that know an address and no name.
var Probes = []string{"/healthz", "/readyz", "/metrics", "/api/health/social-sync"}

// elsewhere keeps everything on the one public address: a name that somebody points at this machine must not reach it.
// A loopback name is not such a one: pages asked for under it are redirected, for the cookie and the redirect URIs
// belong to the public one.
func (s *Edge) elsewhere(r *http.Request) (where string, known bool) {
	host := bareHost(r.Host, s.Base.Scheme)
	if host == bareHost(s.Base.Host, s.Base.Scheme) || slices.Contains(Probes, r.URL.Path) {
		return "", true
	}
	if !Loopback(Hostname(host)) {
		return "", false
	}
	if sessionless(r.URL.Path) || strings.HasPrefix(r.URL.Path, "/api/") {
		return "", true
	}
	if r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
		return "", false // a proxy that does not pass the name on: the redirect would come back here for ever
	}
	u := *r.URL
	u.Scheme, u.Host = s.Base.Scheme, s.Base.Host
	return u.String(), true
}

// bareHost is a Host header without what does not matter: case, a final dot, the scheme's own port.
func bareHost(host, scheme string) string {
	host = strings.ToLower(host)
	port := ":80"
	if scheme == "https" {
		port = ":443"
	}
	return strings.TrimSuffix(strings.TrimSuffix(host, port), ".")
}

// statusError is a fault with a status of its own.
type statusError struct {
	error
	status int
}

// Unwrap gives the fault.
func (e statusError) Unwrap() error { return e.error }

func errHost(base string) error {
	return statusError{
		fault.New(fault.Invalid, words.New("errors.web.host", "Address", base)),
		http.StatusMisdirectedRequest,
	}
}

// caught turns a panic outside of the routes into an error page; those of routes end in Recovered.
func (s *Edge) caught(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	s.logPanic(r.Context(), "none", p)
	s.Refuse(w, r, fault.New(fault.Internal, words.Text{}))
}

const longestPanic = 500 // bytes of what it says: it may quote what was asked

func (s *Edge) logPanic(ctx context.Context, route string, p any) {
	text := fmt.Sprint(p)
	s.Log.ErrorContext(
		ctx,
		"panic",
		"request",
		RequestID(ctx),
		"route",
		route,
		"panic",
		text[:min(len(text), longestPanic)],
		"stack",
		string(debug.Stack()),
	)
}

// Recovered turns a panic into the page of an error of ours.
func (s *Edge) Recovered(c *gin.Context) {
	start := s.Now()
	defer func() {
		route := c.FullPath()
		if route == "" {
			route = "none"
		}
		if p := recover(); p != nil {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			s.logPanic(c.Request.Context(), route, p)
			if !c.Writer.Written() {
				s.write(c.Writer, c.Request, answerTo(fault.New(fault.Internal, words.Text{})), s.User(c))
			}
			c.Abort()
		}
		took := s.Now().Sub(start)
		s.observe(route, c.Request.Method, c.Writer.Status(), took)
		s.Log.DebugContext(
			c.Request.Context(),
			"request",
			"request",
			RequestID(c.Request.Context()),
			"method",
			metrics.Method(c.Request.Method),
			"route",
			route,
			"status",
			c.Writer.Status(),
			"took",
			took,
		)
	}()
	c.Next()
}

// Hostname is a Host header without its port.
func Hostname(host string) string {
	if name, port, err := net.SplitHostPort(host); err == nil && strings.Trim(port, "0123456789") == "" {
		return name
	}
	return host
}

const (
	userKey   = "user"
	accessKey = "access" // of a personal API token
)

// Identify finds out who is asking: a personal API token where one is shown, else the browser's session.
func (s *Edge) Identify(c *gin.Context) {
	if sessionless(c.Request.URL.Path) {
		s.see(c, viewer.Viewer{Reason: viewer.ReasonProbe})
		c.Next()
		return
	}
	system := viewer.System(c.Request.Context(), viewer.ReasonSignIn)
	var user auth.User
	var err error
	if header := c.GetHeader("Authorization"); header != "" && api(c.Request) {
		token, ok := strings.CutPrefix(header, "Bearer ")
		if !ok {
			s.Fail(c, Unauthenticated())
			c.Abort()
			return
		}
		var access auth.Access
		access, err = s.Auth.Tokens.Find(system, fault.Secret(token))
		user = access.User
		c.Set(accessKey, access)
	} else {
		user, err = s.sessionUser(c)
	}
	switch {
	case fault.Is(err, fault.NotFound):
	case err != nil:
		s.see(c, viewer.Viewer{Reason: viewer.ReasonSignIn})
		s.Fail(c, err)
		c.Abort()
		return
	case user.ID != "":
		c.Set(userKey, user)
		s.see(c, viewer.Viewer{UserID: user.ID, Admin: user.Admin})
		c.Request = c.Request.WithContext(spoken(c.Request.Context(), user))
		c.Next()
		return
	}
	s.see(c, viewer.Viewer{}) // not signed in: the door names its own reasons
	c.Next()
}

func (s *Edge) see(c *gin.Context, v viewer.Viewer) {
	c.Request = c.Request.WithContext(viewer.With(c.Request.Context(), v))
}

// spoken has what is written for a person have their time zone.
func spoken(ctx context.Context, u auth.User) context.Context {
	return words.With(ctx, words.In(ctx).InZone(u.Zone))
}

// user is who is signed in; the zero User when nobody is.
func (s *Edge) User(c *gin.Context) auth.User {
	v, _ := c.Get(userKey)
	u, _ := v.(auth.User)
	return u
}

// may checks a policy. Creators are shown nothing of the console, not even that it is there.
func (s *Edge) may(c *gin.Context, p Policy) error {
	u := s.User(c)
	switch p {
	case PolicyPublic, PolicySigned:
		return nil
	case PolicyAdmin:
		if u.ID != "" && !u.Admin {
			return NotFound()
		}
	case PolicyCreator:
		if u.Admin {
			return fault.New(fault.Forbidden, words.New("errors.web.adminsOwnNothing"))
		}
	case PolicyPerson: // signed in, which is looked at below
	}
	if u.ID == "" {
		return Unauthenticated()
	}
	return nil
}

// scoped checks what a personal API token may do.
func (s *Edge) scoped(c *gin.Context, r Route) error {
	v, _ := c.Get(accessKey)
	access, ok := v.(auth.Access)
	if need := r.scope(); ok && r.Policy == PolicyCreator && !access.May(need) {
		return fault.New(fault.Forbidden, words.New("errors.web.scope", "Scope", string(need)))
	}
	return nil
}

// Bearer compares a bearer secret in constant time.
func Bearer(c *gin.Context, secret fault.Secret) bool {
	token, ok := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
	return ok && !secret.Empty() && subtle.ConstantTimeCompare([]byte(token), []byte(secret.Reveal())) == 1
}

// Unauthenticated is the fault of whoever is not signed in.
func Unauthenticated() error {
	return fault.New(fault.Unauthenticated, words.New("errors.web.signIn"))
}

// NotFound is the fault of an address with nothing behind it.
func NotFound() error { return fault.New(fault.NotFound, words.New("errors.web.notFound")) }

// MethodNotAllowed is the fault of a method that an address does not take.
func MethodNotAllowed() error {
	return fault.New(fault.MethodNotAllowed, words.New("errors.web.method"))
}
