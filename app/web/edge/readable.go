package edge

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
)

// readable refuses what no room can take: a name in the address that is no text (NOT_FOUND), a value of a form that is
// none, and a form that came only in part, whose missing fields would read as empty ones (INVALID). What is signed is
// read by its own route, and a consent's way back has its own answer to everything.
func readable(c *gin.Context, r Route) error {
	if r.Policy == PolicySigned || r.Open() || strings.HasSuffix(r.Path, "/callback") {
		return nil
	}
	for _, p := range c.Params {
		if !text.Storable(p.Value) {
			return NotFound()
		}
	}
	if r.Policy != PolicyPublic && !texts(c.Request.URL.Query()) {
		return fault.New(fault.Invalid, words.New("errors.web.address"))
	}
	if c.Request.Method != http.MethodPost {
		return nil
	}
	err := c.Request.ParseForm()
	if err == nil {
		err = c.Request.ParseMultipartForm(maxBody)
	}
	if IsSlow(err) {
		return TooSlow()
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return fault.Wrap(fault.Invalid, words.New("errors.web.form"), err)
	}
	if !texts(c.Request.Form) {
		return fault.New(fault.Invalid, words.New("errors.web.formText"))
	}
	return nil
}

// IsSlow reports a body that did not come in the time there is for one.
func IsSlow(err error) bool {
	var late net.Error
	return errors.As(err, &late) && late.Timeout()
}

func TooSlow() error {
	return statusError{fault.New(fault.Timeout, words.New("errors.web.slow")), http.StatusRequestTimeout}
}

func texts(v url.Values) bool {
	for _, values := range v {
		for _, s := range values {
			if !text.Storable(s) {
				return false
			}
		}
	}
	return true
}
