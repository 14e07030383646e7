package help

import (
	"strings"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/release"
)

// FactsOf takes what the documents may say out of the configuration and the platforms' Specs.
func FactsOf(c config.Config, r *platform.Registry) Facts {
	f := Facts{Base: strings.TrimSuffix(c.BaseURL, "/"), Contact: c.ContactEmail, Version: release.Current().Version}
	for _, s := range r.Specs() {
		set, _ := r.Settings(s.ID)
		prefix := strings.ToUpper(s.ID) + "_"
		p := Platform{
			ID: s.ID, Name: s.Name, RedirectURI: set.RedirectURI, Guide: s.Guide, Review: s.ReviewTexts(f.Base, f.Contact),
			Kept: s.KeepAfterDisconnect, DeleteDays: int(s.DeleteWithin / (24 * time.Hour)),
			VerifyDays: int(s.VerifyWithin / (24 * time.Hour)),
			Extends:    s.Renewal.Mode == platform.RenewalExtends,
			HalfLife:   s.Renewal.HalfLife,
			Settings:   []string{prefix + s.Settings.ClientID, prefix + s.Settings.ClientSecret},
		}
		for _, h := range s.Hooks {
			p.Webhooks = append(p.Webhooks, Webhook{Label: h.Label, URL: f.Base + platform.HookPath(s.ID, h.Name)})
		}
		for _, sc := range s.Scopes {
			p.Scopes = append(p.Scopes, Scope{Name: sc.Name, Label: sc.Label, Why: sc.Why, Required: sc.Required})
		}
		f.Platforms = append(f.Platforms, p)
	}
	return f
}
