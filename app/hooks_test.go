package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
)

// hook posts a platform's call.
func (b *browser) hook(path, kind, body string, header map[string]string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	return b.send(r)
}

func signedRequest(secret, user string, at time.Time) string {
	payload := base64.RawURLEncoding.EncodeToString(
		[]byte(fmt.Sprintf(`{"algorithm":"HMAC-SHA256","issued_at":%d,"user_id":%q}`, at.Unix(), user)),
	)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(payload))
	return url.Values{"signed_request": {base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) + "." + payload}}.Encode()
}

func tiktokCall(client sandbox.Client, user string, reason int, at time.Time) (body string, header map[string]string) {
	body = fmt.Sprintf(
		`{"client_key":%q,"event":"authorization.removed","create_time":%d,"user_openid":%q,"content":"{\"reason\": %d}"}`,
		client.ID,
		at.Unix(),
		user,
		reason,
	)
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(client.Secret))
	mac.Write([]byte(t + "." + body))
	return body, map[string]string{"Tiktok-Signature": "t=" + t + ",s=" + hex.EncodeToString(mac.Sum(nil))}
}

// W11: what a platform says of a person counts when it is signed, is not older than the consent, and is
// said for the first time. A deletion leaves a receipt that anybody with the code may read.
func TestPlatformsCall(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	h := newHouse(t)
	b := h.creator("mina@example.com")
	for _, p := range []string{"instagram", "tiktok"} {
		b.lands(b.consent(h.world, p, sandbox.Choice{}), "/connections?success="+p+"_connected")
		b.synced(p, "")
	}
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	status := func(p string) string {
		t.Helper()
		row, err := h.Store.Client.Connection.Query().Where(connection.Platform(p)).Only(ctx)
		if err != nil {
			return "none"
		}
		return string(row.Status)
	}
	ig, tt := h.world.Accounts("instagram")[0], h.world.Accounts("tiktok")[0]
	secret := h.world.Client("instagram").Secret
	now := time.Now().Add(time.Minute)
	body, header := tiktokCall(h.world.Client("tiktok"), tt.ID, 1, now)
	for name, try := range map[string]struct {
		path, kind, body string
		header           map[string]string
		want             int
	}{
		"forged deauthorize":         {"/api/webhooks/instagram/deauthorize", form, signedRequest("wrong", ig.AltID, now), nil, 403},
		"no signature":               {"/api/webhooks/instagram/data-deletion", form, "", nil, 403},
		"unknown person":             {"/api/webhooks/instagram/deauthorize", form, signedRequest(secret, "999", now), nil, 200},
		"older than the consent":     {"/api/webhooks/instagram/deauthorize", form, signedRequest(secret, ig.AltID, now.Add(-time.Hour)), nil, 200},
		"old deletion":               {"/api/webhooks/instagram/data-deletion", form, signedRequest(secret, ig.AltID, now.Add(-time.Hour)), nil, 200},
		"changed body":               {"/api/webhooks/tiktok", "application/json", body + " ", header, 403},
		"F25: no such name":          {"/api/webhooks/instagram/deletion", form, signedRequest(secret, ig.AltID, now), nil, 404},
		"F25: any name":              {"/api/webhooks/instagram/anything", form, signedRequest(secret, ig.AltID, now), nil, 404},
		"F25: no name":               {"/api/webhooks/instagram", form, signedRequest(secret, ig.AltID, now), nil, 404},
		"F25: a name too many":       {"/api/webhooks/tiktok/deauthorize", "application/json", body, header, 404},
		"no such calls":              {"/api/webhooks/youtube", "application/json", "{}", nil, 404},
		"unknown platform":           {"/api/webhooks/myspace", "application/json", "{}", nil, 404},
		"an event of no consequence": {"/api/webhooks/instagram/deauthorize", form, signedRequest(secret, "", now), nil, 403},
	} {
		if got := b.hook(try.path, try.kind, try.body, try.header); got.status != try.want {
			t.Errorf("%s: got %d %s, want %d", name, got.status, got.body, try.want)
		}
	}
	if status("instagram") != "connected" || status("tiktok") != "connected" {
		t.Fatalf("got %s and %s after calls that count for nothing", status("instagram"), status("tiktok"))
	}
	for range 2 { // told twice is told once
		if got := b.hook("/api/webhooks/tiktok", "application/json", body, header); got.status != 200 {
			t.Errorf("removal: got %d %s, want 200", got.status, got.body)
		}
	}
	if got := status("tiktok"); got != "needs_reconnect" {
		t.Errorf("after TikTok's call: got %s, want needs_reconnect", got)
	}
	page := b.get("/connections").body
	if !strings.Contains(page, "Reconnect @"+tt.Handle) {
		t.Error("got no way to reconnect on the page")
	}
	if got := b.hook("/api/webhooks/instagram/deauthorize", form, signedRequest(secret, ig.AltID, now), nil); got.status != 200 ||
		status("instagram") != "needs_reconnect" {
		t.Errorf("got %d and %s, want needs_reconnect", got.status, status("instagram"))
	}
	var receipt struct {
		URL  string `json:"url"`
		Code string `json:"confirmation_code"`
	}
	first := ""
	for range 2 {
		got := b.hook("/api/webhooks/instagram/data-deletion", form, signedRequest(secret, ig.AltID, now), nil)
		if err := json.Unmarshal([]byte(got.body), &receipt); err != nil || got.status != 200 || receipt.Code == "" ||
			(first != "" && receipt.Code != first) {
			t.Fatalf("deletion: got %d %s, want the same receipt each time", got.status, got.body)
		}
		first = receipt.Code
	}
	if status("instagram") != "none" || h.Store.Client.Post.Query().Where().CountX(ctx) == 0 {
		t.Errorf("got %s, want Instagram's account gone and the other's posts kept", status("instagram"))
	}
	if got := b.get(receipt.URL); got.status != 200 || !strings.Contains(got.body, "It was deleted on") ||
		strings.Contains(got.body, ig.AltID) {
		t.Errorf("receipt: got %d %s, want what became of it", got.status, got.body)
	}
	for _, code := range []string{"", "nonsense", strings.Repeat("a", 16), "%00"} {
		if got := b.get("/deletion?id=" + code); got.status != 404 {
			t.Errorf("receipt %q: got %d, want 404", code, got.status)
		}
	}
}
