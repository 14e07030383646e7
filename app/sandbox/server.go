package sandbox

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Fake is what the world must know of a platform's fake to serve it.
type Fake struct {
	Platform string
	Accounts []Seed // who is there from the beginning; the first one is the demo creator's
	Traits   Traits // what ids, codes and counters are like
	Dialog   Dialog
	Faults   []FaultWords // the kinds that only this platform has; the fake asks for them with Triggered and TriggeredBody
	// Refuse answers an added status, rate_limit or app_limit in the platform's own words.
	Refuse func(rw http.ResponseWriter, r *http.Request, f Fault)
	// Unknown answers what no endpoint does.
	Unknown http.HandlerFunc
}

// Server serves a fake's endpoints: it counts every call, lets added faults happen, and keeps
// paths exactly as they are, since a platform that wants a trailing slash means it.
type Server struct {
	w      *World
	fake   Fake
	routes []route
}

type route struct {
	method, endpoint string
	parts            []string
	answer           http.HandlerFunc
}

// Other is the endpoint that calls to no endpoint are counted under.
const Other = "other"

const largestForm = 1 << 20

// Serve makes a fake servable, settles its accounts, and makes its consent page known to Consent. A second
// fake of the same platform finds the accounts of the first.
func (w *World) Serve(f Fake) *Server {
	w.mu.Lock()
	if _, again := w.dialogs[f.Platform]; !again {
		w.faultWords = append(w.faultWords, f.Faults...)
	}
	w.dialogs[f.Platform] = f.Dialog
	w.populate(f.Platform, f.Traits, f.Accounts)
	w.mu.Unlock()
	front := &Server{w: w, fake: f}
	for _, path := range f.Dialog.Paths {
		front.Handle(http.MethodGet, path, w.showDialog(f.Dialog))
		front.Handle(http.MethodPost, path, w.answerDialog(f.Dialog))
	}
	return front
}

// Handle registers an endpoint. Segments like {version} take anything but nothing; the first
// endpoint that fits answers.
func (f *Server) Handle(method, endpoint string, h http.HandlerFunc) {
	f.routes = append(f.routes, route{method, endpoint, strings.Split(endpoint, "/"), h})
}

func (ro route) fits(method string, parts []string) bool {
	if ro.method != method || len(ro.parts) != len(parts) {
		return false
	}
	for i, p := range ro.parts {
		if p != parts[i] && (!strings.HasPrefix(p, "{") || parts[i] == "") {
			return false
		}
	}
	return true
}

// ServeHTTP implements http.Handler.
func (f *Server) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/"+styleName {
		serveStyle(rw, r)
		return
	}
	parts := strings.Split(r.URL.Path, "/")
	ro := route{endpoint: Other, answer: f.fake.Unknown}
	for _, known := range f.routes {
		if known.fits(r.Method, parts) {
			ro = known
			break
		}
	}
	for i, p := range ro.parts {
		if strings.HasPrefix(p, "{") {
			r.SetPathValue(strings.Trim(p, "{}"), parts[i])
		}
	}
	account := f.w.caller(f.fake.Platform, r)
	defer f.w.calls.begin(f.fake.Platform, ro.endpoint, account)()
	fault, triggered := f.w.faults.take(f.fake.Platform, ro.endpoint, account, affectsCall)
	if !triggered {
		ro.answer(rw, r)
		return
	}
	f.inject(fault, ro, rw, r)
}

// caller is the account whose code or token a call shows, empty when it shows none that is known.
func (w *World) caller(platform string, r *http.Request) string {
	said := []url.Values{r.URL.Query()}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") && r.Body != nil {
		b, err := io.ReadAll(io.LimitReader(r.Body, largestForm))
		if err != nil {
			return ""
		}
		r.Body = io.NopCloser(bytes.NewReader(b))
		if form, err := url.ParseQuery(string(b)); err == nil {
			said = append(said, form)
		}
	}
	secrets := []string{BearerToken(r)}
	for _, v := range said {
		secrets = append(secrets, v.Get("access_token"), v.Get("refresh_token"), v.Get("token"), v.Get("code"))
	}
	w.grants.mu.Lock()
	defer w.grants.mu.Unlock()
	for _, s := range secrets {
		if s == "" {
			continue
		}
		h := digest(s)
		if t := w.grants.tokens[h]; t != nil && t.grant.platform == platform {
			return t.grant.account
		}
		if c := w.grants.codes[h]; c != nil && c.platform == platform {
			return c.account
		}
	}
	return ""
}

// BearerToken is the token of an Authorization header.
func BearerToken(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// pause waits, and reports false when nobody waits any more.
func (w *World) pause(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
	case <-w.done:
	}
	return false
}
