// Package web is the edge: it turns requests into calls on the rooms and what they answer into
// pages and JSON. It decides who may ask (one policy a route), refuses what comes from another
// site, and turns every error into one of three shapes. It holds no rule of the domain.
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/jobs"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/syncer"
)

// Options is what a Server is made of.
type Options struct {
	Config    config.Config
	Platforms *platform.Registry
	Auth      *auth.Auth
	Connect   *connect.Connect
	Syncer    *syncer.Syncer
	Queue     *jobs.Queue
	Analytics *analytics.Analytics
	Health    *health.Health
	Doctor    Doctor
	Sandbox   http.Handler // nil when it is off
	World     World        // nil when it is off
	Metrics   http.Handler
	Observe   func(route, method string, status int, took time.Duration) // may be nil
	Ready     func(context.Context) error                                // database and migrations
	Mail      func(ctx context.Context, to, subject, text string) error  // nil: there is no mail
	// Erase deletes a person with everything they own. NOT_FOUND, CONFLICT: the last admin.
	Erase func(ctx context.Context, personID string, cause connect.Cause) (connect.Erasure, error)
	Now   func() time.Time
	Log   *slog.Logger
}

// Server answers requests.
type Server struct {
	o        Options
	sessions *scs.SessionManager
	engine   *gin.Engine
	base     *url.URL
	policy   string // the content policy of every page
	asked    asked
	laters   sync.WaitGroup
}

// later does something after the answer, when the request's context ends; Wait waits for it.
func (s *Server) later(ctx context.Context, do func(context.Context)) {
	answered := ctx.Done()
	ctx = context.WithoutCancel(ctx)
	s.laters.Add(1)
	go func() {
		defer s.laters.Done()
		select {
		case <-answered:
		case <-time.After(5 * time.Second): // it takes its time
		}
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				s.panicked(ctx, "none", p)
			}
		}()
		do(ctx)
	}()
}

// Wait waits for what goes on after the answers.
func (s *Server) Wait() { s.laters.Wait() }

// New makes the server; Handler serves it.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Observe == nil {
		o.Observe = func(string, string, int, time.Duration) {}
	}
	base, err := url.Parse(o.Config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("read the base URL: %w", err)
	}
	s := &Server{o: o, base: base}
	s.sessions = s.newSessions()
	s.policy = s.contentPolicy()
	gin.SetMode(gin.ReleaseMode)
	s.engine = gin.New()
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	if err := s.engine.SetTrustedProxies(o.Config.TrustedProxies); err != nil {
		return nil, fmt.Errorf("read TRUSTED_PROXIES: %w", err)
	}
	s.routes()
	return s, nil
}

// The limits of one request.
const (
	headerTime, bodyTime, answerTime, idleTime = 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute
	maxHeader                                  = 16 << 10
)

// HTTP is the server that listens.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
}

// Routes lists what is served, for the test that walks them all.
func (s *Server) Routes() gin.RoutesInfo { return s.engine.Routes() }

// Handler is everything: cross-site writes are refused before anything else looks at a request, and
// sessions are loaded for the routes that may have one.
func (s *Server) Handler() http.Handler {
	withSession := s.withSession(s.engine)
	routed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if bare(r.URL.Path) {
			s.engine.ServeHTTP(w, r)
			return
		}
		withSession.ServeHTTP(w, r.WithContext(auth.WithSessions(r.Context())))
	})
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, fault.New(fault.Forbidden, "This request came from another site and was refused. Nothing was changed."))
	}))
	return plainForwarded(s.edge(guard.Handler(routed)))
}

// bare reports a path that never has a session: it answers even when the database does not.
func bare(path string) bool {
	return strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/sandbox/") ||
		slices.Contains([]string{"/healthz", "/readyz", "/metrics", "/api/health/social-sync", "/api/jobs/social-sync", "/api/openapi.json"}, path)
}

// contentPolicy was proven in Chromium: nothing from elsewhere, no inline script or style. A form
// may lead to the platforms' consent pages, or the browser would block the redirect there.
func (s *Server) contentPolicy() string {
	targets := []string{"'self'"}
	for _, p := range s.o.Config.Platforms {
		if u, err := url.Parse(p.URLs["AUTHORIZE_URL"]); err == nil && u.Host != "" {
			if origin := u.Scheme + "://" + u.Host; !slices.Contains(targets, origin) {
				targets = append(targets, origin)
			}
		}
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
		"manifest-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action " + strings.Join(targets, " ")
}

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}
