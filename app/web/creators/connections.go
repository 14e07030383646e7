package creators

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/creator"
	"github.com/truecount/truecount/views/door"
	"github.com/truecount/truecount/views/layout"
)

func (s *Pages) Connections(c *gin.Context) error {
	p := s.Page(c, words.New("creator.connections.title"))
	// How a consent ended is told once, by what the callback left. A reloaded address can only repeat
	// that nothing was connected, never that something is.
	if failure := c.Query("error"); len(p.Flash) == 0 && failure != "" && !s.Partial(c) {
		if tone, text := s.failed(c.Request.Context(), failure); !text.IsZero() {
			p.Flash = []layout.Flash{{Tone: tone, Text: text.In(c.Request.Context())}}
		}
	}
	if c.Query("popup") == "1" && len(p.Flash) > 0 {
		text := p.Flash[0].Text
		p.Flash = nil
		platform, _, _ := strings.Cut(c.Query("success")+c.Query("error"), "_")
		return s.Show(c, door.ConnectDone(p, platform, c.Query("success") != "", text, "/connections"))
	}
	list, err := s.o.Accounts.Connections(c.Request.Context(), s.User(c).ID)
	if err != nil {
		return err
	}
	if err := s.linkTold(c, &p); err != nil {
		return err
	}
	if s.Partial(c) {
		return s.Show(c, creator.ConnectionsBody(p, list))
	}
	return s.Show(c, creator.ConnectionsPage(p, list))
}

// Connect starts a platform's consent.
func (s *Pages) Connect(c *gin.Context) error {
	where, err := s.o.Connect.Begin(c.Request.Context(), connect.Start{
		UserID: s.User(c).ID, SessionHash: s.SessionHash(c), Platform: c.Param("platform"),
		ConnectionID: c.PostForm("connection"), Popup: c.PostForm("popup") == "1",
	})
	if err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "connect_begin", Target: c.Param("platform"), Result: "ok", Seldom: true})
	c.Redirect(http.StatusSeeOther, where)
	return nil
}

func (s *Pages) ConnectJSON(c *gin.Context) error {
	where, err := s.o.Connect.Begin(c.Request.Context(), connect.Start{
		UserID: s.User(
			c,
		).ID, SessionHash: s.SessionHash(c), Platform: c.Param("platform"), ConnectionID: c.Query("connection"),
	})
	if err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "connect_begin", Target: c.Param("platform"), Result: "ok", Seldom: true})
	return s.JSON(c, http.StatusOK, map[string]string{"url": where})
}

// Callback is where a platform sends the browser back to. Whatever happened, the code and the state
// are gone from the address the person ends on.
func (s *Pages) Callback(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	o, err := s.o.Connect.Finish(viewer.System(c.Request.Context(), viewer.ReasonConsent), connect.Callback{
		Platform: c.Param(
			"platform",
		), State: c.Query("state"), Code: fault.Secret(c.Query("code")), Refusal: c.Query("error"),
		Issuer: c.Query("iss"), UserID: s.User(c).ID, SessionHash: s.SessionHash(c), BrowserHash: s.BrowserHash(c),
	})
	if err != nil {
		if fault.Is(err, fault.Invalid) {
			s.Audit(c, auth.Event{Action: "connect", Target: c.Param("platform"), Result: "state_refused", Seldom: true})
			return edge.StateError(err)
		}
		return err
	}
	result := "ok"
	q := url.Values{}
	if o.Reason == "" {
		q.Set("success", o.Platform+"_connected")
	} else {
		q.Set("error", o.Platform+"_"+string(o.Reason))
		result = string(o.Reason)
	}
	if o.Cause != nil {
		s.Log.WarnContext(
			c.Request.Context(),
			"a consent did not become a connection",
			"request",
			edge.RequestID(c.Request.Context()),
			"platform",
			o.Platform,
			"reason",
			result,
			"error",
			o.Cause,
		)
	}
	if o.ByLink {
		return s.finishLink(c, o)
	}
	s.Audit(
		c,
		auth.Event{Action: "connect", Target: o.Platform + "/" + o.ConnectionID, Result: result, Seldom: o.Reason != ""},
	)
	if o.Popup {
		q.Set("popup", "1")
	}
	tone, text := s.outcome(c.Request.Context(), o)
	s.Flash(c, tone, text)
	c.Redirect(http.StatusSeeOther, "/connections?"+q.Encode())
	return nil
}

// finishLink ends a reconnect that began with a link.
func (s *Pages) finishLink(c *gin.Context, o connect.Outcome) error {
	tone, text := s.outcome(c.Request.Context(), o)
	result := string(o.Reason)
	if result == "" {
		result = "ok"
	}
	s.Audit(
		c,
		auth.Event{
			ActorID: o.OwnerID,
			Action:  "reconnect_link",
			Target:  o.Platform + "/" + o.ConnectionID,
			Result:  result,
			Seldom:  o.Reason != "",
		},
	)
	s.Flash(c, tone, text)
	c.Redirect(http.StatusSeeOther, "/reconnected")
	return nil
}

// own finds the connection a route means and that it is the creator's.
func (s *Pages) own(c *gin.Context) (*accounts.Connection, error) {
	return s.o.Accounts.Connection(c.Request.Context(), s.User(c).ID, c.Param("id"))
}

func (s *Pages) Sync(c *gin.Context) error {
	ctx := c.Request.Context()
	card, err := s.own(c)
	if err != nil {
		return err
	}
	a, err := s.o.Queue.SyncOwn(ctx, card.ID, planner.TriggerCreator, s.Config.SyncIntervalMin)
	if err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "sync", Target: card.ID, Result: "ok", Seldom: !a.New})
	text := words.New("creator.synced", "Account", card.Name+" "+card.Handle)
	if !edge.HTMX(c.Request) {
		s.Flash(c, "ok", text)
		c.Redirect(http.StatusSeeOther, returnPath(c.PostForm("next"), "/connections"))
		return nil
	}
	if card, err = s.own(c); err != nil {
		return err
	}
	return s.Show(
		c,
		creator.ConnectionCard(s.Page(c, words.Text{}), *card),
		layout.Toasts([]layout.Flash{{Tone: "ok", Text: text.In(ctx)}}),
	)
}

// returnPath is where a person came from: one of two pages of ours, never an address from outside. What is neither
// gives otherwise.
func returnPath(next, otherwise string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || strings.ContainsAny(next, "\\\r\n") {
		return otherwise
	}
	rest, inside := strings.CutPrefix(u.Path, "/dashboard/")
	if u.Path != "/dashboard" && (!inside || rest == "" || strings.Contains(rest, "/")) {
		return otherwise
	}
	return (&url.URL{Path: u.Path, RawQuery: u.Query().Encode()}).String()
}

func (s *Pages) Disconnect(c *gin.Context) error {
	card, err := s.own(c)
	if err != nil {
		return err
	}
	end, err := s.disconnect(c, card.ID, card.Platform, c.PostForm("data") == "delete")
	if err != nil {
		return err
	}
	account := card.Name + " " + card.Handle
	text := words.New("creator.gone.kept", "Account", account)
	switch {
	case c.PostForm("data") == "delete":
		text = words.New("creator.gone.deleted", "Account", account)
	case end.DeleteBy != nil:
		text = words.New("creator.gone.deletedBy", "Account", account, "Day", words.Date(*end.DeleteBy, s.User(c).Zone))
	}
	tone := "ok"
	switch {
	case end.Revoked != nil:
		tone = "warn"
		text = words.Sentences(text, words.New("creator.gone.unconfirmed", "Platform", card.Name, "Path", card.AccessPath))
	case !card.Revokes && !end.Before:
		text = words.Sentences(text, words.New("creator.gone.alsoThere", "Platform", card.Name, "Path", card.AccessPath))
	}
	s.Flash(c, tone, text)
	c.Redirect(http.StatusSeeOther, "/connections")
	return nil
}

func (s *Pages) disconnect(c *gin.Context, id, platform string, erase bool) (connect.Ended, error) {
	end, err := s.o.Connect.Disconnect(c.Request.Context(), s.User(c).ID, id, erase)
	if err != nil {
		return end, err
	}
	action, result := "disconnect", "ok"
	if erase {
		action = erased
	}
	if end.Revoked != nil {
		result = "revoke: " + string(fault.CodeOf(end.Revoked))
		s.Log.WarnContext(
			c.Request.Context(),
			"access was not revoked at the platform",
			"request",
			edge.RequestID(c.Request.Context()),
			"platform",
			platform,
			"connection",
			id,
			"error",
			end.Revoked,
		)
	}
	s.Audit(c, auth.Event{Action: action, Target: platform + "/" + id, Result: result, Seldom: end.Before})
	return end, nil
}

const erased = "disconnect_erase"

// gone is the JSON of a disconnect.
type gone struct {
	Platform  string     `json:"platform"`
	Connected bool       `json:"connected"`
	DataKept  bool       `json:"dataKept"`
	DeleteBy  *time.Time `json:"deleteBy"`
}

func (s *Pages) DisconnectJSON(c *gin.Context) error {
	ctx, platform := c.Request.Context(), c.Param("platform")
	data := c.Query("data")
	if data != "" && data != "delete" && data != "keep" {
		return fault.New(fault.Invalid, words.New("errors.data"))
	}
	id, err := s.o.Accounts.Resolve(ctx, s.User(c).ID, platform, c.Query("connection"))
	if fault.Is(err, fault.NotConnected) || fault.Is(err, fault.NotFound) {
		// Erased before: asking twice is answered like asking once.
		did, derr := s.Auth.Log.Did(ctx, s.User(c).ID, erased, platform+"/"+c.Query("connection"))
		if derr != nil {
			return derr
		}
		if did {
			return s.JSON(c, http.StatusOK, gone{Platform: platform})
		}
	}
	if err != nil {
		return err
	}
	end, err := s.disconnect(c, id, platform, data == "delete")
	if err != nil {
		return err
	}
	var by *time.Time
	if end.DeleteBy != nil {
		at := end.DeleteBy.UTC()
		by = &at
	}
	return s.JSON(c, http.StatusOK, gone{Platform: platform, DataKept: end.DataKept, DeleteBy: by})
}
