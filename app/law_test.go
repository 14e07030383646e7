package app_test

import (
	"html"
	"net/http"
	"strings"
	"testing"
)

// K3: the pages about privacy, terms and deletion are open to everybody, linked from every page, and say the facts of
// this installation: every permission with its reason, how long what is kept, where access is removed, and who answers.
func TestPagesOfTheLaw(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, map[string]string{"CONTACT_EMAIL": "privacy@example.test", "KEEP_LOGS": "45d"})
	v := h.visitor()
	privacy, terms, how := v.get("/privacy"), v.get("/terms"), v.get("/deletion")
	for name, a := range map[string]answer{"privacy": privacy, "terms": terms, "deletion": how} {
		if a.status != http.StatusOK || !strings.Contains(a.body, "privacy@example.test") {
			t.Errorf("%s: got %d, want the page with who answers", name, a.status)
		}
	}
	said := html.UnescapeString(privacy.body)
	for _, spec := range h.Platforms.Specs() {
		for _, s := range spec.Scopes {
			if !strings.Contains(said, s.Label) || !strings.Contains(said, s.Why) {
				t.Errorf("%s: the privacy page does not say %q and why", spec.ID, s.Label)
			}
		}
		for where, url := range map[string]string{said: spec.PrivacyURL, html.UnescapeString(terms.body): spec.TermsURL, html.UnescapeString(how.body): spec.AccessPage.URL} {
			if url == "" || !strings.Contains(where, `href="`+url+`"`) {
				t.Errorf("%s: got no link to %q", spec.ID, url)
			}
		}
	}
	for _, fact := range []string{"YouTube API Services", "deleted within 7 days", "deleted 30 days after the account was last read", "Steps of syncs: deleted after 45 days", "kept until you delete it"} {
		if !strings.Contains(strings.ReplaceAll(said, "</strong>", ""), fact) {
			t.Errorf("the privacy page does not say %q", fact)
		}
	}
	for _, page := range []string{"/login", "/privacy"} {
		if body := v.get(page).body; !strings.Contains(body, `href="/privacy"`) || !strings.Contains(body, `href="/terms"`) {
			t.Errorf("%s: got no links to privacy and terms", page)
		}
	}
	if body := h.creator("law@example.test").get("/connections").body; strings.Count(body, `href="/terms"`) < 2 ||
		strings.Count(body, `href="/privacy"`) < 2 {
		t.Error("the page with the connect buttons does not lead to terms and privacy at the button")
	}
}
