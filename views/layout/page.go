package layout

import (
	"net/http"
	"strings"
	"time"

	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/ui"
)

// Page is what every page is told about the moment and the reader.
type Page struct {
	Title     string
	Path      string // of this request, without the query: marks the current place
	RequestID string
	User      *User  // nil when nobody is signed in
	Theme     string // "light", "dark", or empty for what the browser prefers
	Sandbox   bool   // the sandbox is on: said in the shell
	Now       time.Time
	Zone      *time.Location // the reader's; nil is UTC
	Flash     []Flash
	Alerts    int      // open alerts, shown to admins; 0 shows nothing
	Platforms []Nav    // in the order of the menu
	Sheets    []string // addresses of style sheets beside the product's own
	Live      bool     // the page listens to server-sent events
}

// User is the reader.
type User struct {
	ID    string
	Name  string
	Email string
	Admin bool // an admin looks after syncing and has no creator's pages
}

// Nav is one platform in the menu.
type Nav struct {
	ID   string // "instagram"
	Name string // "Instagram"
	Mark string // what is drawn inside its <svg> of 24 by 24; trusted
}

// Flash is one line about what just happened. Tone is ok, warn, err or info.
type Flash struct {
	Tone string
	Text string
}

func (p Page) admin() bool   { return p.User != nil && p.User.Admin }
func (p Page) creator() bool { return p.User != nil && !p.User.Admin }

func (p Page) theme() string {
	if p.Theme == "light" || p.Theme == "dark" {
		return p.Theme
	}
	return ""
}

func (p Page) title() string {
	if p.Title == "" {
		return "Truecount"
	}
	return p.Title + " · Truecount"
}

// onPlatform reports that the page is one of the platforms' own.
func (p Page) onPlatform() bool { return strings.HasPrefix(p.Path, "/dashboard/") }

func (p Page) home() string {
	switch {
	case p.admin():
		return "/admin"
	case p.creator():
		return "/dashboard"
	default:
		return "/login"
	}
}

// Words gives the headline and the sentence of an error page that has no better ones.
func Words(status int) (headline, text words.Text) {
	switch status {
	case http.StatusBadRequest:
		return words.New("layout.error.head.badRequest"), words.New("layout.error.text.badRequest")
	case http.StatusUnauthorized:
		return words.New("layout.error.head.unauthorized"), words.New("layout.error.text.unauthorized")
	case http.StatusForbidden:
		return words.New("layout.error.head.forbidden"), words.New("layout.error.text.forbidden")
	case http.StatusNotFound:
		return words.New("layout.error.head.notFound"), words.New("layout.error.text.notFound")
	case http.StatusMethodNotAllowed:
		return words.New("layout.error.head.method"), words.New("layout.error.text.method")
	case http.StatusRequestTimeout:
		return words.New("layout.error.head.timeout"), words.New("layout.error.text.timeout")
	case http.StatusMisdirectedRequest:
		return words.New("layout.error.head.misdirected"), words.New("layout.error.text.misdirected")
	case http.StatusConflict:
		return words.New("layout.error.head.conflict"), words.New("layout.error.text.conflict")
	case http.StatusRequestEntityTooLarge:
		return words.New("layout.error.head.tooLarge"), words.New("layout.error.text.tooLarge")
	case http.StatusUnprocessableEntity:
		return words.New("layout.error.head.invalid"), words.New("layout.error.text.invalid")
	case http.StatusTooManyRequests:
		return words.New("layout.error.head.tooMany"), words.New("layout.error.text.tooMany")
	case http.StatusServiceUnavailable:
		return words.New("layout.error.head.unavailable"), words.New("layout.error.text.unavailable")
	default:
		return words.New("layout.error.head.internal"), words.New("layout.error.text.internal")
	}
}

// drawings are the platforms' marks.
func (p Page) drawings() []ui.Drawing {
	out := make([]ui.Drawing, len(p.Platforms))
	for i, n := range p.Platforms {
		out[i] = ui.Drawing{Key: n.ID, Path: n.Mark}
	}
	return out
}
