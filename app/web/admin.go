package web

import (
	"context"
	"fmt"
	"slices"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/syncer"
	"github.com/truecount/truecount/views/admin"
	"github.com/truecount/truecount/views/layout"
)

func (s *Server) console(c *gin.Context) error {
	show := c.DefaultQuery("show", "all")
	if !slices.Contains([]string{"all", "failed", "limited"}, show) {
		return fault.New(fault.Invalid, "show is all, failed or limited.")
	}
	v, err := s.o.Health.Console(c.Request.Context(), show)
	if err != nil {
		return err
	}
	p := s.page(c, "Sync health")
	if s.partial(c) {
		return s.show(c, admin.SyncHealthBody(p, v))
	}
	return s.show(c, admin.SyncHealth(p, v))
}

// quotas shows what the platforms let us spend and how many accounts that carries.
func (s *Server) quotas(c *gin.Context) error {
	v, err := s.o.Health.Forecasts(c.Request.Context())
	if err != nil {
		return err
	}
	return s.show(c, admin.Quotas(s.page(c, "Quotas"), v))
}

// done answers an admin's action: the changed component and a toast where a part is asked for, else the page again.
func (s *Server) done(c *gin.Context, text string, part func(layout.Page) (templ.Component, error)) error {
	if !s.partial(c) {
		return s.backTo(c, "/admin", text)
	}
	toast := layout.Toasts([]layout.Flash{{Tone: "ok", Text: text}})
	if part == nil {
		return s.show(c, toast)
	}
	v, err := part(s.page(c, ""))
	if err != nil {
		return err
	}
	return s.show(c, v, toast)
}

// askAgain has platforms really asked that refused this installation a while ago, as an admin's word is that
// this is mended, and lets go on what waited for it.
func (s *Server) askAgain(ctx context.Context, platforms ...string) error {
	for _, id := range platforms {
		held, err := s.o.Connect.AskAgain(ctx, id)
		if err == nil && held {
			err = s.o.Queue.Resume(ctx, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) syncPlatform(c *gin.Context) error {
	id := c.Param("platform")
	if err := s.o.Syncer.Known(id); err != nil {
		return err
	}
	if err := s.askAgain(c.Request.Context(), id); err != nil {
		return err
	}
	runs, err := s.o.Queue.Plan(c.Request.Context(), id, syncer.SelectAll, syncer.TriggerAdmin)
	s.audit(c, auth.Event{Action: "sync_platform", Target: id, Result: soFar(fmt.Sprintf("%d queued", len(runs)), err)})
	if err != nil {
		return err
	}
	spec, _ := s.o.Platforms.Spec(id)
	text := fmt.Sprintf("%d syncs on %s are queued.", len(runs), spec.Name)
	switch len(runs) {
	case 0:
		text = "There is nothing to queue on " + spec.Name + ": no account that can be synced, or all are under way."
	case 1:
		text = "1 sync on " + spec.Name + " is queued."
	}
	return s.done(c, text, func(p layout.Page) (templ.Component, error) {
		panel, err := s.o.Health.Panel(c.Request.Context(), id)
		if err != nil {
			return nil, err
		}
		return admin.PlatformPanel(p, *panel), nil
	})
}

func (s *Server) syncAny(c *gin.Context) error {
	id, err := s.o.Connect.PlatformOf(c.Request.Context(), c.Param("id"))
	if err == nil {
		err = s.askAgain(c.Request.Context(), id)
	}
	if err != nil {
		return err
	}
	a, err := s.o.Queue.Sync(c.Request.Context(), c.Param("id"), syncer.TriggerAdmin)
	if err != nil {
		return err
	}
	s.audit(c, auth.Event{Action: "sync", Target: c.Param("id"), Result: "ok"})
	text := "The sync is queued."
	if !a.New {
		text = "A sync of this account is already " + a.State + "."
	}
	return s.done(c, text, nil)
}

func (s *Server) retry(c *gin.Context) error {
	id, err := s.o.Syncer.PlatformOf(c.Request.Context(), c.Param("id"))
	if err == nil {
		err = s.askAgain(c.Request.Context(), id)
	}
	if err != nil {
		return err
	}
	if _, err := s.o.Queue.Retry(c.Request.Context(), c.Param("id")); err != nil {
		return err
	}
	s.audit(c, auth.Event{Action: "retry", Target: c.Param("id"), Result: "ok"})
	return s.done(c, "The account is queued again.", func(p layout.Page) (templ.Component, error) {
		row, err := s.o.Health.RunRow(c.Request.Context(), c.Param("id"))
		if err != nil {
			return nil, err
		}
		kind := "run"
		if c.PostForm("row") == "failure" {
			kind = "failure"
		}
		return admin.RunRow(p, *row, kind), nil
	})
}
