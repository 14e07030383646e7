package all

import (
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
	r := registry(
		t,
		config.Platform{ID: "tiktok", ClientID: "k", ClientSecret: "s"},
		config.Platform{ID: "youtube", ClientID: "half"},
	)
	var got, want []string
	for _, m := range Platforms().Makers() {
		want = append(want, m.Spec.ID)
	}
	for _, s := range r.Specs() {
		got = append(got, s.ID)
		if p, ok := r.Get(s.ID); !ok || p.Spec().ID != s.ID || !r.Has(s.ID) {
			t.Errorf("%s: got no adapter of that name", s.ID)
		}
		if again, ok := r.Spec(s.ID); !ok || again.Name != s.Name {
			t.Errorf("%s: got spec %q, want %q", s.ID, again.Name, s.Name)
		}
	}
	if !slices.Equal(got, want) || len(want) < 3 {
		t.Errorf("got %v, want %v", got, want)
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

// Everything the rest of the product needs is in each Spec.
func TestSpecsAreWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range Platforms().Makers() {
		if lacks := m.Spec.Lacks(); len(lacks) > 0 {
			t.Errorf("%s: got a Spec that lacks %s", m.Spec.ID, strings.Join(lacks, "; "))
		}
		if seen[m.Spec.ID] {
			t.Errorf("%s: got it twice in the list", m.Spec.ID)
		}
		seen[m.Spec.ID] = true
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
