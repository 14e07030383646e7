package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Dialog is how a platform asks a person for consent: what its authorization request looks like
// and how it answers.
type Dialog struct {
	Platform string
	Name     string   // as people call it
	Paths    []string // of the authorize endpoint
	Client   string   // parameter that names the app
	Between  string   // characters that part scopes in the request
	Scopes   []Permission

	Granted  string     // parameter of the callback that names the scopes; "": none
	Join     string     // between them
	With     url.Values // further parameters of a callback that brings a code
	Fragment string     // what the callback ends in
	Denied   url.Values // parameters of a callback that brings a refusal

	// Words is the platform's sentence for a request that is refused on a page, by parameter.
	Words func(parameter string) string
}

// Permission is one scope a platform knows.
type Permission struct {
	Name     string
	Label    string // "Read your profile and your posts"
	Required bool   // goes with every consent: no box to untick
}

// Mistake is an authorization request that the platform refuses to show a consent page for.
type Mistake struct {
	Parameter string
	Sentence  string
}

// Error is the sentence and the parameter.
func (m *Mistake) Error() string {
	return fmt.Sprintf("authorize request refused over %s: %s", m.Parameter, m.Sentence)
}

// request is an authorization request that may be shown to a person.
type request struct {
	redirect, state, challenge string
	scopes                     []Permission
	asked                      url.Values
}

// read checks an authorization request as the platform does, before anybody is asked.
func (d Dialog) read(c Client, t Traits, q url.Values) (request, *Mistake) {
	no := func(parameter string) (request, *Mistake) { return request{}, &Mistake{parameter, d.Words(parameter)} }
	for name, values := range q {
		if len(values) > 1 { // RFC 6749, 3.1: no parameter twice
			return no(name)
		}
	}
	r := request{redirect: q.Get("redirect_uri"), state: q.Get("state"), challenge: q.Get("code_challenge"), asked: q}
	switch {
	case c.ID == "" || q.Get(d.Client) != c.ID:
		return no(d.Client)
	case !c.Registered(r.redirect):
		return no("redirect_uri")
	case q.Get("response_type") != "code":
		return no("response_type")
	case q.Has("code_challenge") && !t.challengeOK(r.challenge):
		return no("code_challenge")
	case q.Has("code_challenge") != q.Has("code_challenge_method"),
		r.challenge != "" && q.Get("code_challenge_method") != "S256":
		return no("code_challenge_method")
	}
	for _, name := range strings.FieldsFunc(q.Get("scope"),
		func(c rune) bool { return strings.ContainsRune(d.Between, c) }) {
		i := slices.IndexFunc(d.Scopes, func(p Permission) bool { return p.Name == name })
		if i < 0 {
			return no("scope")
		}
		if !slices.Contains(r.scopes, d.Scopes[i]) {
			r.scopes = append(r.scopes, d.Scopes[i])
		}
	}
	if len(r.scopes) == 0 {
		return no("scope")
	}
	return r, nil
}

// readRequest checks an authorization request to a platform of the world.
func (w *World) readRequest(d Dialog, q url.Values) (request, *Mistake) {
	t, _ := w.traits(d.Platform)
	return d.read(w.Client(d.Platform), t, q)
}

// back is the redirect URI with parameters added.
func (r request) back(v url.Values, fragment string) string {
	q := url.Values{}
	for k, vs := range v {
		q[k] = vs
	}
	if r.state != "" {
		q.Set("state", r.state)
	}
	sep := "?"
	if strings.Contains(r.redirect, "?") {
		sep = "&"
	}
	return r.redirect + sep + q.Encode() + fragment
}

// Choice is what a person answers to a consent page.
type Choice struct {
	Account string   // external id; "": the first one
	Deny    bool     // everything
	Without []string // scopes refused; here also required ones, which the page gives no box for
}

// Consent answers an authorization URL as a person would and gives the URL the browser is sent
// back to. A request that the platform refuses on a page is a *Mistake.
func (w *World) Consent(platform, authorizeURL string, c Choice) (string, error) {
	w.mu.RLock()
	d, ok := w.dialogs[platform]
	w.mu.RUnlock()
	if !ok {
		return "", fmt.Errorf("no consent page for platform %q", platform)
	}
	u, err := url.Parse(authorizeURL)
	if err != nil {
		return "", errors.New("the authorize URL is no URL") // url.Error would print it, state and all
	}
	r, wrong := w.readRequest(d, u.Query())
	if wrong != nil {
		return "", wrong
	}
	return w.decide(d, r, c)
}

// decide carries a choice out.
func (w *World) decide(d Dialog, r request, c Choice) (string, error) {
	if c.Deny {
		return r.back(d.Denied, ""), nil
	}
	if c.Account == "" {
		all := w.Accounts(d.Platform)
		if len(all) == 0 {
			return "", errNoAccount
		}
		c.Account = all[0].ID
	}
	if _, ok := w.Account(d.Platform, c.Account); !ok {
		return "", errNoAccount
	}
	granted := []string{}
	for _, p := range r.scopes {
		if !slices.Contains(c.Without, p.Name) {
			granted = append(granted, p.Name)
		}
	}
	v := url.Values{}
	for k, vs := range d.With {
		v[k] = vs
	}
	v.Set("code", w.issueCode(code{
		platform: d.Platform, account: c.Account, scopes: granted, redirect: r.redirect, challenge: r.challenge,
		asked: r.asked,
	}))
	if d.Granted != "" {
		v.Set(d.Granted, strings.Join(granted, d.Join))
	}
	return r.back(v, d.Fragment), nil
}
