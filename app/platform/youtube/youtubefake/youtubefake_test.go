package youtubefake_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/platform/youtube/youtubefake"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/sandbox/sandboxtest"
)

const (
	id       = "youtube"
	scope    = "https://www.googleapis.com/auth/youtube.readonly"
	verifier = "0123456789012345678901234567890123456789abc"
)

func bench(t *testing.T) *sandboxtest.Fixture { return sandboxtest.New(t, id, youtubefake.New) }

func ask(change ...string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {
			sandboxtest.ClientID,
		}, "redirect_uri": {sandboxtest.Redirect}, "response_type": {"code"}, "scope": {scope}, "state": {"s"},
		"access_type": {
			"offline",
		}, "prompt": {"consent"}, "code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}
	for i := 0; i < len(change); i += 2 {
		q.Set(change[i], change[i+1])
	}
	return q
}

func trade(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {sandboxtest.ClientID}, "client_secret": {sandboxtest.Secret},
		"code": {code}, "redirect_uri": {sandboxtest.Redirect}, "code_verifier": {verifier},
	}
}

func renew(token string) url.Values {
	return url.Values{
		"grant_type":    {"refresh_token"},
		"client_id":     {sandboxtest.ClientID},
		"client_secret": {sandboxtest.Secret},
		"refresh_token": {token},
	}
}

// connect gives the tokens of an account.
func connect(t *testing.T, b *sandboxtest.Fixture, c sandbox.Choice) (access, refresh string) {
	t.Helper()
	a := b.Form("/token", trade(b.Agree(ask(), c).Get("code")))
	if a.Status != http.StatusOK {
		t.Fatalf("got %d %s, want tokens", a.Status, a.Body)
	}
	return a.Text("access_token"), a.Text("refresh_token")
}

// handle is the account with this handle.
func handle(b *sandboxtest.Fixture, name string) sandbox.Account {
	for _, a := range b.Accounts(id) {
		if a.Handle == name {
			return a
		}
	}
	return sandbox.Account{}
}

func TestTokens(t *testing.T) { // O3, O6
	t.Parallel()
	b := bench(t)
	q := b.Agree(ask(), sandbox.Choice{})
	if !strings.HasPrefix(q.Get("code"), "4/0A") || q.Get("scope") != scope || q.Get("state") != "s" {
		t.Errorf("got %v, want a code, the scope and the state", q)
	}
	first := b.Form("/token", trade(q.Get("code")))
	sandboxtest.Shape(t, "../testdata/token_exchange.json", first.Body)
	first.Want(200, "expires_in", "3599")
	b.Form("/token", trade(q.Get("code"))).Want(400, "error_description", "Bad Request")
	second := b.Form("/token", renew(first.Text("refresh_token")))
	sandboxtest.Shape(t, "../testdata/token_refresh.json", second.Body)
	second.Want(200, "scope", scope)
	b.Form("/token", renew(first.Text("refresh_token"))).Want(200, "token_type", "Bearer") // Google does not rotate
	b.Clock.Pass(3599 * time.Second)
	b.Get("/youtube/v3/channels?part=id&mine=true", first.Text("access_token")).
		Want(401, "error.errors.0.reason", "authError")
}

func TestRefusedTokens(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change      [2]string
		status      int
		code, words string
	}{
		"made-up code":          {[2]string{"code", "4/0Amade-up"}, 400, "invalid_grant", "Malformed auth code."},
		"wrong client":          {[2]string{"client_id", "other"}, 401, "invalid_client", "The OAuth client was not found."},
		"wrong secret":          {[2]string{"client_secret", "guess"}, 401, "invalid_client", "Unauthorized"},
		"another redirect URI":  {[2]string{"redirect_uri", sandboxtest.Redirect + "/"}, 400, "redirect_uri_mismatch", "Bad Request"},
		"wrong verifier":        {[2]string{"code_verifier", verifier + "x"}, 400, "invalid_grant", "Invalid code verifier."},
		"no verifier":           {[2]string{"code_verifier", ""}, 400, "invalid_grant", "Missing code verifier."},
		"unknown grant type":    {[2]string{"grant_type", "password"}, 400, "unsupported_grant_type", "Invalid grant_type: password"},
		"unknown refresh token": {[2]string{"grant_type", "refresh_token"}, 400, "invalid_grant", "Bad Request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bench(t)
			v := trade(b.Agree(ask(), sandbox.Choice{}).Get("code"))
			v.Set(c.change[0], c.change[1])
			a := b.Form("/token", v)
			a.Want(c.status, "error", c.code)
			a.Want(c.status, "error_description", c.words)
		})
	}
}

func TestRefreshTokenOnlyWithConsentOffline(t *testing.T) {
	t.Parallel()
	b := bench(t)
	for _, c := range []struct {
		name   string
		change []string
		want   bool
	}{
		{"online", []string{"access_type", "online"}, false},
		{"again without consent", []string{"prompt", ""}, false},
		{"again with consent", []string{"prompt", "select_account consent"}, true},
	} {
		got := b.Form("/token", trade(b.Agree(ask(c.change...), sandbox.Choice{}).Get("code"))).Text("refresh_token") != ""
		if got != c.want {
			t.Errorf("%s: got a refresh token %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRevokeEndsEverything(t *testing.T) { // T14
	t.Parallel()
	b := bench(t)
	access, refresh := connect(t, b, sandbox.Choice{})
	_, other := connect(t, b, sandbox.Choice{})
	if a := b.Form("/revoke", url.Values{"token": {access}}); a.Status != 200 {
		t.Errorf("got %d, want 200", a.Status)
	}
	for _, dead := range []string{refresh, other} {
		b.Form("/token", renew(dead)).Want(400, "error_description", "Token has been expired or revoked.")
	}
	b.Form("/revoke", url.Values{"token": {refresh}}).Want(400, "error", "invalid_token")
	b.Get("/youtube/v3/channels?part=id&mine=true", access).Want(401, "error.status", "UNAUTHENTICATED")
}

func TestChannel(t *testing.T) {
	t.Parallel()
	b := bench(t)
	access, _ := connect(t, b, sandbox.Choice{})
	a := b.Get("/youtube/v3/channels?mine=true&part=snippet,contentDetails&part=statistics&part=status", access)
	sandboxtest.Shape(t, "../testdata/channels_list_mine.json", a.Body)
	p, _ := b.Profile(id, b.Accounts(id)[0].ID)
	a.Want(200, "items.0.id", p.ID)
	if _, ok := a.At("items.0.statistics.viewCount").(string); !ok || a.At("items.0.brandingSettings") != nil {
		t.Errorf("got %s, want counts as text and only the parts asked for", a.Body)
	}
	a.Want(200, "items.0.contentDetails.relatedPlaylists.uploads", "UU"+strings.TrimPrefix(p.ID, "UC"))
	if got := a.Text("items.0.statistics.subscriberCount"); !strings.HasSuffix(got, "00") || len(got) < 5 {
		t.Errorf("got %s subscribers, want three figures and zeros", got)
	}
	giant := handle(b, "worldtunes")
	if got := b.Get("/youtube/v3/channels?part=statistics&id="+giant.ID, access).Text("items.0.statistics.viewCount"); len(
		got,
	) < 10 {
		t.Errorf("got %s views of the giant, want more than 2^31", got)
	}
	b.Get("/youtube/v3/channels?part=id&id=UCunknown", access).Want(200, "pageInfo.totalResults", "0")
	b.Get("/youtube/v3/channels?mine=true", access).Want(400, "error.errors.0.reason", "missingRequiredParameter")
	b.Get("/youtube/v3/channels?part=id", access).Want(400, "error.errors.0.location", "parameters.")
	b.Get("/youtube/v3/channels?part=everything&mine=true", access).Want(400, "error.errors.0.reason", "unknownPart")
}

func TestOddChannels(t *testing.T) {
	t.Parallel()
	b := bench(t)
	access, _ := connect(t, b, sandbox.Choice{Account: handle(b, "hush").ID})
	a := b.Get("/youtube/v3/channels?part=statistics&mine=true", access)
	if a.At("items.0.statistics.hiddenSubscriberCount") != true || a.Text("items.0.statistics.subscriberCount") != "0" {
		t.Errorf("got %s, want hidden with a 0 that says nothing", a.Body)
	}
	access, _ = connect(t, b, sandbox.Choice{Account: handle(b, "").ID})
	a = b.Get("/youtube/v3/channels?part=id&mine=true", access)
	sandboxtest.Shape(t, "../testdata/channels_list_none_items_absent.json", a.Body)
	a.Want(200, "pageInfo.totalResults", "0")
	fresh := handle(b, "freshstart")
	access, _ = connect(t, b, sandbox.Choice{Account: fresh.ID})
	a = b.Get("/youtube/v3/playlistItems?part=snippet&playlistId=UU"+fresh.ID[2:], access)
	a.Want(404, "error.errors.0.reason", "playlistNotFound")
	if !strings.Contains(a.Text("error.message"), "<code>") {
		t.Errorf("got %q, want markup in the message", a.Text("error.message"))
	}
	access, _ = connect(t, b, sandbox.Choice{Without: []string{scope}})
	b.Get("/youtube/v3/channels?part=id&mine=true", access).Want(403, "error.errors.0.reason", "insufficientPermissions")
}

// uploads walks the whole list.
func uploads(t *testing.T, b *sandboxtest.Fixture, access, channel string, max string) (ids []string, tombs int) {
	t.Helper()
	page := ""
	for range 100 {
		a := b.Get(
			"/youtube/v3/playlistItems?part=snippet,contentDetails,status&maxResults="+max+"&playlistId=UU"+channel[2:]+"&pageToken="+page,
			access,
		)
		if a.Status != 200 {
			t.Fatalf("got %d %s, want a page", a.Status, a.Body)
		}
		sandboxtest.Shape(t, "../testdata/playlist_items_uploads.json", a.Body, "nextPageToken", "prevPageToken", "status")
		for _, item := range a.At("items").([]any) {
			m := item.(map[string]any)
			details, snippet := m["contentDetails"].(map[string]any), m["snippet"].(map[string]any)
			thumbs, _ := snippet["thumbnails"].(map[string]any)
			if len(thumbs) == 0 && details["videoPublishedAt"] == nil {
				tombs++
				continue
			}
			ids = append(ids, details["videoId"].(string))
		}
		if page = a.Text("nextPageToken"); page == "" {
			return ids, tombs
		}
	}
	t.Fatal("got no last page")
	return nil, 0
}

func TestUploadsEndAndLeaveTombstones(t *testing.T) { // P8
	t.Parallel()
	b := bench(t)
	access, _ := connect(t, b, sandbox.Choice{})
	mine := b.Accounts(id)[0].ID
	ids, tombs := uploads(t, b, access, mine, "50")
	var want []string
	for _, p := range b.Posts(id, mine) {
		want = append(want, p.ID)
	}
	if strings.Join(ids, " ") != strings.Join(want, " ") || tombs != b.Listed(id, mine)-len(want) || tombs == 0 {
		t.Errorf("got %d uploads and %d tombstones, want %d and %d", len(ids), tombs, len(want), b.Listed(id, mine)-len(want))
	}
	if got := b.Get("/youtube/v3/playlistItems?part=id&playlistId=UU"+mine[2:], access).Len("items"); got != 5 {
		t.Errorf("got %d items, want 5 by default", got)
	}
	b.Get("/youtube/v3/playlistItems?part=id&maxResults=51&playlistId=UU"+mine[2:], access).
		Want(400, "error.errors.0.reason", "invalidParameter")
	b.Get("/youtube/v3/playlistItems?part=id&pageToken=x&playlistId=UU"+mine[2:], access).
		Want(400, "error.errors.0.reason", "invalidPageToken")
	b.Get("/youtube/v3/playlistItems?part=id&playlistId=PLx", access).
		Want(404, "error.errors.0.domain", "youtube.playlistItem")
}

func TestVideos(t *testing.T) {
	t.Parallel()
	b := bench(t)
	access, _ := connect(t, b, sandbox.Choice{})
	mine := b.Accounts(id)[0].ID
	var ids []string
	whole, missing := 0, 0
	for _, p := range b.List(id, mine, 0, 50) {
		ids = append(ids, p.ID)
	}
	a := b.Get("/youtube/v3/videos?part=snippet,contentDetails,statistics,status&id="+strings.Join(ids, ","), access)
	sandboxtest.Shape(t, "../testdata/videos_list_fifty.json", a.Body, "madeForKids")
	for _, item := range a.At("items").([]any) {
		m := item.(map[string]any)
		p, _, _ := b.Post(id, m["id"].(string))
		if p.Gone != "" {
			t.Errorf("got %s, want what is gone left out", p.ID)
		}
		s := m["statistics"].(map[string]any)
		for key, n := range map[string]*int64{"viewCount": p.Views, "likeCount": p.Likes, "commentCount": p.Comments} {
			if _, told := s[key]; told != (n != nil) {
				t.Errorf("%s: got %s told %v, want %v", p.ID, key, told, n != nil)
			}
		}
		if len(s) == 4 {
			whole++
		} else {
			missing++
		}
	}
	if whole == 0 || missing == 0 {
		t.Errorf("got %d whole and %d with gaps, want both", whole, missing)
	}
	b.Get("/youtube/v3/videos?part=id&id=unknown", access).Want(200, "pageInfo.totalResults", "0")
	b.Get("/youtube/v3/videos?part=id&id="+strings.Repeat("x,", 50)+"x", access).
		Want(400, "error.errors.0.reason", "invalidFilters")
	b.Get("/youtube/v3/videos?part=id", access).Want(400, "error.errors.0.reason", "missingRequiredParameter")
	a = b.Get(
		"/youtube/v3/videos:batchGetStats?part=id,snippet,statistics,contentDetails&id="+strings.Join(ids[:9], "&id="),
		access,
	)
	a.Want(200, "kind", "youtube#batchGetStatsResponse")
	forms := map[bool]int{}
	for _, item := range a.At("items").([]any) {
		forms[strings.HasSuffix(item.(map[string]any)["contentDetails"].(map[string]any)["duration"].(string), "s")]++
	}
	if forms[true] == 0 || forms[false] == 0 {
		t.Errorf("got %v, want durations in both forms", forms)
	}
}

func TestLiveIsAnnouncedThenRunsThenEnds(t *testing.T) {
	t.Parallel()
	b := bench(t)
	channel := handle(b, "slowkitchen")
	states := map[string]string{}
	for hour := 0; hour < 60*24 && len(states) < 3; hour++ {
		b.Clock.Pass(time.Hour)
		p := b.List(id, channel.ID, 0, 1)[0]
		if p.Kind != sandbox.PostLive {
			continue
		}
		access, _ := connect(t, b, sandbox.Choice{Account: channel.ID})
		a := b.Get("/youtube/v3/videos?part=snippet,contentDetails,liveStreamingDetails&id="+p.ID, access)
		states[a.Text("items.0.snippet.liveBroadcastContent")] = a.Text("items.0.contentDetails.duration")
	}
	if states["upcoming"] != "P0D" || states["live"] != "P0D" || !strings.HasPrefix(states["none"], "PT") {
		t.Errorf("got %v, want P0D until it is over, and then a length", states)
	}
}

func TestQuotaDay(t *testing.T) { // P5
	t.Parallel()
	b := bench(t)
	access, refresh := connect(t, b, sandbox.Choice{})
	b.SetLimit(id, youtubefake.LimitUnits, 2)
	path := "/youtube/v3/channels?part=id&mine=true"
	b.Get(path, access)
	b.Get("/youtube/v3/channels", access) // a wrong call costs too
	a := b.Get(path, access)
	a.Want(403, "error.errors.0.reason", "quotaExceeded")
	sandboxtest.Shape(t, "../testdata/error_api_403_quota_exceeded.json", a.Body)
	if a := b.Get("/youtube/v3/videos:batchGetStats?part=id&id=x", access); a.Status != 200 {
		t.Errorf("got %d, want the other bucket to have room", a.Status)
	}
	if got := b.Units(id); got != 3 {
		t.Errorf("got %d units, want 3", got)
	}
	b.Clock.Pass(12 * time.Hour) // midnight in Los Angeles
	b.Get(path, b.Form("/token", renew(refresh)).Text("access_token")).Want(200, "kind", "youtube#channelListResponse")
}

func TestAddedFaultsSpeakGoogle(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault    sandbox.Fault
		oauth    bool
		status   int
		at, text string
		shape    string
	}{
		"app limit":          {sandbox.Fault{Kind: sandbox.FaultAppLimit}, false, 403, "error.errors.0.reason", "quotaExceeded", "error_api_403_quota_exceeded.json"},
		"rate limit":         {sandbox.Fault{Kind: sandbox.FaultRateLimit}, false, 429, "error.errors.0.reason", "rateLimitExceeded", ""},
		"401":                {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 401}, false, 401, "error.errors.0.reason", "authError", "error_api_401_auth_error.json"},
		"403":                {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403}, false, 403, "error.errors.0.reason", "accessNotConfigured", "error_api_403_not_configured.json"},
		"503":                {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503}, false, 503, "error.errors.0.reason", "backendError", ""},
		"400":                {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400}, false, 400, "error.errors.0.reason", "badRequest", ""},
		"token endpoint 500": {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 500}, true, 500, "error", "internal_failure", ""},
		"token endpoint 400": {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400}, true, 400, "error", "invalid_grant", "error_token_invalid_grant_revoked.json"},
		"token endpoint 401": {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 401}, true, 401, "error", "invalid_client", ""},
		"token limit":        {sandbox.Fault{Kind: sandbox.FaultRateLimit}, true, 429, "error", "rate_limit_exceeded", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bench(t)
			access, refresh := connect(t, b, sandbox.Choice{})
			b.AddFault(c.fault)
			a := sandboxtest.Answer{}
			if c.oauth {
				a = b.Form("/token", renew(refresh))
			} else {
				a = b.Get("/youtube/v3/channels?part=id&mine=true", access)
			}
			a.Want(c.status, c.at, c.text)
			if c.shape != "" {
				sandboxtest.Shape(t, "../testdata/"+c.shape, a.Body, "extendedHelp")
			}
		})
	}
}

func TestUnknownPath(t *testing.T) {
	t.Parallel()
	b := bench(t)
	if a := b.Get("/youtube/v3/search?q=x", ""); a.Status != 404 ||
		!strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") ||
		b.Calls(id)[sandbox.Other] != 1 {
		t.Errorf("got %d %s, want a page that says 404, counted", a.Status, a.Header.Get("Content-Type"))
	}
}
