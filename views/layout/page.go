// Package layout owns what surrounds every page: the shell with its navigation, the door for those
// who are not signed in, flash lines, toasts and the error page. It knows who looks and where they
// are; it refuses to know any number.
package layout

import (
	"net/http"
	"strings"
	"time"

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
func Words(status int) (headline, text string) {
	switch status {
	case http.StatusBadRequest:
		return "This request cannot be used", "Something in the address or the form is not what this page expects. Nothing was changed."
	case http.StatusUnauthorized:
		return "Please sign in", "This page is for people who are signed in."
	case http.StatusForbidden:
		return "This request was refused", "It came from another site, or from an account that may not do this. Nothing was changed."
	case http.StatusNotFound:
		return "There is no page here", "The address may be mistyped, or what was here is gone."
	case http.StatusMethodNotAllowed:
		return "This address works differently", "It cannot be opened this way. Nothing was changed."
	case http.StatusRequestTimeout:
		return "This took too long", "The request did not arrive in time. Nothing was changed. Try again."
	case http.StatusMisdirectedRequest:
		return "Wrong address", "This server is not reached by that name."
	case http.StatusConflict:
		return "This does not fit the current state", "Something changed in the meantime. Nothing else was changed by this request."
	case http.StatusRequestEntityTooLarge:
		return "This is too large", "What was sent is larger than this page takes. Nothing was changed."
	case http.StatusUnprocessableEntity:
		return "Some fields need another look", "What was sent cannot be used as it is. Nothing was changed."
	case http.StatusTooManyRequests:
		return "That was too soon", "There is a short wait between two of these. Try again a little later."
	case http.StatusServiceUnavailable:
		return "Truecount is not ready", "It is starting, or a part it needs does not answer. Try again in a minute."
	default:
		return "This did not work", "The fault is on our side and it was noted. Your numbers are safe. Try again in a minute."
	}
}

// drawings are the platforms' marks.
func (p Page) drawings() []ui.Drawing {
	out := make([]ui.Drawing, len(p.Platforms))
	for i, n := range p.Platforms {
		out[i] = ui.Drawing{Key: n.ID, Shapes: n.Mark}
	}
	return out
}
