package tiktok

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

func testdata(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// W11: the recorded call is believed; a forged, changed or old one, and one of another app, is not.
func TestWebhook(t *testing.T) {
	t.Parallel()
	body := testdata(t, "webhook-authorization-removed.body.json")
	var with struct {
		Secret  string            `json:"test_client_secret"`
		Headers map[string]string `json:"headers"`
	}
	if err := json.Unmarshal(testdata(t, "webhook-authorization-removed.headers.json"), &with); err != nil {
		t.Fatal(err)
	}
	hooker := func(client string, now time.Time) platform.Hooker {
		h, ok := open(platform.Deps{
			Settings: config.Platform{ClientID: client, ClientSecret: fault.Secret(with.Secret)}, Now: func() time.Time { return now },
		}).(platform.Hooker)
		if !ok {
			t.Fatal("got no Hooker")
		}
		return h
	}
	sent := time.Unix(1787862387, 0)
	call := func(body []byte, signature string) platform.HookCall {
		return platform.HookCall{Body: body, Header: http.Header{"Tiktok-Signature": {signature}}}
	}
	signature := with.Headers["Tiktok-Signature"]
	e, err := hooker("sbawexampleclient0", sent).Hook("", call(body, signature))
	if err != nil || e.Kind != platform.EventDeauthorized || e.Subject != "7f2c1d90-3b4a-4c55-9e21-0a6b5c4d3e2f" ||
		e.At.Unix() != 1787862385 ||
		e.Reason != removals[1] {
		t.Errorf("got %+v, %v, want the recorded removal", e, err)
	}
	for name, try := range map[string]struct {
		h platform.Hooker
		c platform.HookCall
	}{
		"another body":      {hooker("sbawexampleclient0", sent), call([]byte(strings.Replace(string(body), "1787862385", "1787862386", 1)), signature)},
		"another time":      {hooker("sbawexampleclient0", sent), call(body, strings.Replace(signature, "1787862387", "1787862388", 1))},
		"no signature":      {hooker("sbawexampleclient0", sent), call(body, "")},
		"another app":       {hooker("sbaw-other", sent), call(body, signature)},
		"four days old":     {hooker("sbawexampleclient0", sent.Add(96*time.Hour)), call(body, signature)},
		"from the future":   {hooker("sbawexampleclient0", sent.Add(-96*time.Hour)), call(body, signature)},
		"nothing at all":    {hooker("sbawexampleclient0", sent), platform.HookCall{}},
		"cut in the middle": {hooker("sbawexampleclient0", sent), call(body[:40], signature)},
	} {
		if e, err := try.h.Hook("", try.c); !errors.Is(err, platform.ErrForged) || e != (platform.Event{}) {
			t.Errorf("%s: got %+v, %v, want it refused", name, e, err)
		}
	}
}

// A call that says in its body no time when it happened is refused, for it could be told again after a later consent.
func TestWebhookWithoutATime(t *testing.T) {
	t.Parallel()
	now := time.Unix(1787862387, 0)
	h, ok := open(platform.Deps{Settings: config.Platform{ClientID: "app", ClientSecret: "s"}, Now: func() time.Time { return now }}).(platform.Hooker)
	if !ok {
		t.Fatal("got no Hooker")
	}
	for said, taken := range map[string]bool{`,"create_time":1787862385`: true, "": false, `,"create_time":null`: false, `,"create_time":0`: false, `,"create_time":"soon"`: false} {
		body := `{"client_key":"app","event":"authorization.removed","user_openid":"u"` + said + `}`
		mac := hmac.New(sha256.New, []byte("s"))
		mac.Write([]byte("1787862387." + body))
		e, err := h.Hook(
			"",
			platform.HookCall{
				Body:   []byte(body),
				Header: http.Header{"Tiktok-Signature": {"t=1787862387,s=" + hex.EncodeToString(mac.Sum(nil))}},
			},
		)
		if (err == nil) != taken || (!taken && (!errors.Is(err, platform.ErrForged) || e != (platform.Event{}))) {
			t.Errorf("%q: got %+v, %v, want taken %v", said, e, err, taken)
		}
	}
}

// The recorded callbacks: a code with * and ! is decoded once and sent as it is.
func TestCallbacksRecorded(t *testing.T) {
	t.Parallel()
	var recorded map[string]string
	if err := json.Unmarshal(testdata(t, "callback-queries.json"), &recorded); err != nil {
		t.Fatal(err)
	}
	q, err := url.ParseQuery(recorded["granted"])
	if err != nil || q.Get("code") != recorded["granted_code_decoded"] || len(strings.Split(q.Get("scopes"), ",")) != 4 {
		t.Fatalf("got %v, %v, want the code decoded", q, err)
	}
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{File: "token-exchange.json"}))
	if _, err := s.Platform.Exchange(t.Context(), platform.Exchange{Code: fault.Secret(q.Get("code")), RedirectURI: "https://x.example/cb"}); err != nil {
		t.Fatal(err)
	}
	if got := s.Calls()[0].Form.Get("code"); got != recorded["granted_code_decoded"] {
		t.Errorf("got code %q, want %q", got, recorded["granted_code_decoded"])
	}
	if q, err = url.ParseQuery(recorded["denied"]); err != nil || q.Get("error") != "access_denied" || q.Has("code") {
		t.Errorf("got %v, %v, want the refusal", q, err)
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		answer   platformtest.Answer
		redirect string
		want     string
	}{
		{"accepted", platformtest.Answer{File: "client-credentials-ok.json"}, "https://x.example/cb", "shown by sign-in, fine"},
		{"no secret", platformtest.Answer{Status: 400, File: "client-credentials-missing-secret.json"}, "https://x.example/cb", "shown by sign-in, fine"},
		{"wrong pair", platformtest.Answer{File: "token-error-invalid-client.json"}, "https://x.example/cb?x=1", "wrong, wrong"},
		{"a page", platformtest.Answer{Status: 504, Body: "<html>"}, "http://localhost/cb", "wrong, could not tell"},
	} {
		s := platformtest.Serve(t, Maker, always(tc.answer))
		p, ok := s.Platform.(platform.Prober)
		if !ok {
			t.Fatal("got no Prober")
		}
		if got := platformtest.Findings(p.Probe(t.Context(), tc.redirect)); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}
