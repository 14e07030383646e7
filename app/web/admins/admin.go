package admins

import (
	"context"
	"fmt"
	"slices"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin"
	"github.com/truecount/truecount/views/admin/quotas"
	"github.com/truecount/truecount/views/layout"
)

func (s *Console) Home(c *gin.Context) error {
	show := c.DefaultQuery("show", "all")
	if !slices.Contains([]string{"all", "failed", "limited"}, show) {
		return fault.New(fault.Invalid, words.New("errors.runs.show"))
	}
	v, err := s.o.Console.Overview(c.Request.Context(), show)
	if err != nil {
		return err
	}
	p := s.Page(c, words.New("admin.title.health"))
	if s.Partial(c) {
		return s.Show(c, admin.SyncHealthBody(p, v))
	}
	return s.Show(c, admin.SyncHealth(p, v))
}

// Quotas shows what the platforms let us spend and how many accounts that carries.
func (s *Console) Quotas(c *gin.Context) error {
	v, err := s.o.Capacity.Forecasts(c.Request.Context())
	if err != nil {
		return err
	}
	return s.Show(c, quotas.Page(s.Page(c, words.New("admin.title.quotas")), v))
}

// askAgain has platforms really asked that refused this installation a while ago, as an admin's word is that
// this is mended, and lets go on what waited for it.
func (s *Console) askAgain(ctx context.Context, platforms ...string) error {
	for _, id := range platforms {
		held, err := s.o.Connect.Grants.AskAgain(ctx, id)
		if err == nil && held {
			err = s.o.Queue.Resume(ctx, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Console) SyncPlatform(c *gin.Context) error {
	id := c.Param("platform")
	if err := s.o.Planner.Known(id); err != nil {
		return err
	}
	if err := s.askAgain(c.Request.Context(), id); err != nil {
		return err
	}
	runs, err := s.o.Queue.Plan(c.Request.Context(), id, planner.SelectAll, planner.TriggerAdmin)
	s.Audit(c, auth.Event{Action: "sync_platform", Target: id, Result: soFar(fmt.Sprintf("%d queued", len(runs)), err)})
	if err != nil {
		return err
	}
	spec, _ := s.Platforms.Spec(id)
	text := words.New("admin.done.queuedOn", "Count", len(runs), "Platform", spec.Name)
	if len(runs) == 0 {
		text = words.New("admin.done.nothingOn", "Platform", spec.Name)
	}
	return s.done(c, text, func(p layout.Page) (templ.Component, error) {
		panel, err := s.o.Console.Panel(c.Request.Context(), id)
		if err != nil {
			return nil, err
		}
		return admin.PlatformPanel(p, *panel), nil
	})
}

func (s *Console) SyncConnection(c *gin.Context) error {
	id, err := s.o.Connect.PlatformOf(c.Request.Context(), c.Param("id"))
	if err == nil {
		err = s.askAgain(c.Request.Context(), id)
	}
	if err != nil {
		return err
	}
	a, err := s.o.Queue.Sync(c.Request.Context(), c.Param("id"), planner.TriggerAdmin)
	if err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "sync", Target: c.Param("id"), Result: "ok"})
	text := words.New("admin.done.syncQueued")
	if !a.New {
		text = words.New("admin.done.syncAlready", "State", string(a.State))
	}
	return s.done(c, text, nil)
}

func (s *Console) Retry(c *gin.Context) error {
	id, err := s.o.Planner.PlatformOf(c.Request.Context(), c.Param("id"))
	if err == nil {
		err = s.askAgain(c.Request.Context(), id)
	}
	if err != nil {
		return err
	}
	if _, err := s.o.Queue.Retry(c.Request.Context(), c.Param("id")); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "retry", Target: c.Param("id"), Result: "ok"})
	return s.done(c, words.New("admin.done.requeued"), func(p layout.Page) (templ.Component, error) {
		row, err := s.o.Console.RunRow(c.Request.Context(), c.Param("id"))
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
