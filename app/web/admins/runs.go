package admins

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin"
)

// queried reads what a list is asked for.
func queried(c *gin.Context) (console.Query, error) {
	q := console.Query{
		Platform: c.Query(
			"platform",
		), Code: c.Query("code"), Status: c.Query("status"), Search: strings.TrimPrefix(strings.TrimSpace(c.Query("q")), "@"),
	}
	for _, name := range []string{"platform", "code", "status", "q", "state", "page"} {
		if _, there := c.GetPostForm(name); there { // it would be taken for no filter at all
			return q, fault.New(fault.Invalid, words.New("errors.runs.form"))
		}
	}
	switch c.Query("state") {
	case "":
	case "dead":
		q.Dead = true
	default:
		return q, fault.New(fault.Invalid, words.New("errors.runs.state"))
	}
	var err error
	q.Page, err = pageNumber(c)
	return q, err
}

func (s *Console) Failures(c *gin.Context) error {
	q, err := queried(c)
	if err != nil {
		return err
	}
	if q.Status != "" {
		return fault.New(fault.Invalid, words.New("errors.runs.noStatus"))
	}
	f, err := s.o.Console.Failures(c.Request.Context(), q)
	if err != nil {
		return err
	}
	return s.Show(c, admin.Failures(s.Page(c, words.New("admin.title.failures")), f))
}

func (s *Console) Connections(c *gin.Context) error {
	q, err := queried(c)
	if err != nil {
		return err
	}
	if q.Dead {
		return fault.New(fault.Invalid, words.New("errors.runs.noState"))
	}
	l, err := s.o.Console.ConnectionList(c.Request.Context(), q)
	if err != nil {
		return err
	}
	return s.Show(c, admin.Connections(s.Page(c, words.New("admin.title.accounts")), l))
}

func (s *Console) Run(c *gin.Context) error {
	r, err := s.o.Console.Run(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	p := s.Page(c, words.New("admin.title.run", "Handle", r.Handle))
	if s.Partial(c) {
		return s.Show(c, admin.RunBody(p, r))
	}
	return s.Show(c, admin.Run(p, r))
}

// filtered reads a filter for an action on all it selects. Searching by name selects nothing for one; what is for
// everything says so.
func (s *Console) filtered(c *gin.Context) (console.Query, planner.Filter, error) {
	q, err := queried(c)
	if err == nil && q.Platform != "" {
		err = s.o.Planner.Known(q.Platform)
	}
	if q.Search != "" || q.Status != "" {
		err = fault.New(fault.Invalid, words.New("errors.runs.search"))
	}
	f := planner.Filter{Platform: q.Platform, Code: q.Code, Dead: q.Dead}
	if err == nil && c.Request.Method == http.MethodPost && f == (planner.Filter{}) && c.PostForm("all") != "1" {
		err = fault.New(fault.Invalid, words.New("errors.runs.everything"))
	}
	return q, f, err
}

// AskRetryAll shows what retrying all would cost.
func (s *Console) AskRetryAll(c *gin.Context) error {
	q, f, err := s.filtered(c)
	if err != nil {
		return err
	}
	b, err := s.o.Queue.Estimate(c.Request.Context(), f)
	if err != nil {
		return err
	}
	left, err := s.left(c)
	if err != nil {
		return err
	}
	return s.Show(c, admin.RetryAll(s.Page(c, words.New("admin.title.retryAll")), q, b, left))
}

func (s *Console) RetryAll(c *gin.Context) error {
	_, f, err := s.filtered(c)
	if err != nil {
		return err
	}
	if err := s.askAgain(c.Request.Context(), s.meant(f.Platform)...); err != nil {
		return err
	}
	n, left, err := s.o.Queue.RetryAll(c.Request.Context(), f)
	s.Audit(c, auth.Event{Action: "retry_all", Target: target(f), Result: soFar(fmt.Sprintf("%d queued", n), err)})
	if err != nil {
		return err
	}
	return s.backTo(
		c,
		"/admin/failures",
		words.Sentences(
			counted(n, words.New("admin.done.requeuedMany", "Count", n), words.New("admin.done.nothingRetried")),
			toGo(left),
		),
	)
}

// meant lists the platforms of a filter: the one, or all.
func (s *Console) meant(platform string) []string {
	if platform != "" {
		return []string{platform}
	}
	var out []string
	for _, spec := range s.Platforms.Specs() {
		out = append(out, spec.ID)
	}
	return out
}

func (s *Console) DismissAll(c *gin.Context) error {
	_, f, err := s.filtered(c)
	if err != nil {
		return err
	}
	n, left, err := s.o.Queue.DismissAll(c.Request.Context(), f)
	s.Audit(c, auth.Event{Action: "dismiss_all", Target: target(f), Result: soFar(fmt.Sprintf("%d dismissed", n), err)})
	if err != nil {
		return err
	}
	return s.backTo(
		c,
		"/admin/failures",
		words.Sentences(
			counted(n, words.New("admin.done.dismissedMany", "Count", n), words.New("admin.done.nothingDismissed")),
			toGo(left),
		),
	)
}

// counted is what was done to some, or that there was none.
func counted(n int, some, none words.Text) words.Text {
	if n == 0 {
		return none
	}
	return some
}

// toGo says that an action on many did not reach all.
func toGo(left int) words.Text {
	if left == 0 {
		return words.Text{}
	}
	return words.New("admin.done.left", "Count", left)
}

// target writes a filter for the audit log.
func target(f planner.Filter) string {
	parts := []string{"all"}
	for _, p := range []string{f.Platform, f.Code} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if f.Dead {
		parts = append(parts, "dead")
	}
	return strings.Join(parts, " ")
}

func (s *Console) CancelRun(c *gin.Context) error {
	if err := s.o.Queue.Cancel(c.Request.Context(), c.Param("id")); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "cancel", Target: c.Param("id"), Result: "ok"})
	return s.backTo(c, "/admin", words.New("admin.done.cancelled"))
}

func (s *Console) DismissRun(c *gin.Context) error {
	if err := s.o.Queue.Dismiss(c.Request.Context(), c.Param("id")); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "dismiss", Target: c.Param("id"), Result: "ok"})
	return s.backTo(c, "/admin", words.New("admin.done.dismissed"))
}

func (s *Console) PauseConnection(c *gin.Context) error {
	if err := s.o.Connect.Pause(c.Request.Context(), c.Param("id")); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "pause", Target: c.Param("id"), Result: "ok"})
	return s.backTo(c, "/admin/connections", words.New("admin.done.paused"))
}

func (s *Console) ResumeConnection(c *gin.Context) error {
	if err := s.o.Connect.Resume(c.Request.Context(), c.Param("id")); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "resume", Target: c.Param("id"), Result: "ok"})
	return s.backTo(c, "/admin/connections", words.New("admin.done.resumed"))
}

func (s *Console) PausePlatform(c *gin.Context) error {
	id := c.Param("platform")
	if err := s.o.Planner.Known(id); err != nil {
		return err
	}
	if err := s.o.Connect.PausePlatform(c.Request.Context(), id); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "pause_platform", Target: id, Result: "ok"})
	spec, _ := s.Platforms.Spec(id)
	return s.backTo(c, "/admin", words.New("admin.done.platformPaused", "Platform", spec.Name))
}

func (s *Console) ResumePlatform(c *gin.Context) error {
	id := c.Param("platform")
	if err := s.o.Planner.Known(id); err != nil {
		return err
	}
	if err := s.o.Connect.ResumePlatform(c.Request.Context(), id); err != nil {
		return err
	}
	if _, err := s.o.Connect.Grants.AskAgain(c.Request.Context(), id); err != nil {
		return err
	}
	if err := s.o.Queue.Resume(c.Request.Context(), id); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "resume_platform", Target: id, Result: "ok"})
	spec, _ := s.Platforms.Spec(id)
	return s.backTo(c, "/admin", words.New("admin.done.platformResumed", "Platform", spec.Name))
}
