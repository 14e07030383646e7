package tiktok

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/text"
)

// seeds gives a fuzz test every recorded answer, and each as the answer to a call of any status.
func seeds(f *testing.F, more ...string) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		f.Fatalf("got %d recorded answers, %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		more = append(more, string(b))
	}
	for _, s := range more {
		for _, status := range []int{200, 400, 401, 429, 500} {
			f.Add([]byte(s), status)
		}
	}
}

func fuzzed() *adapter {
	return &adapter{
		now: func() time.Time { return platformtest.Noon },
		s:   config.Platform{ClientID: "client-1", ClientSecret: "secret"},
	}
}

// typed wants an error that can be acted upon and stored. // P3
func typed(t *testing.T, e *platform.Error, step platform.Step) {
	t.Helper()
	if e.Code == "" || e.Platform != id || e.Step != step || len(e.Native) > 80 || len(e.LogID) > 80 ||
		len(e.Sample) > 400 ||
		e.RetryAfter < 0 {
		t.Errorf("got %+v, want a typed error of %s that can be stored", e, step)
	}
	if e.Code == fault.AuthExpired || e.Code == fault.Timeout || e.Code == fault.Network {
		t.Errorf("got %s of an answer, want it judged by what it says", e.Code)
	}
}

func negative(counts ...*int64) bool {
	for _, n := range counts {
		if n != nil && *n < 0 {
			return true
		}
	}
	return false
}

func storable(texts ...string) bool {
	for _, s := range texts {
		if s != text.Clean(s) {
			return false
		}
	}
	return true
}

// A user of any shape is one with an id or a typed error.
func FuzzUser(f *testing.F) {
	seeds(
		f,
		`{"data":{"user":{"open_id":7,"follower_count":"1e3","is_verified":null,"username":"@a/b"}},"error":{"code":"ok"}}`,
	)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		var d userData
		if e := fuzzed().decode(platform.StepProfile, &outbound.Response{Status: status, Body: body}, &d); e != nil {
			typed(t, e, platform.StepProfile)
			return
		}
		p := d.User.profile()
		if p.ExternalID == "" || negative(p.Followers, p.Following, p.Likes, p.Posts) ||
			!storable(p.ExternalID, p.Handle, p.DisplayName, p.Bio, p.URL) {
			t.Errorf("got %+v, want an id, no negative count and texts that can be stored", p)
		}
	})
}

// FuzzVideos is the answer of video/list and of video/query, which have one shape.
func FuzzVideos(f *testing.F) {
	seeds(f, `{"data":{"videos":[{"id":7559725318447568727,"view_count":1e3}],"cursor":"x","has_more":1},"error":null}`)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		var page videoPage
		if e := fuzzed().decode(platform.StepPosts, &outbound.Response{Status: status, Body: body}, &page); e != nil {
			typed(t, e, platform.StepPosts)
			return
		}
		var posts []platform.Post
		for _, v := range page.Videos {
			posts = append(posts, v.post("h", map[string]bool{}))
		}
		for _, p := range platform.Tidy(posts, 50) {
			if p.ExternalID == "" || p.PostedAt.Year() > 9999 ||
				negative(p.Views, p.Likes, p.Comments, p.Shares, p.DurationSeconds) ||
				!storable(p.ExternalID, p.Title, p.Caption, p.Permalink) {
				t.Errorf("got %+v, want an id, a date and no negative count", p)
			}
		}
	})
}

// FuzzToken is what the token and revocation endpoints say, good or bad.
func FuzzToken(f *testing.F) {
	seeds(
		f,
		`{"access_token":7,"expires_in":"x","scope":["a"]}`,
		`{"error":["a"],"log_id":{}}`,
		`{"error":{"code":"invalid_grant"}}`,
	)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		a, r := fuzzed(), &outbound.Response{Status: status, Body: body}
		for _, step := range []platform.Step{platform.StepExchange, platform.StepToken, platform.StepRevoke} {
			token, e := a.read(step, platform.Token{}, platformtest.Noon, r, parse(body))
			if e != nil {
				typed(t, e, step)
				continue
			}
			if token.Access.Empty() || token.ExpiresAt.Before(token.IssuedAt) && !token.ExpiresAt.IsZero() {
				t.Errorf("got a token from %s to %s, want one that lives", token.IssuedAt, token.ExpiresAt)
			}
		}
		if e := a.revoked(r, parse(body)); e != nil {
			typed(t, e, platform.StepRevoke)
		}
	})
}

func sign(secret string, at int, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strconv.Itoa(at) + "."))
	mac.Write(body)
	return "t=" + strconv.Itoa(at) + ",s=" + hex.EncodeToString(mac.Sum(nil))
}

// FuzzHook is what anybody may send to the webhook: without the secret nothing is believed.
func FuzzHook(f *testing.F) {
	seeds(
		f,
		`{"client_key":"client-1","event":"authorization.removed","user_openid":"u","create_time":1,"content":"{\"reason\":2}"}`,
	)
	f.Fuzz(func(t *testing.T, body []byte, at int) {
		at = 1795464000 + at%1000 // Noon, nearly
		h := http.Header{"Tiktok-Signature": {"t=1787862387,s=" + string(body)}}
		if e, err := fuzzed().Hook("", platform.HookCall{Header: h, Body: body}); err == nil || e != (platform.Event{}) {
			t.Errorf("got %+v, want it refused", e)
		}
		// With it, whatever the body holds: an event of somebody, or none.
		c := platform.HookCall{Body: body, Header: http.Header{"Tiktok-Signature": {sign("secret", at, body)}}}
		if e, err := fuzzed().Hook("", c); err != nil && e != (platform.Event{}) || e.Kind != "" && e.Subject == "" {
			t.Errorf("got %+v, %v, want a subject or nothing", e, err)
		}
	})
}
