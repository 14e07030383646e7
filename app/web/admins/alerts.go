package admins

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin"
)

func (s *Alerts) List(c *gin.Context) error {
	v, err := s.alertsView(c)
	if err != nil {
		return err
	}
	return s.Show(c, admin.Alerts(s.Page(c, words.New("admin.title.alerts")), v))
}

func (s *Alerts) alertsView(c *gin.Context) (admin.AlertsView, error) {
	page, err := pageNumber(c)
	if err != nil {
		return admin.AlertsView{}, err
	}
	l, err := s.o.Alerts.List(
		c.Request.Context(),
		alerts.Query{State: c.Query("state"), Rule: c.Query("rule"), Platform: c.Query("platform"), Page: page},
	)
	return admin.AlertsView{List: l}, err
}

func (s *Alerts) Alert(c *gin.Context) error {
	a, err := s.o.Alerts.Story(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.Show(c, admin.Alert(s.Page(c, a.Rule.Name), a))
}

// Test sends one message on every channel and shows what each made of it.
func (s *Alerts) Test(c *gin.Context) error {
	tried, err := s.o.Alerts.Test(c.Request.Context())
	if err != nil {
		return err
	}
	took := 0
	for _, t := range tried {
		if t.Err == nil {
			took++
		}
	}
	s.Audit(
		c,
		auth.Event{Action: "alert_test", Target: "channels", Result: strconv.Itoa(took) + " of " + strconv.Itoa(len(tried))},
	)
	v, err := s.alertsView(c)
	if err != nil {
		return err
	}
	v.Tried = tried
	return s.Show(c, admin.Alerts(s.Page(c, words.New("admin.title.alerts")), v))
}

func (s *Alerts) Save(c *gin.Context) error {
	set, typed := alerts.Settings{Values: map[string]int{}}, map[string]string{}
	for _, t := range alerts.Thresholds() {
		typed[t.Name] = strings.TrimSpace(c.PostForm(t.Name))
		n, err := strconv.Atoi(typed[t.Name])
		if err != nil {
			n = -1 // out of every range: refused with the range
		}
		set.Values[t.Name] = n
	}
	set.QuietFrom, set.QuietTo, set.QuietZone = strings.TrimSpace(
		c.PostForm("quiet_from"),
	), strings.TrimSpace(
		c.PostForm("quiet_to"),
	), strings.TrimSpace(
		c.PostForm("quiet_zone"),
	)
	if set.QuietZone == "" {
		set.QuietZone = "UTC"
	}
	on := c.PostFormArray("on")
	for _, id := range on {
		if !alerts.Known(id) {
			return fault.New(fault.Invalid, words.New("errors.alerts.noRule"))
		}
	}
	for _, r := range alerts.Rules {
		if !slices.Contains(on, r.ID) {
			set.Off = append(set.Off, r.ID)
		}
	}
	err := s.o.Alerts.SetSettings(c.Request.Context(), set)
	var f *fault.Error
	if errors.As(err, &f) && f.Fields != nil {
		v, verr := s.alertsView(c)
		if verr != nil {
			return verr
		}
		v.Settings, v.Typed, v.Errors = set, typed, f.Fields
		return s.ShowStatus(c, http.StatusUnprocessableEntity, admin.Alerts(s.Page(c, words.New("admin.title.alerts")), v))
	}
	if err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "alert_settings", Target: "alerts", Result: "ok"})
	return s.backTo(c, "/admin/alerts", words.New("admin.done.settingsSaved"))
}

func (s *Alerts) Acknowledge(c *gin.Context) error {
	id := c.Param("id")
	if err := s.o.Alerts.Acknowledge(c.Request.Context(), id, s.User(c).ID,
		strings.TrimSpace(c.PostForm("reason"))); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "alert_acknowledge", Target: id, Result: "ok"})
	return s.backTo(c, "/admin/alerts/"+id, words.New("admin.done.acknowledged"))
}

func (s *Alerts) Mute(c *gin.Context) error {
	hours, err := strconv.Atoi(c.PostForm("hours"))
	if err != nil || hours < 1 || hours > 90*24 {
		return fault.New(fault.Invalid, words.New("errors.alerts.hours"))
	}
	id := c.Param("id")
	if err := s.o.Alerts.Mute(c.Request.Context(), id, s.User(c).ID, strings.TrimSpace(c.PostForm("reason")),
		time.Duration(hours)*time.Hour); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "alert_mute", Target: id, Result: strconv.Itoa(hours) + " h"})
	return s.backTo(c, "/admin/alerts/"+id, words.New("admin.done.muted"))
}

func (s *Alerts) Unmute(c *gin.Context) error {
	id := c.Param("id")
	if err := s.o.Alerts.Unmute(c.Request.Context(), id, s.User(c).ID); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "alert_unmute", Target: id, Result: "ok"})
	return s.backTo(c, "/admin/alerts/"+id, words.New("admin.done.unmuted"))
}

func (s *Alerts) SendAgain(c *gin.Context) error {
	if err := s.o.Alerts.SendAgain(c.Request.Context(), c.Param("id")); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "alert_send_again", Target: c.Param("id"), Result: "ok"})
	return s.backTo(c, "/admin/alerts", words.New("admin.done.resent"))
}

// pageNumber reads the page of a list.
func pageNumber(c *gin.Context) (int, error) {
	n := c.Query("page")
	if n == "" {
		return 1, nil
	}
	page, err := strconv.Atoi(n)
	if err != nil || page < 1 || page > 1_000_000 {
		return 0, fault.New(fault.Invalid, words.New("errors.page"))
	}
	return page, nil
}
