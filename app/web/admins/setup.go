package admins

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/doctor"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin/setup"
)

// Checks shows what is found of the set-up now, with what the platforms said last and what was read through then.
func (s *Setup) Checks(c *gin.Context) error {
	found := s.o.Doctor.CheckQuickly(c.Request.Context())
	live, at := s.last()
	r, err := s.o.Health.Report(c.Request.Context())
	if err != nil {
		return err
	}
	v := setup.SetupView{Groups: grouped(found, live), Asked: at}
	for _, spec := range s.Platforms.Specs() {
		p, _ := s.Platforms.Settings(spec.ID)
		pre := strings.ToUpper(spec.ID) + "_"
		pl := setup.SetupPlatform{
			ID:          spec.ID,
			Name:        spec.Name,
			RedirectURI: p.RedirectURI,
			Credentials: []setup.SetupCredential{
				{
					Name: pre + spec.Settings.ClientID,
					Set:  p.ClientID != "",
				}, {Name: pre + spec.Settings.ClientSecret, Set: !p.ClientSecret.Empty()},
			},
		}
		for _, h := range spec.Hooks {
			pl.Addresses = append(
				pl.Addresses,
				setup.SetupAddress{Label: h.Label, URL: s.Config.BaseURL + platform.HookPath(spec.ID, h.Name)},
			)
		}
		if i := slices.IndexFunc(r.Platforms, func(h health.Platform) bool { return h.Platform == spec.ID }); i >= 0 {
			pl.LastSuccess = r.Platforms[i].LastSuccess
		}
		done, err := s.o.Console.Checklist(c.Request.Context(), spec.ID)
		if err != nil {
			return err
		}
		for _, step := range spec.Setup {
			pl.Steps = append(pl.Steps, setup.SetupStep{ID: step.ID, Text: step.Text, Done: done[step.ID]})
		}
		v.Platforms = append(v.Platforms, pl)
	}
	return s.Show(c, setup.Setup(s.Page(c, words.New("admin.title.setup")), v))
}

// grouped puts findings under their areas. Where others had to be asked, what they said last stands, and so does what
// was read through.
func grouped(found, live []console.Finding) []setup.SetupGroup {
	titles := map[console.Area]string{ // ids of the catalogue
		console.AreaSettings:  "admin.setupArea.settings",
		console.AreaStorage:   "admin.setupArea.storage",
		console.AreaPlatforms: "admin.setupArea.platforms",
		console.AreaChannels:  "admin.setupArea.channels",
		console.AreaClockwork: "admin.setupArea.clock",
	}
	var out []setup.SetupGroup
	for _, area := range console.Areas() {
		from := found
		if live != nil && (area == console.AreaPlatforms || area == console.AreaChannels) {
			from = live
		}
		g := setup.SetupGroup{ID: area, Title: words.New(titles[area])}
		for _, f := range from {
			if i := slices.IndexFunc(live, func(l console.Finding) bool { return l.ID == f.ID }); i >= 0 &&
				slices.Contains(doctor.Expensive(), f.ID) {
				f = live[i]
			}
			if f.Area == area {
				g.Findings = append(g.Findings, f)
			}
		}
		out = append(out, g)
	}
	return out
}

// RunChecks looks at everything: it asks the platforms and the mail server, and reads database and audit log through.
// Once at a time.
func (s *Setup) RunChecks(c *gin.Context) error {
	if !s.asking.TryLock() {
		return fault.New(fault.Conflict, words.New("errors.setup.busy"))
	}
	defer s.asking.Unlock()
	found := s.o.Doctor.Check(c.Request.Context(), false)
	s.mu.Lock()
	s.found, s.at = found, s.Now()
	s.mu.Unlock()
	result := "ok"
	if !console.Good(found) {
		result = "not well"
	}
	s.Audit(c, auth.Event{Action: "check_setup", Target: "platforms", Result: result})
	s.Flash(c, "ok", words.New("admin.setup.checked"))
	c.Redirect(http.StatusSeeOther, SetupPage)
	return nil
}

// CheckStep marks a step of a platform's setup as done, or not.
func (s *Setup) CheckStep(c *gin.Context) error {
	platformID, step, done := c.PostForm("platform"), c.PostForm("step"), c.PostForm("done") == "1"
	if err := s.o.Console.Check(c.Request.Context(), platformID, step, done); err != nil {
		return err
	}
	result := "done"
	if !done {
		result = "not done"
	}
	s.Audit(c, auth.Event{Action: "setup_step", Target: platformID + "/" + step, Result: result})
	c.Redirect(http.StatusSeeOther, SetupPage+"#checklist-"+platformID)
	return nil
}
