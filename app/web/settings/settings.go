package settings

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/settings"
)

// Pages is what people change about themselves.
type Pages struct{ *edge.Edge }

// New makes the pages.
func New(e *edge.Edge) *Pages { return &Pages{e} }

const profilePage = "/settings/profile"

// Home leads to the first page of the settings.
func (s *Pages) Home(c *gin.Context) error {
	c.Redirect(http.StatusSeeOther, profilePage)
	return nil
}

// Profile shows the name and the time zone.
func (s *Pages) Profile(c *gin.Context) error {
	u := s.User(c)
	return s.profile(c, http.StatusOK, settings.ProfileForm{Name: u.Name, Zone: u.Zone.String()})
}

func (s *Pages) profile(c *gin.Context, status int, f settings.ProfileForm) error {
	f.Zones = auth.Zones()
	return s.ShowStatus(c, status, settings.Profile(s.Page(c, words.New("preferences.profile.title")), f))
}

// SaveProfile changes the name and the time zone. What cannot be used comes back with the reason beside its field.
func (s *Pages) SaveProfile(c *gin.Context) error {
	wanted := auth.Profile{Name: c.PostForm("name"), Zone: c.PostForm("zone")}
	changed, err := s.Auth.SetProfile(c.Request.Context(), s.User(c).ID, wanted)
	var f *fault.Error
	if errors.As(err, &f) && f.Fields != nil {
		form := settings.ProfileForm{Name: wanted.Name, Zone: wanted.Zone, Errors: f.Fields}
		return s.profile(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		s.Audit(c, auth.Event{Action: "profile", Result: strings.Join(changed, " ")})
	}
	s.Flash(c, "ok", words.New("preferences.saved"))
	c.Redirect(http.StatusSeeOther, profilePage)
	return nil
}
