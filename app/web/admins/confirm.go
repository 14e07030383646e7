package admins

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin/people"
)

func (s *People) ConfirmForm(c *gin.Context) error {
	return s.Show(
		c,
		people.Confirm(s.Page(c, words.New("admin.title.confirm")), adminPage(c.Query("next"), "/admin"), words.Text{}),
	)
}

func (s *People) Confirm(c *gin.Context) error {
	next := adminPage(c.PostForm("next"), "/admin")
	ctx := viewer.System(c.Request.Context(), viewer.ReasonSignIn)
	err := s.Auth.Confirm(ctx, s.User(c).ID, s.SessionHash(c), fault.Secret(c.PostForm("password")))
	var f *fault.Error
	if errors.As(err, &f) && (f.Code == fault.Invalid || f.Code == fault.TooManyRequests) {
		s.Audit(c, auth.Event{Action: "confirm", Result: string(f.Code), Seldom: f.Code == fault.TooManyRequests})
		if f.Code == fault.TooManyRequests {
			return err
		}
		return s.ShowStatus(
			c,
			http.StatusUnprocessableEntity,
			people.Confirm(s.Page(c, words.New("admin.title.confirm")), next, f.Message),
		)
	}
	if err != nil {
		return err
	}
	s.MarkConfirmed(c)
	s.Audit(c, auth.Event{Action: "confirm", Result: "ok"})
	c.Redirect(http.StatusSeeOther, next)
	return nil
}
