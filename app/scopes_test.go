package app_test

import (
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// scopesAsked are the permissions the product asks for, and may ask for: each has a use today. Whoever asks for another
// changes this list, the reason in the Spec and, where the platform reviews it, the review.
var scopesAsked = map[string][]string{
	"instagram": {"instagram_business_basic", "instagram_business_manage_insights"},
	"tiktok":    {"user.info.basic", "user.info.profile", "user.info.stats", "video.list"},
	"youtube":   {"https://www.googleapis.com/auth/youtube.readonly"},
}

// K2: only the permissions that are used are asked for, each once, and the page with the button says what each is for
// before it is pressed.
func TestOnlyTheScopesThatAreUsedAreAskedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.creator("scopes@example.test")
	page := html.UnescapeString(b.get("/connections").body)
	for _, spec := range h.Platforms.Specs() {
		u, err := url.Parse(b.begin(spec.ID))
		if err != nil {
			t.Fatal(err)
		}
		asked := strings.FieldsFunc(u.Query().Get("scope"), func(r rune) bool { return r == ',' || r == ' ' })
		slices.Sort(asked)
		if want := scopesAsked[spec.ID]; !slices.Equal(asked, want) {
			t.Errorf("%s: got %v asked for, want %v", spec.ID, asked, want)
		}
		for _, s := range spec.Scopes {
			if !strings.Contains(page, s.Label) || !strings.Contains(page, s.Why) {
				t.Errorf("%s: the page does not say %q, %q before the button", spec.ID, s.Label, s.Why)
			}
		}
	}
}
