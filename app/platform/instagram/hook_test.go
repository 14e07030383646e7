package instagram

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// W11: only what is signed with our secret is believed.
func TestSignedRequests(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("testdata", "signed_request.json"))
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Secret  string `json:"app_secret"`
		Request string `json:"signed_request"`
		Payload struct {
			User string `json:"user_id"`
			At   int64  `json:"issued_at"`
		} `json:"payload"`
	}
	if err := json.Unmarshal(b, &recorded); err != nil {
		t.Fatal(err)
	}
	h, ok := open(platform.Deps{Settings: config.Platform{ClientSecret: fault.Secret(recorded.Secret)}}).(platform.Hooker)
	if !ok {
		t.Fatal("got no Hooker")
	}
	for name, want := range map[string]platform.EventKind{hookDeauthorize: platform.EventDeauthorized, hookDeletion: platform.EventDeletion} {
		e, err := h.Hook(name, platform.HookCall{Form: recorded.Request})
		if err != nil || e.Kind != want || e.Subject != recorded.Payload.User || e.At.Unix() != recorded.Payload.At {
			t.Errorf("%s: got %+v, %v, want %s of %s", name, e, err, want, recorded.Payload.User)
		}
	}
	// A call without a time is refused, for it could be told again after a later consent.
	timeless := func(payload string) string {
		body := base64.RawURLEncoding.EncodeToString([]byte(payload))
		mac := hmac.New(sha256.New, []byte(recorded.Secret))
		mac.Write([]byte(body))
		return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) + "." + body
	}
	if _, err := h.Hook(hookDeletion, platform.HookCall{Form: timeless(`{"algorithm":"HMAC-SHA256","user_id":"1","issued_at":1764000000}`)}); err != nil {
		t.Errorf("with a time: got %v, want it taken", err)
	}
	for _, said := range []string{`{"algorithm":"HMAC-SHA256","user_id":"1"}`, `{"algorithm":"HMAC-SHA256","user_id":"1","issued_at":null}`, `{"algorithm":"HMAC-SHA256","user_id":"1","issued_at":0}`, `{"algorithm":"HMAC-SHA256","user_id":"1","issued_at":"x"}`} {
		if e, err := h.Hook(hookDeauthorize, platform.HookCall{Form: timeless(said)}); !errors.Is(err, platform.ErrForged) ||
			e != (platform.Event{}) {
			t.Errorf("%s: got %+v, %v, want it refused", said, e, err)
		}
	}
	signature, payload, _ := strings.Cut(recorded.Request, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"algorithm":"none","user_id":"1"}`))
	for name, forged := range map[string]string{
		"nothing": "", "no dot": signature + payload, "another signature": "A" + recorded.Request[1:], "another payload": signature + "." + payload[:len(payload)-4] + "AAAA",
		"no algorithm": signature + "." + none, "empty signature": "." + payload, "huge": strings.Repeat("a", 9000) + "." + payload, "not base64": "!!!." + payload,
	} {
		if e, err := h.Hook(hookDeauthorize, platform.HookCall{Form: forged}); !errors.Is(err, platform.ErrForged) ||
			e != (platform.Event{}) {
			t.Errorf("%s: got %+v, %v, want it refused", name, e, err)
		}
	}
}

// What an invented code brings tells little: what cannot be told is never fine.
func TestProbe(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, client, secret, redirect, body string
		want                                 string
		standIn                              bool
	}{
		{"all that can be told is right", "123", strings.Repeat("a", 32), "https://x.example/cb", `{"error_type":"OAuthException","code":400,"error_message":"Invalid authorization code"}`, "fine, shown by sign-in, shown by sign-in", false},
		{"the Meta app's id", "123", strings.Repeat("a", 32), "https://x.example/cb", `{"error_type":"OAuthException","code":400,"error_message":"Invalid platform app"}`, "wrong, shown by sign-in, shown by sign-in", false},
		{"not a number", "app-1", strings.Repeat("a", 32), "https://x.example/cb", ``, "wrong, shown by sign-in, shown by sign-in", false},
		{"a cut secret, no https", "123", "short", "http://x.example/cb", `<html>`, "could not tell, wrong, wrong", false},
		{"a stand-in keeps its own form", "app-1", "short", "http://localhost/cb", `{"error_type":"OAuthException","code":400,"error_message":"Invalid authorization code"}`, "fine, shown by sign-in, shown by sign-in", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(
				t,
				Maker,
				func(platformtest.Call) platformtest.Answer { return platformtest.Answer{Status: 400, Body: tc.body} },
			)
			settings := s.Settings
			settings.ClientID, settings.ClientSecret = tc.client, fault.Secret(tc.secret)
			settings.Moved = map[string]bool{"TOKEN_URL": tc.standIn}
			client := platformtest.Client(s.URL, nil)
			t.Cleanup(client.Close)
			p, ok := open(platform.Deps{Settings: settings, HTTP: client}).(platform.Prober)
			if !ok {
				t.Fatal("got no Prober")
			}
			if got := platformtest.Findings(p.Probe(t.Context(), tc.redirect)); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
