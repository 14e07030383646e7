package edge

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

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/static"
)

// Options is what an Edge is made of.
type Options struct {
	Config    config.Config
	Platforms *platform.Registry
	Auth      *auth.Auth
	// OpenAlerts counts the open alerts that the admin's navigation shows.
	OpenAlerts func(context.Context) (int, error)
	// Observe is told of every request that was answered. May be nil.
	Observe func(route, method string, status int, took time.Duration)
	Now     func() time.Time // nil: time.Now
	Log     *slog.Logger
}

// background is what goes on after the answers.
type background struct {
	running  sync.WaitGroup
	panicked func(ctx context.Context, route string, p any)
}

// Edge is shared by all groups of pages. Its exported fields do not change after New.
type Edge struct {
	*background

	Config    config.Config
	Platforms *platform.Registry
	Auth      *auth.Auth
	Now       func() time.Time
	Log       *slog.Logger
	Base      *url.URL     // the public address
	Sheet     static.Sheet // the platforms' colours

	openAlerts func(context.Context) (int, error)
	observe    func(route, method string, status int, took time.Duration)
	sessions   *scs.SessionManager
	policy     string // the content security policy of every page
}

// New makes an Edge. The error is of a base URL that cannot be read.
func New(o Options) (*Edge, error) {
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
	s := &Edge{
		Config: o.Config, Platforms: o.Platforms, Auth: o.Auth, Now: o.Now, Log: o.Log, Base: base,
		openAlerts: o.OpenAlerts, observe: o.Observe,
		Sheet: static.NewSheet("platforms.css", platform.Style(o.Platforms.Specs())),
	}
	s.background = &background{panicked: s.logPanic}
	s.sessions = s.newSessions()
	s.policy = s.contentPolicy()
	return s, nil
}

// Later does something after the answer, when the request's context ends; Wait waits for it. A panic in it is logged.
func (b *background) Later(ctx context.Context, do func(context.Context)) {
	answered := ctx.Done()
	ctx = context.WithoutCancel(ctx)
	b.running.Add(1)
	go func() {
		defer b.running.Done()
		select {
		case <-answered:
		case <-time.After(5 * time.Second): // the answer takes its time
		}
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				b.panicked(ctx, "none", p)
			}
		}()
		do(ctx)
	}()
}

// Wait waits for everything that Later began.
func (b *background) Wait() { b.running.Wait() }

// Wrap is everything around the routes: cross-site writes are refused before anything else looks at a request, and
// sessions are loaded for the routes that may have one.
func (s *Edge) Wrap(routes http.Handler) http.Handler {
	withSession := s.withSession(routes)
	routed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sessionless(r.URL.Path) {
			routes.ServeHTTP(w, r)
			return
		}
		withSession.ServeHTTP(w, r.WithContext(auth.WithSessions(r.Context())))
	})
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Refuse(w, r, fault.New(fault.Forbidden, words.New("errors.web.crossSite")))
	}))
	return plainForwarded(s.edge(guard.Handler(routed)))
}

// sessionless reports a path that never has a session: it answers even when the database does not.
func sessionless(path string) bool {
	return strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/sandbox/") ||
		slices.Contains(Probes, path) || path == "/api/jobs/social-sync" || path == "/api/openapi.json"
}

// contentPolicy was proven in Chromium: nothing from elsewhere, no inline script or style. A form may lead to the
// platforms' consent pages, or the browser would block the redirect there.
func (s *Edge) contentPolicy() string {
	targets := []string{"'self'"}
	for _, p := range s.Config.Platforms {
		if u, err := url.Parse(p.URLs["AUTHORIZE_URL"]); err == nil && u.Host != "" {
			if origin := u.Scheme + "://" + u.Host; !slices.Contains(targets, origin) {
				targets = append(targets, origin)
			}
		}
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; manifest-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; " +
		"form-action " + strings.Join(targets, " ")
}

// Loopback reports a host name or address of this machine itself.
func Loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}
