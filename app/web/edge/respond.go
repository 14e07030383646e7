package edge

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
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/layout"
)

// Page is what every page is told about the moment and the reader.
func (s *Edge) Page(c *gin.Context, title words.Text) layout.Page {
	p := s.barePage(title, c.Request)
	u := s.User(c)
	if u.ID == "" {
		return p
	}
	p.User = &layout.User{ID: u.ID, Name: u.Name, Email: u.Email, Admin: u.Admin}
	p.Theme, p.Zone = u.Theme, u.Zone
	if !s.Partial(c) {
		p.Flash = s.Flashes(c)
	}
	if u.Admin {
		if n, err := s.openAlerts(c.Request.Context()); err == nil {
			p.Alerts = n
		}
	}
	return p
}

func (s *Edge) barePage(title words.Text, r *http.Request) layout.Page {
	p := layout.Page{
		Title: title.In(r.Context()), Path: r.URL.Path, RequestID: RequestID(r.Context()), Sandbox: s.Config.Sandbox,
		Now: s.Now(), Zone: time.UTC, Sheets: []string{s.Sheet.Path()},
	}
	for _, spec := range s.Platforms.Specs() {
		p.Platforms = append(p.Platforms, layout.Nav{ID: spec.ID, Name: spec.Name, Mark: spec.Mark()})
	}
	return p
}

// Partial reports that htmx asks for a part of the page it shows; everything else, a restored
// history too, gets the whole page.
func (s *Edge) Partial(c *gin.Context) bool { return c.GetHeader("HX-Request-Type") == "partial" }

// HTMX reports a request that htmx makes.
func HTMX(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

func api(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasSuffix(r.URL.Path, "/callback")
}

// Show renders a view into a buffer first, so that an error can still become an error page.
func (s *Edge) Show(c *gin.Context, v ...templ.Component) error {
	return s.ShowStatus(c, http.StatusOK, v...)
}

func (s *Edge) ShowStatus(c *gin.Context, status int, v ...templ.Component) error {
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

// JSON writes a value as it is: no escaping for HTML, which a JSON client would have to undo.
func (s *Edge) JSON(c *gin.Context, status int, v any) error {
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
	message words.Text
	after   time.Duration
	ours    bool // a failure inside of the program, which the log must have
}

// retryAfter is when to ask again while the database is away.
const retryAfter = 30 * time.Second

func answerTo(err error) answer {
	var f *fault.Error
	if !errors.As(err, &f) && store.Down(err) {
		return answer{
			status: fault.Busy.Status(), code: fault.Busy, message: words.New("errors.database.away"),
			after: retryAfter, ours: true,
		}
	}
	if f == nil {
		return answer{
			status: http.StatusInternalServerError, code: fault.Internal, message: words.New("errors.internal"), ours: true,
		}
	}
	a := answer{status: f.Code.Status(), code: f.Code, message: f.Message, after: f.RetryAfter}
	var own statusError
	if errors.As(err, &own) {
		a.status = own.status
	}
	if a.message.IsZero() {
		a.message = words.New("errors.internal")
	}
	return a
}

// Fail answers an error: JSON for programs, a toast for htmx, a page for people. It is the only
// place that does, and the only one that logs it.
func (s *Edge) Fail(c *gin.Context, err error) {
	a := answerTo(err)
	// How often a program is busy is for strangers to decide, so that alone is not logged.
	if a.ours || a.status >= http.StatusInternalServerError && a.code != fault.Busy {
		s.Log.ErrorContext(
			c.Request.Context(),
			"request failed",
			"request",
			RequestID(c.Request.Context()),
			"route",
			c.FullPath(),
			"code",
			string(a.code),
			"error",
			err,
		)
	}
	if a.code == fault.Unauthenticated && !api(c.Request) {
		if HTMX(c.Request) {
			c.Header("HX-Redirect", "/login")
			c.Status(http.StatusUnauthorized)
			return
		}
		c.Redirect(http.StatusSeeOther, "/login")
		return
	}
	if a.code == fault.Forbidden && c.Request.Method == http.MethodGet && s.User(c).Admin && !api(c.Request) {
		c.Redirect(http.StatusSeeOther, "/admin") // an admin on a creator's page
		return
	}
	s.write(c.Writer, c.Request, a, s.User(c))
}

// Refuse answers an error before there is a route or a session.
func (s *Edge) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.write(w, r, answerTo(err), auth.User{})
}

func (s *Edge) write(out http.ResponseWriter, r *http.Request, a answer, u auth.User) {
	if a.after > 0 {
		out.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(a.after.Seconds()))))
	}
	if api(r) {
		said := map[string]any{"error": map[string]string{"code": string(a.code), "message": a.message.String()}}
		if strings.HasPrefix(r.URL.Path, "/api/v1/") {
			said["requestId"] = RequestID(r.Context())
		}
		b, err := encode(said)
		if err != nil {
			b = []byte(`{"error":{"code":"INTERNAL","message":""}}`)
		}
		out.Header().Set("Content-Type", "application/json; charset=utf-8")
		out.WriteHeader(a.status)
		_, _ = out.Write(b)
		return
	}
	p := s.barePage(words.Text{}, r)
	if u.ID != "" {
		p.User = &layout.User{ID: u.ID, Name: u.Name, Email: u.Email, Admin: u.Admin}
		p.Theme, p.Zone = u.Theme, u.Zone
	}
	head, text := layout.Words(a.status)
	if (a.status < http.StatusInternalServerError || a.code == fault.Busy) && a.status != http.StatusMethodNotAllowed {
		text = a.message
	}
	w := words.In(r.Context())
	p.Title = w.Text(head)
	view := layout.Error(p, a.status, string(a.code), p.Title, w.Text(text), p.RequestID)
	if HTMX(r) {
		view = layout.Toasts([]layout.Flash{{Tone: "err", Text: w.Text(text)}})
	}
	var b bytes.Buffer
	if err := view.Render(context.WithoutCancel(r.Context()), &b); err != nil { // a body that did not come has ended it
		http.Error(out, w.Say("layout.error.plain", "Request", p.RequestID), http.StatusInternalServerError)
		return
	}
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	out.WriteHeader(a.status)
	_, _ = out.Write(b.Bytes())
}

// StateError wraps the fault of an OAuth state that does not fit. Whatever was wrong with it, the answer is 400.
func StateError(err error) error { return statusError{err, http.StatusBadRequest} }
