package tiktokfake_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/platform/tiktok/tiktokfake"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/sandbox/sandboxtest"
)

const (
	id     = "tiktok"
	scopes = "user.info.basic,user.info.profile,user.info.stats,video.list"

	userAll  = "/v2/user/info/?fields=open_id,union_id,avatar_url,avatar_url_100,avatar_large_url,display_name,bio_description,profile_deep_link,is_verified,username,follower_count,following_count,likes_count,video_count"
	listAll  = "/v2/video/list/?fields=id,create_time,cover_image_url,share_url,video_description,duration,title,embed_link,like_count,comment_count,share_count,view_count"
	queryAll = "/v2/video/query/?fields=id,cover_image_url"
)

func bench(t *testing.T) *sandboxtest.Fixture { return sandboxtest.New(t, id, tiktokfake.New) }

func ask() url.Values {
	return url.Values{
		"client_key":    {sandboxtest.ClientID},
		"redirect_uri":  {sandboxtest.Redirect},
		"response_type": {"code"},
		"scope":         {scopes},
		"state":         {"s"},
	}
}

func form(grant string, more ...string) url.Values {
	v := url.Values{"grant_type": {grant}, "client_key": {sandboxtest.ClientID}, "client_secret": {sandboxtest.Secret}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

func exchange(b *sandboxtest.Fixture, code string) sandboxtest.Answer {
	return b.Form("/v2/oauth/token/", form("authorization_code", "code", code, "redirect_uri", sandboxtest.Redirect))
}

func connect(t *testing.T, b *sandboxtest.Fixture, c sandbox.Choice) (access, refresh string) {
	t.Helper()
	a := exchange(b, b.Agree(ask(), c).Get("code"))
	if a.Status != http.StatusOK || a.Text("access_token") == "" {
		t.Fatalf("got %d %s, want tokens", a.Status, a.Body)
	}
	return a.Text("access_token"), a.Text("refresh_token")
}

func TestCallback(t *testing.T) {
	t.Parallel()
	b := bench(t)
	q := b.Agree(ask(), sandbox.Choice{Without: []string{"video.list"}})
	if !strings.Contains(q.Get("code"), "*1!") || q.Get("scopes") != "user.info.basic,user.info.profile,user.info.stats" ||
		q.Get("state") != "s" {
		t.Errorf("got %v, want a code with * and !, the scopes left and the state", q)
	}
	if q := b.Agree(ask(), sandbox.Choice{Deny: true}); q.Get("error") != "access_denied" || q.Has("code") {
		t.Errorf("got %v, want a refusal", q)
	}
}

func TestTokens(t *testing.T) { // T7
	t.Parallel()
	b := bench(t)
	code := b.Agree(ask(), sandbox.Choice{}).Get("code")
	one := exchange(b, code)
	sandboxtest.Shape(t, "../testdata/token-exchange-2h.json", one.Body)
	one.Want(200, "open_id", b.Accounts(id)[0].ID)
	one.Want(200, "expires_in", "7200")
	one.Want(200, "refresh_expires_in", "15552000")
	one.Want(200, "scope", scopes)
	exchange(b, code).Want(400, "error_description", "Authorization code is expired.")
	b.Clock.Pass(24 * time.Hour)
	b.Get(userAll, one.Text("access_token")).Want(401, "error.code", "access_token_invalid")
	two := b.Form("/v2/oauth/token/", form("refresh_token", "refresh_token", one.Text("refresh_token")))
	sandboxtest.Shape(t, "../testdata/token-refresh-rotated-2h.json", two.Body)
	two.Want(200, "refresh_expires_in", "15465600") // it counts down
	b.Get(userAll, two.Text("access_token")).Want(200, "error.code", "ok")
	again := b.Form("/v2/oauth/token/", form("refresh_token", "refresh_token", one.Text("refresh_token")))
	sandboxtest.Shape(t, "../testdata/token-error-invalid-grant.json", again.Body)
	again.Want(400, "error", "invalid_grant")
	b.Form("/v2/oauth/token/", form("refresh_token", "refresh_token", two.Text("refresh_token"))).
		Want(400, "error", "invalid_grant")
		// the grant died
	b.Get(userAll, two.Text("access_token")).Want(401, "error.code", "access_token_invalid")
}

func TestRefusedTokens(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change      [2]string
		status      int
		code, words string
	}{
		"made-up code":         {[2]string{"code", "made-up"}, 400, "invalid_grant", "Authorization code is expired."},
		"wrong key":            {[2]string{"client_key", "other"}, 200, "invalid_client", "Client key or secret is incorrect."},
		"wrong secret":         {[2]string{"client_secret", "guess"}, 200, "invalid_client", "Client key or secret is incorrect."},
		"no secret":            {[2]string{"client_secret", ""}, 400, "invalid_request", "Client secret is missed in request."},
		"another redirect URI": {[2]string{"redirect_uri", "x"}, 400, "invalid_request", "Redirect_uri is not matched with the uri when requesting code."},
		"unasked verifier":     {[2]string{"code_verifier", "x"}, 400, "invalid_request", "Code verifier or code challenge is invalid."},
		"unknown grant type":   {[2]string{"grant_type", "password"}, 400, "unsupported_grant_type", "The grant type is not supported."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bench(t)
			v := form(
				"authorization_code",
				"code",
				b.Agree(ask(), sandbox.Choice{}).Get("code"),
				"redirect_uri",
				sandboxtest.Redirect,
			)
			v.Set(c.change[0], c.change[1])
			a := b.Form("/v2/oauth/token/", v)
			a.Want(c.status, "error", c.code)
			a.Want(c.status, "error_description", c.words)
		})
	}
}

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	b := bench(t)
	a := b.Form("/v2/oauth/token/", form("client_credentials"))
	if a.Want(200, "expires_in", "7200"); !strings.HasPrefix(a.Text("access_token"), "clt.") {
		t.Errorf("got %s, want a client token", a.Body)
	}
	b.Form("/v2/oauth/token/", form("client_credentials", "client_secret", "guess")).Want(200, "error", "invalid_client")
}

func TestRevoke(t *testing.T) { // T14
	t.Parallel()
	b := bench(t)
	access, refresh := connect(t, b, sandbox.Choice{})
	v := url.Values{"client_key": {sandboxtest.ClientID}, "client_secret": {sandboxtest.Secret}, "token": {access}}
	if a := b.Form("/v2/oauth/revoke/", v); a.Status != 200 || strings.TrimSpace(a.Body) != "{}" {
		t.Errorf("got %d %s, want an empty object", a.Status, a.Body)
	}
	b.Form("/v2/oauth/revoke/", v).Want(400, "error", "invalid_request")
	b.Form("/v2/oauth/token/", form("refresh_token", "refresh_token", refresh)).Want(400, "error", "invalid_grant")
	b.Form("/v2/oauth/revoke/", url.Values{"access_token": {access}}).Want(200, "error", "invalid_client")
	if got := b.GrantCount(id, b.Accounts(id)[0].ID); got != 0 {
		t.Errorf("got %d grants, want 0", got)
	}
}

func TestUserInfo(t *testing.T) {
	t.Parallel()
	b := bench(t)
	access, _ := connect(t, b, sandbox.Choice{})
	a := b.Get(userAll, access)
	sandboxtest.Shape(t, "../testdata/user-info-full.json", a.Body)
	p, _ := b.Profile(id, b.Accounts(id)[0].ID)
	a.Want(200, "data.user.username", p.Handle)
	a.Want(200, "data.user.follower_count", fmt.Sprint(*p.Followers))
	if !strings.Contains(a.Body, `\u0026x-expires=`) || a.Header.Get("X-Tt-Logid") != a.Text("error.log_id") {
		t.Errorf("got %s, want signed links, escaped, and the log id in the header too", a.Body)
	}
	if got := b.Get("/v2/user/info/?fields=display_name", access); got.At("data.user.open_id") != nil {
		t.Errorf("got %s, want only what was asked for", got.Body)
	}
	b.Get("/v2/user/info/", access).Want(400, "error.code", "invalid_params")
	b.Get("/v2/user/info/?fields=open_id,age", access).Want(400, "error.code", "invalid_params")
	b.Get(userAll, "").Want(401, "error.code", "access_token_invalid")

	part, _ := connect(t, b, sandbox.Choice{Without: []string{"user.info.stats"}})
	refused := b.Get(userAll, part)
	sandboxtest.Shape(t, "../testdata/error-scope-not-authorized.json", refused.Body) // no data key
	refused.Want(401, "error.code", "scope_not_authorized")
	b.Get("/v2/user/info/?fields=open_id,username", part).Want(200, "error.code", "ok")
}

func TestExactPaths(t *testing.T) {
	t.Parallel()
	b := bench(t)
	access, _ := connect(t, b, sandbox.Choice{})
	for name, a := range map[string]sandboxtest.Answer{
		"no slash": b.Get("/v2/user/info?fields=open_id", access), "GET of a POST": b.Get(listAll, access), "no slash at the token": b.Form("/v2/oauth/token", form("refresh_token")),
	} {
		if a.Status != 404 || a.Body != "Unsupported path(Janus)" ||
			!strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: got %d %q, want the gateway's 404", name, a.Status, a.Body)
		}
	}
}

// page reads one page and its ids.
func page(t *testing.T, b *sandboxtest.Fixture, access, body string) (a sandboxtest.Answer, ids []string) {
	t.Helper()
	a = b.JSON(listAll, access, body)
	a.Want(200, "error.code", "ok")
	for _, v := range a.At("data.videos").([]any) {
		ids = append(ids, v.(map[string]any)["id"].(string))
	}
	return a, ids
}

func TestVideoListPages(t *testing.T) { // P8
	t.Parallel()
	b := bench(t)
	account := b.Accounts(id)[0].ID
	access, _ := connect(t, b, sandbox.Choice{})
	var want, got []string
	photos := 0
	for _, p := range b.Posts(id, account) {
		want = append(want, p.ID)
	}
	cursor := ""
	for range 100 {
		a, ids := page(t, b, access, `{"max_count":20`+cursor+`}`)
		sandboxtest.Shape(t, "../testdata/video-list-page1.json", a.Body)
		photos += strings.Count(a.Body, "photomode")
		got = append(got, ids...)
		if a.At("data.has_more") != true {
			break
		}
		cursor = `,"cursor":` + a.Text("data.cursor")
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %d posts, want the %d there are, newest first", len(got), len(want))
	}
	if photos == 0 {
		t.Error("got no photo posts, want some")
	}
	a, ids := page(t, b, access, `{}`)
	if len(ids) != 10 || a.At("data.videos.0.create_time").(json.Number).String()+"000" < a.Text("data.cursor") {
		t.Errorf("got %d posts and cursor %s, want 10 and a time in ms", len(ids), a.Text("data.cursor"))
	}
	for _, bad := range []string{`{"max_count":21}`, `{"max_count":0}`, `{"cursor":-1}`, `{`, ``} {
		b.JSON(listAll, access, bad).Want(400, "error.code", "invalid_params")
	}
	none, _ := connect(t, b, sandbox.Choice{Account: b.Accounts(id)[2].ID})
	if a := b.JSON(listAll, none, `{}`); a.Len("data.videos") != 0 || a.Text("data.cursor") != "0" ||
		a.At("data.has_more") != false {
		t.Errorf("got %s, want no posts", a.Body)
	}
	part, _ := connect(t, b, sandbox.Choice{Without: []string{"video.list"}})
	b.JSON(listAll, part, `{}`).Want(401, "error.code", "scope_not_authorized")
}

func TestMissingCountsAreAbsent(t *testing.T) {
	t.Parallel()
	b := bench(t)
	account := b.Accounts(id)[1]
	access, _ := connect(t, b, sandbox.Choice{Account: account.ID})
	a, _ := page(t, b, access, `{"max_count":20}`)
	absent := 0
	for i, p := range b.List(id, account.ID, 0, 20) {
		for key, n := range map[string]*int64{"view_count": p.Views, "like_count": p.Likes, "comment_count": p.Comments, "share_count": p.Shares} {
			got := a.At(fmt.Sprintf("data.videos.%d.%s", i, key))
			if (got == nil) != (n == nil) {
				t.Errorf("%s %s: got %v, want %v", p.ID, key, got, n)
			}
			if n == nil {
				absent++
			}
		}
	}
	if absent == 0 {
		t.Error("got every count, want some absent")
	}
}

func TestVideoQuery(t *testing.T) {
	t.Parallel()
	b := bench(t)
	all := b.Accounts(id)
	mine, theirs := b.Posts(id, all[0].ID), b.Posts(id, all[1].ID)
	access, _ := connect(t, b, sandbox.Choice{})
	a := b.JSON(queryAll, access, `{"filters":{"video_ids":["`+mine[3].ID+`","`+theirs[0].ID+`","1"]}}`)
	a.Want(200, "data.videos.0.id", mine[3].ID)
	if a.Len("data.videos") != 1 {
		t.Errorf("got %d posts, want what is not mine left out", a.Len("data.videos"))
	}
	b.JSON(queryAll, access, `{"filters":{"video_ids":[]}}`).Want(400, "error.code", "invalid_params")
	b.JSON(queryAll, access, `{"filters":{"video_ids":["`+strings.Repeat(`1","`, 20)+`1"]}}`).
		Want(400, "error.code", "invalid_params")
}

func TestMinuteLimitIsPerEndpoint(t *testing.T) { // P5
	t.Parallel()
	b := bench(t)
	access, _ := connect(t, b, sandbox.Choice{})
	b.SetLimit(id, tiktokfake.LimitEndpoint, 2)
	b.Get(userAll, access)
	b.Get(userAll, access)
	a := b.Get(userAll, access)
	a.Want(429, "error.code", "rate_limit_exceeded")
	sandboxtest.Shape(t, "../testdata/error-rate-limit-exceeded.json", a.Body)
	if a.Header.Get("Retry-After") != "" {
		t.Errorf("got Retry-After %s, want none: TikTok sends none", a.Header.Get("Retry-After"))
	}
	b.JSON(listAll, access, `{}`).Want(200, "error.code", "ok")
	b.Clock.Pass(time.Minute)
	b.Get(userAll, access).Want(200, "error.code", "ok")
}

func TestAddedFaultsSpeakTikTok(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  sandbox.Fault
		oauth  bool
		status int
		code   string
		shape  string
	}{
		"rate limit":         {sandbox.Fault{Kind: sandbox.FaultRateLimit}, false, 429, "rate_limit_exceeded", "error-rate-limit-exceeded.json"},
		"app limit":          {sandbox.Fault{Kind: sandbox.FaultAppLimit}, false, 429, "rate_limit_exceeded", ""},
		"401":                {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 401}, false, 401, "access_token_invalid", "error-access-token-invalid.json"},
		"400":                {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400}, false, 400, "invalid_params", "error-invalid-params.json"},
		"502":                {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 502}, false, 502, "internal_error", "error-internal-error.json"},
		"no status":          {sandbox.Fault{Kind: sandbox.FaultStatus}, false, 500, "internal_error", ""},
		"token endpoint 503": {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503}, true, 503, "temporarily_unavailable", "token-error-temporarily-unavailable.json"},
		"token endpoint 400": {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400}, true, 400, "invalid_grant", "token-error-invalid-grant.json"},
		"token endpoint 401": {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 401}, true, 401, "invalid_client", "token-error-invalid-client.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bench(t)
			access, refresh := connect(t, b, sandbox.Choice{})
			b.AddFault(c.fault)
			var a sandboxtest.Answer
			if c.oauth {
				a = b.Form("/v2/oauth/token/", form("refresh_token", "refresh_token", refresh))
				a.Want(c.status, "error", c.code)
			} else {
				a = b.Get(userAll, access)
				a.Want(c.status, "error.code", c.code)
			}
			if c.shape != "" {
				sandboxtest.Shape(t, "../testdata/"+c.shape, a.Body)
			}
		})
	}
}
