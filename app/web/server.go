package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/help"
	"github.com/truecount/truecount/app/jobs"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/posts"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/web/admins"
	"github.com/truecount/truecount/app/web/api"
	"github.com/truecount/truecount/app/web/creators"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/web/machines"
	"github.com/truecount/truecount/app/web/settings"
	"github.com/truecount/truecount/app/web/visitors"
)

// Options is what a Server is made of.
type Options struct {
	Config    config.Config
	Platforms *platform.Registry
	Auth      *auth.Auth
	Connect   *connect.Connect
	Planner   *planner.Planner
	Queue     *jobs.Queue
	Accounts  *accounts.Accounts
	Analytics *analytics.Analytics
	Numbers   *numbers.Numbers
	Posts     *posts.Posts
	Health    *health.Health
	Capacity  *capacity.Capacity
	Alerts    *alerts.Alerts
	Console   *console.Console
	Doctor    admins.Doctor
	Help      *help.Library
	Sandbox   http.Handler // nil when it is off
	World     admins.World // nil when it is off
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
	edge     *edge.Edge
	engine   *gin.Engine
	visitors *visitors.Pages
	creators *creators.Pages
	admins   *admins.Admins
	settings *settings.Pages
	machines *machines.API
	api      *api.API
}

// Wait waits for what goes on after the answers.
func (s *Server) Wait() { s.edge.Wait() }

// New makes the server; Handler serves it. The error is of a setting that cannot be used.
func New(o Options) (*Server, error) {
	e, err := edge.New(edge.Options{
		Config: o.Config, Platforms: o.Platforms, Auth: o.Auth, OpenAlerts: o.Alerts.CountOpen, Observe: o.Observe,
		Now: o.Now, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	s := &Server{
		o: o, edge: e,
		visitors: visitors.New(e, visitors.Options{Connect: o.Connect, Help: o.Help, Mail: o.Mail}),
		creators: creators.New(
			e,
			creators.Options{
				Accounts: o.Accounts, Analytics: o.Analytics, Numbers: o.Numbers, Connect: o.Connect, Queue: o.Queue,
			},
		),
		admins: admins.New(e, admins.Options{
			Connect: o.Connect, Planner: o.Planner, Queue: o.Queue, Health: o.Health, Capacity: o.Capacity, Alerts: o.Alerts,
			Console: o.Console, Doctor: o.Doctor, World: o.World,
			Mail: o.Mail, Erase: o.Erase,
		}),
		settings: settings.New(e),
		api:      api.New(e, api.Options{Accounts: o.Accounts, Numbers: o.Numbers, Posts: o.Posts}),
		machines: machines.New(e, machines.Options{
			Connect: o.Connect, Planner: o.Planner, Queue: o.Queue, Health: o.Health, Metrics: o.Metrics, Ready: o.Ready,
		}),
	}
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
		Handler: s.Handler(), ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: answerTime,
		IdleTimeout:    idleTime,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
}

// Routes lists what is served, for the test that walks them all.
func (s *Server) Routes() gin.RoutesInfo { return s.engine.Routes() }

// Handler serves everything.
func (s *Server) Handler() http.Handler { return s.edge.Wrap(s.engine) }
