package admins

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/layout"
)

// confirmed reports that the password was typed within a quarter of an hour; else it leads to where it is asked for,
// and the caller has nothing more to do.
func (s *base) confirmed(c *gin.Context) (bool, error) {
	next := c.Request.URL.RequestURI()
	if c.Request.Method != http.MethodGet {
		next = adminPage(c.PostForm("next"), "/admin")
	}
	return s.confirmedThen(c, next)
}

// confirmedThen is confirmed with the page that is led to afterwards.
func (s *base) confirmedThen(c *gin.Context, next string) (bool, error) {
	if s.Confirmed(c) {
		return true, nil
	}
	c.Redirect(http.StatusSeeOther, "/admin/confirm?next="+url.QueryEscape(next))
	return false, nil
}

// done answers an admin's action: the changed component and a toast where a part is asked for, else the page again.
func (s *base) done(c *gin.Context, text words.Text, part func(layout.Page) (templ.Component, error)) error {
	if !s.Partial(c) {
		return s.backTo(c, "/admin", text)
	}
	toast := layout.Toasts([]layout.Flash{{Tone: "ok", Text: text.In(c.Request.Context())}})
	if part == nil {
		return s.Show(c, toast)
	}
	v, err := part(s.Page(c, words.Text{}))
	if err != nil {
		return err
	}
	return s.Show(c, v, toast)
}

// backTo leads back to the admin's page that a form names, or to another one, with what was done.
func (s *base) backTo(c *gin.Context, otherwise string, text words.Text) error {
	s.Flash(c, "ok", text)
	c.Redirect(http.StatusSeeOther, adminPage(c.PostForm("next"), otherwise))
	return nil
}

// adminPage is next when it is one of the admin's pages, whatever else it says.
func adminPage(next, otherwise string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || strings.ContainsAny(next, "\\\r\n") ||
		path.Clean(u.Path) != u.Path {
		return otherwise
	}
	if u.Path != "/admin" && !strings.HasPrefix(u.Path, "/admin/") {
		return otherwise
	}
	return (&url.URL{Path: u.Path, RawQuery: u.Query().Encode()}).String()
}
