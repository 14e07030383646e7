package instagram

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/text"
)

// The names of Instagram's callbacks, as the contract has them.
const (
	hookDeauthorize = "deauthorize"
	hookDeletion    = "data-deletion"
)

const longestRequest = 4 << 10

// Hook implements platform.Hooker: both callbacks are a signed request in a form field. Its times may
// be years old in the documentation's own example, so age decides nothing; a repetition does nothing.
// https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback (seen 2026-11).
func (a *adapter) Hook(name string, c platform.HookCall) (platform.Event, error) {
	signature, payload, ok := strings.Cut(c.Form, ".")
	if !ok || len(c.Form) > longestRequest {
		return platform.Event{}, platform.ErrForged
	}
	got, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(signature, "="))
	mac := hmac.New(sha256.New, []byte(a.s.ClientSecret.Reveal()))
	mac.Write([]byte(payload))
	if err != nil || !hmac.Equal(got, mac.Sum(nil)) {
		return platform.Event{}, platform.ErrForged
	}
	body, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(payload, "="))
	var said struct {
		Algorithm string         `json:"algorithm"`
		IssuedAt  platform.Count `json:"issued_at"`
		User      platform.Text  `json:"user_id"` // the app-scoped id
	}
	if err != nil || json.Unmarshal(body, &said) != nil || said.Algorithm != "HMAC-SHA256" || said.User == "" ||
		said.IssuedAt.N == nil || *said.IssuedAt.N <= 0 { // without a time it could be told again after a later consent
		return platform.Event{}, platform.ErrForged
	}
	e := platform.Event{
		At:      time.Unix(*said.IssuedAt.N, 0).UTC(),
		Subject: text.Clean(string(said.User)),
		Kind:    platform.EventDeauthorized,
		Reason:  "the app was removed on Instagram",
	}
	if name == hookDeletion {
		e.Kind, e.Reason = platform.EventDeletion, "the deletion of all data was asked for on Instagram"
	}
	return e, nil
}
