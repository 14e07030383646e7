package admins

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin"
)

// left is what each platform's day has left to spend, by the platform's name.
func (s *Console) left(c *gin.Context) (map[string]admin.Left, error) {
	list, err := s.o.Capacity.Forecasts(c.Request.Context())
	if err != nil {
		return nil, err
	}
	out := map[string]admin.Left{}
	for _, f := range list {
		for _, l := range f.Limits {
			if l.Shared() && l.Pace == 0 && l.Per == 24*time.Hour {
				if have, ok := out[f.Name]; !ok || l.Max-l.Used < have.Units {
					out[f.Name] = admin.Left{Units: max(0, l.Max-l.Used), Ends: l.Ends}
				}
				break // the main quota comes first; others pay for something else
			}
		}
	}
	return out, nil
}

// chosen reads which accounts an action on many is for.
func (s *Console) chosen(c *gin.Context) (console.Query, connect.Filter, error) {
	q, err := queried(c)
	if err == nil && (q.Code != "" || q.Dead) {
		err = fault.New(fault.Invalid, words.New("errors.bulk.filter"))
	}
	if err == nil && q.Platform != "" {
		if _, ok := s.Platforms.Spec(q.Platform); !ok {
			err = fault.New(fault.Invalid, words.New("errors.noPlatform"))
		}
	}
	if err == nil {
		err = console.KnownStatus(q.Status)
	}
	return q, connect.Filter{Platform: q.Platform, Status: q.Status, Search: q.Search}, err
}

// AskBulk shows what can be done with all accounts that a filter selects, and what it would cost.
func (s *Console) AskBulk(c *gin.Context) error {
	q, f, err := s.chosen(c)
	if err != nil {
		return err
	}
	counts, err := s.o.Connect.Count(c.Request.Context(), f)
	if err != nil {
		return err
	}
	left, err := s.left(c)
	if err != nil {
		return err
	}
	v := admin.BulkView{Query: q, Left: left, Mail: s.o.Mail != nil}
	for _, n := range counts {
		for _, of := range n {
			v.All += of
		}
		v.Pausable += fit(n)
		v.Paused += n["paused"]
		v.Lost += n["needs_reconnect"]
	}
	for _, spec := range s.Platforms.Specs() {
		n := fit(counts[spec.ID])
		if n == 0 || !s.Platforms.Configured(spec.ID) {
			continue
		}
		settings, _ := s.Platforms.Settings(spec.ID)
		v.Syncs += n
		v.Price = append(
			v.Price,
			planner.Price{
				Platform: spec.Name,
				Syncs:    n,
				Units:    int64(n) * (spec.Price.Profile + spec.Price.Posts),
				Takes:    time.Duration(n) * settings.Delay,
			},
		)
	}
	return s.Show(c, admin.Bulk(s.Page(c, words.New("admin.title.bulk")), v))
}

// synced are the statuses in which an account is synced.
var synced = []string{"connected", "limited", "expiring"}

// fit counts those that are synced, of accounts by status.
func fit(n map[string]int) int {
	sum := 0
	for _, status := range synced {
		sum += n[status]
	}
	return sum
}

// syncable are those that are synced, by platform.
func syncable(list []connect.Chosen) map[string][]string {
	out := map[string][]string{}
	for _, x := range list {
		if slices.Contains(synced, x.Status) {
			out[x.Platform] = append(out[x.Platform], x.ID)
		}
	}
	return out
}

// Bulk does something with all accounts that a filter selects.
func (s *Console) Bulk(c *gin.Context) error {
	_, f, err := s.chosen(c)
	if err != nil {
		return err
	}
	ctx, do := c.Request.Context(), c.PostForm("do")
	if do == "sync" {
		list, err := s.o.Connect.Choose(ctx, f)
		if err != nil {
			return err
		}
		ids := syncable(list)
		if err := s.askAgain(ctx, slices.Collect(maps.Keys(ids))...); err != nil {
			return err
		}
		n, err := s.o.Queue.SyncThese(ctx, ids)
		s.Audit(c, auth.Event{Action: "sync_all", Target: chosenTarget(f), Result: soFar(fmt.Sprintf("%d queued", n), err)})
		if err != nil {
			return err
		}
		return s.backTo(
			c,
			"/admin",
			counted(n, words.New("admin.done.queued", "Count", n), words.New("admin.done.nothingQueued")),
		)
	}
	acts := map[string]struct {
		run  func() (connect.Done, error)
		some func(n int) words.Text
		none string // an id of the catalogue
	}{
		"pause": {
			func() (connect.Done, error) { return s.o.Connect.PauseAll(ctx, f) },
			func(n int) words.Text { return words.New("admin.done.pausedMany", "Count", n) }, "admin.done.nothingPaused",
		},
		"resume": {
			func() (connect.Done, error) { return s.o.Connect.ResumeAll(ctx, f) },
			func(n int) words.Text { return words.New("admin.done.resumedMany", "Count", n) }, "admin.done.nothingResumed",
		},
		"link": {
			func() (connect.Done, error) { return s.o.Connect.LinkAll(ctx, f) },
			func(n int) words.Text { return words.New("admin.done.linksSent", "Count", n) }, "admin.done.noLinks",
		},
	}
	act, ok := acts[do]
	if !ok {
		return fault.New(fault.Invalid, words.New("errors.bulk.action"))
	}
	if do == "link" { // links for others
		if done, err := s.confirmed(c); !done {
			return err
		}
	}
	d, err := act.run()
	s.Audit(
		c,
		auth.Event{
			Action: do + "_all",
			Target: chosenTarget(f),
			Result: soFar(fmt.Sprintf("%d done, %d failed, %d left", d.Done, d.Failed, d.Left), err),
		},
	)
	if err != nil {
		return err
	}
	text := words.Sentences(counted(d.Done, act.some(d.Done), words.New(act.none)), toGo(d.Left))
	if d.Failed > 0 {
		text = words.Sentences(text, words.New("admin.done.someFailed", "Number", d.Failed))
	}
	return s.backTo(c, "/admin/connections", text)
}

// soFar writes what was done for the audit log, also of what ended in an error then.
func soFar(did string, err error) string {
	if err == nil {
		return did
	}
	return did + ", then " + string(fault.CodeOf(err))
}

// chosenTarget writes a filter for the audit log: of a search only that there was one, for it may be somebody's handle,
// and the log outlives its person.
func chosenTarget(f connect.Filter) string {
	parts := []string{"accounts"}
	for _, p := range []string{f.Platform, f.Status} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if f.Search != "" {
		parts = append(parts, "found by a search")
	}
	return strings.Join(parts, " ")
}
