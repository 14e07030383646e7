package sandbox

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

//go:embed consent.html consent.css
var files embed.FS

var pages = template.Must(template.ParseFS(files, "consent.html"))

// styleName is the style sheet's path below a fake, and below Prefix.
const styleName = "consent.css"

// shownGenerated is how many accounts made for load the page offers.
const shownGenerated = 20

// consentPage is what the template shows.
type consentPage struct {
	Style    string // from the page's own path
	Platform string
	Mistake  *Mistake
	Client   string
	Accounts []Account
	More     int // accounts that are not listed
	Required []Permission
	Optional []Permission
	Back     string // where the answer goes, without parameters
}

// up is the way from a fake's path to its root, so that links hold wherever the fake is mounted.
func up(path string) string { return strings.Repeat("../", strings.Count(path, "/")-1) }

// showDialog serves the consent page, or the page that says why there is none.
func (w *World) showDialog(d Dialog) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		req, wrong := w.readRequest(d, r.URL.Query())
		if wrong != nil {
			w.refuse(rw, r, d, wrong)
			return
		}
		p := consentPage{
			Style:    up(r.URL.Path) + styleName,
			Platform: d.Name,
			Client:   w.Client(d.Platform).ID,
			Back:     req.redirect,
		}
		p.Accounts, p.More = w.offered(d.Platform)
		for _, s := range req.scopes {
			if s.Required {
				p.Required = append(p.Required, s)
			} else {
				p.Optional = append(p.Optional, s)
			}
		}
		show(rw, http.StatusOK, p, origin(req.redirect))
	}
}

// offered lists the accounts one may choose: all that the fake brought, a few of those made for load.
func (w *World) offered(platform string) (list []Account, more int) {
	generated := 0
	for _, a := range w.Accounts(platform) {
		if a.Generated {
			if generated++; generated > shownGenerated {
				more++
				continue
			}
		}
		list = append(list, a)
	}
	return list, more
}

// answerDialog takes the form. What was asked is still in the page's address and is checked anew.
func (w *World) answerDialog(d Dialog) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		req, wrong := w.readRequest(d, r.URL.Query())
		if wrong != nil {
			w.refuse(rw, r, d, wrong)
			return
		}
		r.Body = http.MaxBytesReader(rw, r.Body, largestForm)
		if err := r.ParseForm(); err != nil {
			w.refuse(rw, r, d, &Mistake{"form", "The form could not be read. Please go back and try again."})
			return
		}
		c := Choice{Account: r.PostForm.Get("account")}
		switch r.PostForm.Get("decision") {
		case "allow":
			for _, s := range req.scopes {
				if !s.Required && !slices.Contains(r.PostForm["scope"], s.Name) {
					c.Without = append(c.Without, s.Name)
				}
			}
		case "deny":
			c.Deny = true
		default:
			w.refuse(rw, r, d, &Mistake{"decision", "Please go back and choose Allow or Deny."})
			return
		}
		to, err := w.decide(d, req, c)
		if err != nil {
			w.refuse(rw, r, d, &Mistake{"account", "Please go back and choose an account of the list."})
			return
		}
		rw.Header().Set("Cache-Control", "no-store")
		http.Redirect(rw, r, to, http.StatusSeeOther) //nolint:gosec // only to a registered redirect URI
	}
}

// refuse shows why there is nothing to consent to. It never leads back: the address to lead back
// to may be the very thing that is wrong.
func (w *World) refuse(rw http.ResponseWriter, r *http.Request, d Dialog, m *Mistake) {
	show(rw, http.StatusBadRequest, consentPage{Style: up(r.URL.Path) + styleName, Platform: d.Name, Mistake: m}, "")
}

// origin is scheme and host of a URL, for form-action; browsers hold redirects after a form to it too.
func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " ;,'\"") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func show(rw http.ResponseWriter, status int, p consentPage, formTo string) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, "consent.html", p); err != nil {
		http.Error(rw, "the page could not be made", http.StatusInternalServerError)
		return
	}
	h := rw.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set(
		"Content-Security-Policy",
		strings.TrimSpace(
			"default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self' "+formTo,
		),
	)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin") // the address holds the state
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	rw.WriteHeader(status)
	_, _ = rw.Write(b.Bytes())
}

func serveStyle(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Cache-Control", "no-cache")
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeFileFS(rw, r, files, styleName)
}
