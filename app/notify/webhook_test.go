package notify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"github.com/google/go-cmp/cmp"
)

// N3: every way to write a webhook's address leads to the same JSON; parameters that are not ours stay as
// they were written.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, tc := range []struct{ address, query string }{
		{"http://HOST/a/b", ""},
		{"generic+http://HOST/a/b?z=%2Fx&a=1", "z=%2Fx&a=1"},
		{"json+http://HOST/a/b?template=json", ""},
		{"generic://HOST/a/b?disabletls=yes&title=x", "title=x"},
		{"http://HOST/a/b?a=1&secret=s3&b=2#x", "a=1&b=2"},
	} {
		c := opened(t, strings.ReplaceAll(tc.address, "HOST", s.host()))
		if err := c.Send(t.Context(), told1); err != nil {
			t.Errorf("%s: %v", tc.address, err)
			continue
		}
		g := s.last(t)
		if g.method != http.MethodPost || g.path != "/a/b" || g.query != tc.query ||
			g.header.Get("Content-Type") != "application/json" {
			t.Errorf(
				"%s: got %s %s?%s as %s, want a POST of JSON to /a/b?%s",
				tc.address,
				g.method,
				g.path,
				g.query,
				g.header.Get("Content-Type"),
				tc.query,
			)
		}
		var body map[string]any
		if err := json.Unmarshal([]byte(g.body), &body); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"event": "opened", "id": "0198-a", "rule": "failure_rate", "severity": "critical", "platform": "tiktok", "title": "Many runs fail <now>",
			"message": "12 of 40 runs failed.\nThe cause is TIMEOUT.", "count": 12.0, "firstSeen": "2026-11-23T19:00:00Z", "lastSeen": "2026-11-23T20:00:00Z", "overAt": nil,
			"text": "Many runs fail <now>\n12 of 40 runs failed.\nThe cause is TIMEOUT.\n" + told1.Link, "link": told1.Link,
		}
		if diff := cmp.Diff(want, body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.address, diff)
		}
	}
	for address, want := range map[string]string{
		"https://h/x?a=1": "https://h/x?a=1", "generic://h/x": "https://h/x", "json://h/x": "https://h/x", "generic+https://u:p@h/x": "https://u:p@h/x",
		"generic://h/x?disabletls=no": "https://h/x", "https://h/x?disabletls=yes": "https://h/x", "teams+https://h/x?sig=a%2Bb": "https://h/x?sig=a%2Bb",
	} {
		w, ok := opened(t, address).(named).Channel.(*webhook)
		if !ok || w.address.Reveal() != want {
			t.Errorf("%s: got %v, want it to lead to %s", address, w, want)
		}
	}
}

func TestNothingKnownIsNull(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	m := Message{Event: "over", OverAt: &over}
	if err := opened(t, s.URL).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if b := s.last(t).body; !strings.Contains(b, `"platform":null`) || !strings.Contains(b, `"firstSeen":null`) ||
		!strings.Contains(b, `"overAt":"2026-11-23T22:00:00Z"`) {
		t.Errorf("got %s, want no platform, no first time, and an end", b)
	}
}

// N3: a receiver with the key can tell our message, and when it was sent, from anybody else's.
func TestSignature(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	c := opened(t, s.URL+"/x?secret=a%26+CANARY")
	before := time.Now().Unix()
	if err := c.Send(t.Context(), told1); err != nil {
		t.Fatal(err)
	}
	g := s.last(t)
	parts := regexp.MustCompile(`^t=(\d+),v1=([0-9a-f]{64})$`).FindStringSubmatch(g.header.Get("X-Truecount-Signature"))
	if parts == nil {
		t.Fatalf("got %q, want a time and a digest", g.header.Get("X-Truecount-Signature"))
	}
	mac := hmac.New(sha256.New, []byte("a& CANARY"))
	mac.Write([]byte(parts[1] + "." + g.body))
	if want := hex.EncodeToString(mac.Sum(nil)); parts[2] != want {
		t.Errorf("got %s, want %s", parts[2], want)
	}
	var at int64
	if _, err := fmt.Sscan(parts[1], &at); err != nil || at < before || at > time.Now().Unix() {
		t.Errorf("got the time %s, want now", parts[1])
	}
	if silent(t, "what was sent", g.query+g.body+fmt.Sprint(g.header)); g.query != "" {
		t.Errorf("got the query %q, want none", g.query)
	}
	if err := opened(t, s.URL).Send(t.Context(), told1); err != nil {
		t.Fatal(err)
	}
	if sig := s.last(t).header.Get("X-Truecount-Signature"); sig != "" {
		t.Errorf("got %q without a key, want none", sig)
	}
}

func TestTeams(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.say(http.StatusAccepted, "")
	for _, address := range []string{"teams+http://" + s.host() + "/w?sig=1", s.URL + "/w?template=teams&sig=1"} {
		if err := opened(t, address).Send(t.Context(), told1); err != nil {
			t.Fatal(err)
		}
		g := s.last(t)
		var sent struct {
			Type        string
			Attachments []struct {
				ContentType string
				Content     struct {
					Type, Version string
					Body          []struct{ Type, Text, Color string }
					Actions       []struct{ Type, URL string }
				}
			}
		}
		if err := json.Unmarshal([]byte(g.body), &sent); err != nil || len(sent.Attachments) != 1 {
			t.Fatalf("got %s, %v, want one card", g.body, err)
		}
		a := sent.Attachments[0]
		if g.query != "sig=1" || sent.Type != "message" || a.ContentType != "application/vnd.microsoft.card.adaptive" ||
			a.Content.Type != "AdaptiveCard" {
			t.Errorf("got %+v to %s, want a message with an Adaptive Card", sent, g.query)
		}
		if b := a.Content.Body; len(b) != 3 || b[0].Text != told1.Title || b[0].Color != "attention" ||
			b[2].Text != "The cause is TIMEOUT." {
			t.Errorf("got %+v, want title and both lines", b)
		}
		if x := a.Content.Actions; len(x) != 1 || x[0].Type != "Action.OpenUrl" || x[0].URL != told1.Link {
			t.Errorf("got %+v, want a way to our page", x)
		}
	}
}
