package all

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

func registry(t *testing.T, settings ...config.Platform) *platform.Registry {
	t.Helper()
	client := outbound.New(outbound.Options{})
	t.Cleanup(client.Close)
	return Platforms().Open(settings, client, func() time.Time { return time.Unix(0, 0) })
}

func TestRegistryKnowsThemAllInOrder(t *testing.T) {
	t.Parallel()
	r := registry(t, config.Platform{ID: "tiktok", ClientID: "k", ClientSecret: "s"}, config.Platform{ID: "youtube", ClientID: "half"})
	var got []string
	for _, s := range r.Specs() {
		got = append(got, s.ID)
		if p, ok := r.Get(s.ID); !ok || p.Spec().ID != s.ID || !r.Has(s.ID) {
			t.Errorf("%s: got no adapter of that name", s.ID)
		}
		if again, ok := r.Spec(s.ID); !ok || again.Name != s.Name {
			t.Errorf("%s: got spec %q, want %q", s.ID, again.Name, s.Name)
		}
	}
	if want := "instagram tiktok youtube"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	for id, want := range map[string]bool{"instagram": false, "tiktok": true, "youtube": false, "myspace": false} {
		if got := r.Configured(id); got != want {
			t.Errorf("%s configured: got %t, want %t", id, got, want)
		}
	}
	if s, ok := r.Settings("tiktok"); !ok || s.ClientID != "k" {
		t.Errorf("got settings %+v, want those of TikTok", s)
	}
	if r.Has("myspace") {
		t.Error("got an adapter of an unknown platform")
	}
	if _, ok := r.Get("myspace"); ok {
		t.Error("got an adapter of an unknown platform")
	}
	if _, ok := r.Spec("myspace"); ok {
		t.Error("got a spec of an unknown platform")
	}
}

// Everything the rest of the product needs is in the spec, and in the words it knows.
func TestSpecsAreWhole(t *testing.T) {
	t.Parallel()
	words := []string{"followers", "likes", "comments", "views", "reach", "saves", "shares"}
	for _, m := range Platforms().Makers() {
		s := m.Spec
		for what, empty := range map[string]bool{
			"name": s.Name == "", "icon": !strings.HasPrefix(s.Icon, "<svg"), "scopes": len(s.Scopes) == 0, "mode": s.Renewal.Mode == "", "limits": len(s.Limits) == 0,
			"followers": s.Followers == "", "post noun": s.PostNoun == "", "account kind": s.AccountKind == "", "notes": len(s.Notes) == 0, "hosts": len(s.PictureHosts) == 0,
			"authorize address": !slices.ContainsFunc(s.Settings.URLs, func(u config.URL) bool { return u.Suffix == "AUTHORIZE_URL" }),
			"deletion":          !s.KeepAfterDisconnect && s.DeleteWithin == 0, "cron": s.Settings.Cron == "", "post limit": s.Settings.PostLimit == 0,
			"settings id": s.Settings.ID != s.ID,
		} {
			if empty {
				t.Errorf("%s: got no %s", s.ID, what)
			}
		}
		required := 0
		for _, sc := range s.Scopes {
			if sc.Required {
				required++
			}
			if sc.Label == "" || !strings.HasSuffix(sc.Why, ".") {
				t.Errorf("%s %s: got label %q and reason %q, want both", s.ID, sc.Name, sc.Label, sc.Why)
			}
		}
		if required != 1 {
			t.Errorf("%s: got %d required scopes, want 1", s.ID, required)
		}
		lost := slices.Clone(s.Unavailable)
		for scope, list := range s.ByScope {
			if !slices.Contains(s.ScopeNames(), scope) {
				t.Errorf("%s: got losses of %s, which is not asked for", s.ID, scope)
			}
			lost = append(lost, list...)
		}
		for _, w := range lost {
			if !slices.Contains(append([]string{"following", "post_count"}, words...), w) {
				t.Errorf("%s: got %q lost, want a word of the contract", s.ID, w)
			}
		}
		for _, l := range s.Limits {
			if !slices.ContainsFunc(s.Settings.Quotas, func(q config.Quota) bool { return q.Suffix == l.Suffix }) {
				t.Errorf("%s: got a limit of %s, which is no setting", s.ID, l.Suffix)
			}
		}
		for _, o := range s.Settings.Options {
			if o.Pattern != "" && !regexp.MustCompile("^(?:"+o.Pattern+")$").MatchString(o.Default) {
				t.Errorf("%s %s: got default %q, want it well formed", s.ID, o.Suffix, o.Default)
			}
		}
	}
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	q := Platforms().Quotas([]config.Platform{
		{ID: "instagram", Quotas: map[string][]config.Rate{"USER_QUOTA": {{Limit: 200, Per: "hour"}}}},
		{ID: "youtube", Quotas: map[string][]config.Rate{"QUOTA": {{Limit: 10000, Per: "day"}}}},
	})
	if u := q["instagram"]["USER_QUOTA"]; u.By != outbound.ByAccount || len(u.Rates) != 1 || u.Rates[0].Per != time.Hour {
		t.Errorf("got %+v, want 200 an hour by account", u)
	}
	if _, ok := q["instagram"]["QUOTA"]; ok {
		t.Error("got a quota of the app, want it unlimited")
	}
	if u := q["youtube"]["QUOTA"]; u.By != outbound.ByApp || len(u.Rates) != 1 || !u.Rates[0].Pacific {
		t.Errorf("got %+v, want a Pacific day of the app", u)
	}
}
