package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/views/layout"
)

// page is what every page is told about the moment and the reader.
func (s *Server) page(c *gin.Context, title string) layout.Page {
	p := s.barePage(title, c.Request)
	u := s.user(c)
	if u.ID == "" {
		return p
	}
	p.User = &layout.User{ID: u.ID, Name: u.Name, Email: u.Email, Admin: u.Admin}
	p.Theme, p.Zone = u.Theme, u.Zone
	if !s.partial(c) {
		p.Flash = s.flashes(c)
	}
	if u.Admin {
		if n, err := s.o.Health.OpenAlerts(c.Request.Context()); err == nil {
			p.Alerts = n
		}
	}
	return p
}

func (s *Server) barePage(title string, r *http.Request) layout.Page {
	p := layout.Page{
		Title: title, Path: r.URL.Path, RequestID: requestID(r.Context()), Sandbox: s.o.Config.Sandbox,
		Now: s.o.Now(), Zone: time.UTC,
	}
	for _, spec := range s.o.Platforms.Specs() {
		p.Platforms = append(p.Platforms, layout.Nav{ID: spec.ID, Name: spec.Name})
	}
	return p
}

// partial reports that htmx asks for a part of the page it shows; everything else, a restored
// history too, gets the whole page.
func (s *Server) partial(c *gin.Context) bool { return c.GetHeader("HX-Request-Type") == "partial" }

func htmx(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

func api(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasSuffix(r.URL.Path, "/callback")
}

// show renders a view into a buffer first, so that an error can still become an error page.
func (s *Server) show(c *gin.Context, v ...templ.Component) error {
	return s.showStatus(c, http.StatusOK, v...)
}

func (s *Server) showStatus(c *gin.Context, status int, v ...templ.Component) error {
	var b bytes.Buffer
	for _, part := range v {
		if err := part.Render(c.Request.Context(), &b); err != nil {
			return err
		}
	}
	c.Header("Vary", "HX-Request-Type")
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
	return nil
}

// json writes a value as it is: no escaping for HTML, which a JSON client would have to undo.
func (s *Server) json(c *gin.Context, status int, v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	c.Data(status, "application/json; charset=utf-8", b)
	return nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// answer is what an error says to whoever asked.
type answer struct {
	status  int
	code    fault.Code
	message string
	after   time.Duration
}

func answerTo(err error) answer {
	var f *fault.Error
	if !errors.As(err, &f) {
		return answer{status: http.StatusInternalServerError, code: fault.Internal, message: "This is a fault on our side and was noted."}
	}
	a := answer{status: f.Code.Status(), code: f.Code, message: f.Message, after: f.RetryAfter}
	var bad stateError
	if errors.As(err, &bad) {
		a.status = http.StatusBadRequest
	}
	var own statusError
	if errors.As(err, &own) {
		a.status = own.status
	}
	if a.message == "" {
		a.message = "This is a fault on our side and was noted."
	}
	return a
}

// fail answers an error: JSON for programs, a toast for htmx, a page for people. It is the only
// place that does, and the only one that logs it.
func (s *Server) fail(c *gin.Context, err error) {
	a := answerTo(err)
	if a.status >= http.StatusInternalServerError && a.code != fault.Busy { // strangers decide how often that is
		s.o.Log.ErrorContext(c.Request.Context(), "request failed", "request", requestID(c.Request.Context()), "route", c.FullPath(), "code", string(a.code), "error", err)
	}
	if a.code == fault.Unauthenticated && !api(c.Request) {
		if htmx(c.Request) {
			c.Header("HX-Redirect", "/login")
			c.Status(http.StatusUnauthorized)
			return
		}
		c.Redirect(http.StatusSeeOther, "/login")
		return
	}
	if a.code == fault.Forbidden && c.Request.Method == http.MethodGet && s.user(c).Admin && !api(c.Request) {
		c.Redirect(http.StatusSeeOther, "/admin") // an admin on a creator's page
		return
	}
	s.write(c.Writer, c.Request, a, s.user(c))
}

// refuse answers an error before there is a route or a session.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.write(w, r, answerTo(err), auth.User{})
}

func (s *Server) write(w http.ResponseWriter, r *http.Request, a answer, u auth.User) {
	if a.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(a.after.Seconds()))))
	}
	if api(r) {
		b, err := encode(map[string]any{"error": map[string]string{"code": string(a.code), "message": a.message}})
		if err != nil {
			b = []byte(`{"error":{"code":"INTERNAL","message":""}}`)
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(a.status)
		_, _ = w.Write(b)
		return
	}
	p := s.barePage("", r)
	if u.ID != "" {
		p.User = &layout.User{ID: u.ID, Name: u.Name, Email: u.Email, Admin: u.Admin}
		p.Theme, p.Zone = u.Theme, u.Zone
	}
	head, text := layout.Words(a.status)
	if (a.status < http.StatusInternalServerError || a.code == fault.Busy) && a.status != http.StatusMethodNotAllowed {
		text = a.message
	}
	p.Title = head
	view := layout.Error(p, a.status, string(a.code), head, text, p.RequestID)
	if htmx(r) {
		view = layout.Toasts([]layout.Flash{{Tone: "err", Text: text}})
	}
	var b bytes.Buffer
	if err := view.Render(context.WithoutCancel(r.Context()), &b); err != nil { // a body that did not come has ended it
		http.Error(w, "This did not work. Request "+p.RequestID, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(a.status)
	_, _ = w.Write(b.Bytes())
}
