package machines

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
)

// Webhook takes a platform's own call. It needs no session: its signature is looked at, and nothing else
// of it is believed.
func (s *API) Webhook(c *gin.Context) error {
	ctx := viewer.System(c.Request.Context(), viewer.ReasonWebhook)
	body, err := io.ReadAll(c.Request.Body) // capped like every body
	if edge.IsSlow(err) {
		return edge.TooSlow()
	}
	if err != nil {
		return fault.New(fault.Invalid, words.New("errors.body"))
	}
	call := platform.HookCall{Header: c.Request.Header, Body: body}
	if strings.HasPrefix(c.GetHeader("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return fault.New(fault.Invalid, words.New("errors.formUnread"))
		}
		call.Form = form.Get("signed_request")
	}
	heard, err := s.o.Connect.ReceiveHook(ctx, c.Param("platform"), c.Param("name"), call)
	if err != nil {
		return err
	}
	for _, id := range heard.Connections {
		s.Audit(c, auth.Event{Action: "platform_" + string(heard.Happened), Target: heard.Platform + "/" + id, Result: "ok"})
	}
	if heard.Receipt == "" {
		return s.JSON(c, http.StatusOK, struct{}{})
	}
	return s.JSON(c, http.StatusOK, struct {
		URL  string `json:"url"`
		Code string `json:"confirmation_code"`
	}{s.Base.String() + "/deletion?id=" + heard.Receipt, heard.Receipt})
}
