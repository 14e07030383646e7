package platform

import (
	"regexp"
	"slices"
	"strings"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/reading"
)

// idForm is what an id may be: part of addresses, of names of settings and of style sheets.
var idForm = regexp.MustCompile(`^[a-z][a-z0-9]{1,19}$`)

// Lacks names what is missing of a Spec, or wrong in it, one short text each; nil when the rest of the product can work
// with it. The conformance suite refuses a platform whose Spec lacks something.
func (s Spec) Lacks() []string {
	var out []string
	for _, c := range []struct {
		what string
		ok   bool
	}{
		{"ID: lower-case letters and digits", idForm.MatchString(s.ID)},
		{"Name", s.Name != ""},
		{"Colour: two of #RRGGBB, in upper case", hexColour.MatchString(s.Colour.Light) &&
			hexColour.MatchString(s.Colour.Dark)},
		{"Settings.ID: the same as ID", s.Settings.ID == s.ID},
		{"Settings.ClientID and ClientSecret", s.Settings.ClientID != "" && s.Settings.ClientSecret != ""},
		{"Settings.URLs: AUTHORIZE_URL",
			slices.ContainsFunc(s.Settings.URLs, func(u config.URL) bool { return u.Suffix == "AUTHORIZE_URL" })},
		{"Settings.Cron", s.Settings.Cron != ""},
		{"Settings.PostLimit", s.Settings.PostLimit > 0},
		{"PostPage", s.PostPage > 0},
		{"Scopes", len(s.Scopes) > 0},
		{"Renewal.Mode", s.Renewal.Mode != ""},
		{"Limits", len(s.Limits) > 0},
		{"Price", s.Price.Profile > 0 && s.Price.Posts > 0},
		{"Followers: what people there call them", s.Followers != ""},
		{"PostNoun", s.PostNoun != ""},
		{"AccountKind: one sentence", sentence(s.AccountKind)},
		{"Notes: one sentence each", len(s.Notes) > 0 &&
			!slices.ContainsFunc(s.Notes, func(n string) bool { return !sentence(n) })},
		{"KeepAfterDisconnect, or DeleteWithin", s.KeepAfterDisconnect || s.DeleteWithin > 0},
		{"Figures.Terms: what takes permission", !s.DerivedRestricted || len(s.Figures.Terms) > 0},
		{"AccessPage", s.AccessPage.URL != "" && s.AccessPage.Path != ""},
		{"Service", s.Service != ""},
		{"TermsURL and PrivacyURL", s.TermsURL != "" && s.PrivacyURL != ""},
		{"PictureHosts", len(s.PictureHosts) > 0},
		{"Guide: how to get its developer app", strings.HasPrefix(s.Guide, "# ")},
		{"Setup: the checklist of it, each step with an id and a sentence", len(s.Setup) > 0 &&
			!slices.ContainsFunc(s.Setup, func(t SetupStep) bool { return t.ID == "" || !sentence(t.Text) })},
	} {
		if !c.ok {
			out = append(out, c.what)
		}
	}
	if err := s.IconError(); err != nil {
		out = append(out, "Icon: it "+err.Error())
	}
	return append(out, s.contradictions()...)
}

// contradictions names what does not fit together.
func (s Spec) contradictions() []string {
	var out []string
	required := 0
	for _, sc := range s.Scopes {
		if sc.Required {
			required++
		}
		if sc.Name == "" || sc.Label == "" || !sentence(sc.Why) {
			out = append(out, "Scopes: name, label and reason of "+sc.Name)
		}
	}
	if required != 1 {
		out = append(out, "Scopes: exactly one that is required")
	}
	for _, r := range s.Refusals {
		if r.Reason == "" || !sentence(r.Says) {
			out = append(out, "Refusals: reason and sentence of "+r.Reason)
		}
	}
	lost := slices.Clone(s.Unavailable)
	for scope, list := range s.ByScope {
		if !slices.Contains(s.ScopeNames(), scope) {
			out = append(out, "ByScope: "+scope+" is not asked for")
		}
		lost = append(lost, list...)
	}
	for _, w := range lost {
		if !slices.Contains(reading.Missable(), w) && w != "following" && w != "post_count" {
			out = append(out, "Unavailable, ByScope: "+w+" is no word of the contract")
		}
	}
	for _, h := range s.Hooks {
		if h.Label == "" || !sentence(h.Says) {
			out = append(out, "Hooks: label and sentence of "+h.Name)
		}
	}
	for _, word := range reading.Missable() {
		if _, given := s.Metric(word); !given && !slices.Contains(s.Unavailable, word) {
			out = append(out, "Metrics: "+word+", or Unavailable says that it is never given")
		}
	}
	for _, m := range s.Metrics {
		if m.ID == "" || m.Name == "" || !sentence(m.Means) {
			out = append(out, "Metrics: name and meaning of "+m.ID)
		}
	}
	for _, l := range s.Limits {
		if !slices.ContainsFunc(s.Settings.Quotas, func(q config.Quota) bool { return q.Suffix == l.Suffix }) {
			out = append(out, "Limits: "+l.Suffix+" is no quota of Settings")
		}
	}
	for _, o := range s.Settings.Options {
		if o.Pattern != "" && !regexp.MustCompile("^(?:"+o.Pattern+")$").MatchString(o.Default) {
			out = append(out, "Settings.Options: the default of "+o.Suffix)
		}
	}
	return out
}

func sentence(s string) bool { return strings.HasSuffix(s, ".") && !strings.Contains(s, "\n") }
