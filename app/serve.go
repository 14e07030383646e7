package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/demo"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/process"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web"
	"github.com/truecount/truecount/app/web/admins"
	"github.com/truecount/truecount/app/words"
)

// Server is the running program: web server, clock and workers.
type Server struct {
	*App
	Web  *web.Server
	URL  string // the public address
	at   string // where it listens
	http *http.Server
	done chan error
}

const (
	runPatience  = 12 * time.Second // for runs under way when we are told to stop
	httpPatience = 5 * time.Second
)

// Start opens everything on a listener and begins to serve; of the options it sets Inside and Serve itself. say is told
// what a person who started the program should know, line by line.
func Start(ctx context.Context, o Options, l net.Listener, say func(string)) (s *Server, err error) {
	c := o.Config
	if c.BaseURL == "" {
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return nil, fmt.Errorf("read the port: %w", err)
		}
		c = c.WithBaseURL("http://localhost:" + port)
	}
	process.TuneCollector()
	o.Config, o.Inside, o.Serve = c, ownAddress(c, l), true
	a, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	s = &Server{App: a, URL: c.BaseURL, at: l.Addr().String(), done: make(chan error, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
			s = nil
		}
	}()
	if err := s.openWeb(ctx); err != nil {
		return s, err
	}
	go func() { s.done <- s.http.Serve(l) }()
	s.OnClose(s.stopWeb)
	s.stopFirst(ctx, runPatience)
	if err := s.Runner.Start(ctx, !c.NoWorker); err != nil {
		return s, err
	}
	return s, s.greet(ctx, say)
}

// ownAddress is where this process reaches itself.
func ownAddress(c config.Config, l net.Listener) string {
	if !c.Sandbox {
		return ""
	}
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return ""
	}
	host := addr.IP.String()
	if addr.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(addr.Port))
}

func (s *Server) openWeb(ctx context.Context) error {
	var face http.Handler
	var world admins.World
	if s.World != nil {
		face, world = s.World.Handler(), s.World
	}
	var err error
	s.Web, err = web.New(web.Options{
		Config: s.Config, Platforms: s.Platforms, Auth: s.Auth, Connect: s.Connect, Planner: s.Planner, Queue: s.Queue,
		Accounts: s.Accounts, Analytics: s.Analytics, Numbers: s.Numbers, Posts: s.Posts, Help: s.Help,
		Health: s.Health, Capacity: s.Capacity,
		Alerts: s.Alerts, Console: s.Console, Doctor: s.Doctor(ctx), Sandbox: face, World: world,
		Metrics: s.Metrics.Handler(), Observe: s.Metrics.HTTP,
		Ready: s.Ready, Mail: s.mail(), Erase: s.People.Erase, Now: s.now, Log: s.log,
	})
	if err != nil {
		return err
	}
	s.http = s.Web.HTTP()
	return nil
}

// mail is how pages write to people; nil without a mail server.
func (s *Server) mail() func(ctx context.Context, to, subject, text string) error {
	if s.mailer == nil {
		return nil
	}
	return s.mailer.Send
}

// Ready reports whether the database takes writes and its migrations are applied.
func (s *Server) Ready(ctx context.Context) error {
	if err := s.Store.Writable(ctx); err != nil {
		return err
	}
	return s.Store.Migrated(ctx)
}

// greet says where the program is and how to sign in.
func (s *Server) greet(ctx context.Context, say func(string)) error {
	ctx = viewer.System(
		context.WithoutCancel(ctx),
		viewer.ReasonStart,
	) // who is told to stop by now has begun all the same
	for _, w := range s.Config.Warnings {
		say("warning: " + w)
	}
	if s.Config.NoWeb {
		say(words.English.Say("commands.serve.worker", "URL", s.URL, "At", s.at))
		return nil
	}
	if s.Config.Sandbox {
		password, err := demo.New(demo.Options{
			Auth: s.Auth, Connect: s.Connect, Syncer: s.Syncer, Platforms: s.Platforms, World: s.World,
		}).Fill(ctx)
		if err != nil {
			return err
		}
		say(words.English.Say("commands.serve.at", "URL", s.URL))
		say(words.English.Say("commands.serve.demo"))
		users, err := s.Auth.Demo.Users(ctx)
		if err != nil {
			return err
		}
		var emails []string
		for _, u := range users {
			emails = append(emails, u.Email)
		}
		if len(emails) > 0 {
			say(
				words.English.Say("commands.serve.signIn", "Emails", strings.Join(emails, " or "), "Password", password.Reveal()),
			)
		}
		return nil
	}
	say(words.English.Say("commands.serve.at", "URL", s.URL))
	token, err := s.Auth.FirstLink(ctx)
	if err != nil {
		return err
	}
	if !token.Empty() {
		say(words.English.Say("commands.serve.setup", "URL", setupURL(s.URL, token)))
	}
	return nil
}

func setupURL(base string, token fault.Secret) string {
	return base + "/setup?token=" + token.Reveal()
}

// Wait blocks until the server fails or ctx ends.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.done:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fmt.Errorf("serve: %w", err)
	}
}

// stopWeb ends the web server: requests under way are answered, for a while.
func (s *Server) stopWeb() error {
	soft, cancel := context.WithTimeout(context.Background(), httpPatience)
	defer cancel()
	var err error
	if s.http.Shutdown(soft) != nil {
		err = s.http.Close()
	}
	s.Web.Wait()
	return err
}

// Stop takes nothing new, lets what runs end or go back to the queue, and closes everything.
func (s *Server) Stop(context.Context) error { return s.Close() }
