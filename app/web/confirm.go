package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/views/admin"
)

// keyConfirmed holds when the password was last typed, Unix seconds: a browser left open is not enough for
// what cannot be undone.
const keyConfirmed = "confirmed"

const confirmedFor = 15 * time.Minute

// confirmed reports that the password was typed within a quarter of an hour; else it leads to where it is asked for,
// and the caller has nothing more to do.
func (s *Server) confirmed(c *gin.Context) (bool, error) {
	next := c.Request.URL.RequestURI()
	if c.Request.Method != http.MethodGet {
		next = adminPage(c.PostForm("next"), "/admin")
	}
	return s.confirmedThen(c, next)
}

// confirmedThen is confirmed with the page that is led to afterwards.
func (s *Server) confirmedThen(c *gin.Context, next string) (bool, error) {
	at := time.Unix(s.sessions.GetInt64(c.Request.Context(), keyConfirmed), 0)
	if age := s.o.Now().Sub(at); age >= 0 && age <= confirmedFor {
		return true, nil
	}
	c.Redirect(http.StatusSeeOther, "/admin/confirm?next="+url.QueryEscape(next))
	return false, nil
}

func (s *Server) confirmForm(c *gin.Context) error {
	return s.show(c, admin.Confirm(s.page(c, "Confirm it is you"), adminPage(c.Query("next"), "/admin"), ""))
}

func (s *Server) confirm(c *gin.Context) error {
	next := adminPage(c.PostForm("next"), "/admin")
	ctx := viewer.System(c.Request.Context())
	err := s.o.Auth.Confirm(ctx, s.user(c).ID, auth.SessionHash(s.sessions.Token(ctx)), fault.Secret(c.PostForm("password")))
	var f *fault.Error
	if errors.As(err, &f) && (f.Code == fault.Invalid || f.Code == fault.TooManyRequests) {
		s.audit(c, auth.Event{Action: "confirm", Result: string(f.Code), Seldom: f.Code == fault.TooManyRequests})
		if f.Code == fault.TooManyRequests {
			return err
		}
		return s.showStatus(c, http.StatusUnprocessableEntity, admin.Confirm(s.page(c, "Confirm it is you"), next, f.Message))
	}
	if err != nil {
		return err
	}
	s.sessions.Put(c.Request.Context(), keyConfirmed, s.o.Now().Unix())
	s.audit(c, auth.Event{Action: "confirm", Result: "ok"})
	c.Redirect(http.StatusSeeOther, next)
	return nil
}
