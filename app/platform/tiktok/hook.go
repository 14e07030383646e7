package tiktok

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/text"
)

// hookAge is how old a signed call may be. TikTok repeats for 72 hours, and whether it signs anew each
// time is not known: a repetition is told by its content, so the window is wide.
const hookAge = 73 * time.Hour

// removals are the reasons of authorization.removed
// (https://developers.tiktok.com/doc/webhooks-events, seen 2026-11).
var removals = map[int64]string{
	1: "access was ended on TikTok", 2: "the TikTok account was deleted", 3: "the age on TikTok changed",
	4: "the TikTok account was banned", 5: "we ended access ourselves",
}

// Hook implements platform.Hooker: the signature is over the time and the raw body.
func (a *adapter) Hook(_ string, c platform.HookCall) (platform.Event, error) {
	var at, signature string
	for part := range strings.SplitSeq(c.Header.Get("Tiktok-Signature"), ",") {
		switch k, v, _ := strings.Cut(strings.TrimSpace(part), "="); k {
		case "t":
			at = v
		case "s":
			signature = v
		}
	}
	got, err := hex.DecodeString(signature)
	mac := hmac.New(sha256.New, []byte(a.s.ClientSecret.Reveal()))
	mac.Write([]byte(at + "."))
	mac.Write(c.Body)
	if err != nil || !hmac.Equal(got, mac.Sum(nil)) {
		return platform.Event{}, platform.ErrForged
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || a.now().Sub(time.Unix(seconds, 0)).Abs() > hookAge {
		return platform.Event{}, platform.ErrForged
	}
	var said struct {
		Client  string         `json:"client_key"`
		Event   string         `json:"event"`
		At      platform.Count `json:"create_time"`
		User    platform.Text  `json:"user_openid"`
		Content string         `json:"content"` // JSON inside a string
	}
	if json.Unmarshal(c.Body, &said) != nil || said.Client != a.s.ClientID {
		return platform.Event{}, platform.ErrForged
	}
	if said.Event != "authorization.removed" || said.User == "" {
		return platform.Event{}, nil
	}
	if said.At.N == nil || *said.At.N <= 0 { // it could be told again after a later consent
		return platform.Event{}, platform.ErrForged
	}
	var content struct {
		Reason platform.Count `json:"reason"`
	}
	_ = json.Unmarshal([]byte(said.Content), &content)
	e := platform.Event{
		Kind:    platform.EventDeauthorized,
		Subject: text.Clean(string(said.User)),
		Reason:  "access was ended on TikTok",
		At:      time.Unix(*said.At.N, 0).UTC(),
	}
	if n := content.Reason.N; n != nil {
		if words, ok := removals[*n]; ok {
			e.Reason = words
		}
		if *n == 2 {
			e.Kind = platform.EventDeletion
		}
	}
	return e, nil
}
