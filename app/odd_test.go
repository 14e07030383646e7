package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web"
)

// What creators, programs and strangers may ask, asked with what nobody's id, link, word or sign-in looks like: a clear
// answer, never a fault of ours. // S8, W7, W12
func TestRoutesTakeOddInput(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mina := h.creator("mina@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	token, err := h.Auth.Tokens.New(
		viewer.System(t.Context(), viewer.ReasonTest),
		h.idOf("mina@example.com"),
		auth.TokenWish{Label: "script"},
	)
	if err != nil {
		t.Fatal(err)
	}
	asks := func(who *browser, method, path string, form url.Values, header ...string) answer {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, h.URL+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		if form != nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		return who.send(req)
	}
	for _, r := range h.Web.Table() {
		if r.Policy == web.Admin || strings.Contains(r.Path, "*") || r.Path == "/logout" {
			continue
		}
		for name, odd := range oddities {
			word, err := url.PathUnescape(odd)
			if err != nil {
				t.Fatal(err)
			}
			named := strings.NewReplacer(":id", odd, ":token", odd, ":platform", odd, ":name", odd).Replace(r.Path)
			known := strings.NewReplacer(":id", odd, ":token", odd, ":platform", "tiktok", ":name", odd).Replace(r.Path)
			form := url.Values{
				"email":          {word},
				"name":           {word},
				"password":       {word + word},
				"token":          {word},
				"signed_request": {word},
			}
			for _, path := range []string{named, known, known + "?connection=" + odd + "&span=" + odd + "&metric=" + odd + "&page=" + odd, known + "?token=" + odd + "&state=" + odd + "&code=" + odd + "&error=" + odd + "&id=" + odd + "&success=" + odd} {
				checkAnswer(t, r.Method+" "+r.Path+" by a stranger, "+name, asks(h.visitor(), r.Method, path, form))
				if r.Policy == web.Creator {
					checkAnswer(t, r.Method+" "+r.Path+", "+name, asks(mina, r.Method, path, form))
					checkAnswer(
						t,
						r.Method+" "+r.Path+" by a program, "+name,
						asks(h.visitor(), r.Method, path, form, "Authorization", "Bearer "+token.Reveal()),
					)
				}
			}
		}
	}
	for name, header := range map[string][2]string{
		"an odd token": {"Authorization", "Bearer \xff\xfe"}, "an empty token": {"Authorization", "Bearer "}, "another scheme": {"Authorization", "Basic eDp5"},
		"a long token": {"Authorization", "Bearer " + strings.Repeat("x", 10_000)},
	} {
		if got := asks(h.visitor(), http.MethodGet, "/api/analytics/socials", nil, header[0], header[1]); got.status != http.StatusUnauthorized {
			t.Errorf("%s: got %d, want 401", name, got.status)
		}
	}
	for name, cookie := range map[string]string{"odd": "truecount=\xff\xfe", "long": "truecount=" + strings.Repeat("x", 4000), "two": "truecount=a; truecount=b"} {
		if got := asks(h.visitor(), http.MethodGet, "/dashboard", nil, "Cookie", cookie); got.status != http.StatusSeeOther ||
			got.location != "/login" {
			t.Errorf("a cookie that is %s: got %d to %q, want to be sent to sign in", name, got.status, got.location)
		}
	}
	if got := mina.get("/dashboard"); got.status != http.StatusOK {
		t.Errorf("afterwards: got %d, want Mina's page", got.status)
	}
	h.noCanary()
}
