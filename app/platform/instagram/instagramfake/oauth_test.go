package instagramfake_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/platform/instagram/instagramfake"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/sandbox/sandboxtest"
)

const (
	id       = "instagram"
	basic    = "instagram_business_basic"
	insights = "instagram_business_manage_insights"
)

func bench(t *testing.T) *sandboxtest.Fixture { return sandboxtest.New(t, id, instagramfake.New) }

func ask() url.Values {
	return url.Values{
		"client_id":     {sandboxtest.ClientID},
		"redirect_uri":  {sandboxtest.Redirect},
		"response_type": {"code"},
		"scope":         {basic + "," + insights},
		"state":         {"s"},
	}
}

func exchange(b *sandboxtest.Fixture, code string, change ...string) sandboxtest.Answer {
	v := url.Values{
		"grant_type":    {"authorization_code"},
		"client_id":     {sandboxtest.ClientID},
		"client_secret": {sandboxtest.Secret},
		"redirect_uri":  {sandboxtest.Redirect},
		"code":          {code},
	}
	for i := 0; i < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return b.Form("/oauth/access_token", v)
}

func longer(b *sandboxtest.Fixture, short string) sandboxtest.Answer {
	return b.Get(
		"/access_token?grant_type=ig_exchange_token&client_secret="+sandboxtest.Secret+"&access_token="+url.QueryEscape(
			short,
		),
		"",
	)
}

func refresh(b *sandboxtest.Fixture, token string) sandboxtest.Answer {
	return b.Get("/refresh_access_token?grant_type=ig_refresh_token&access_token="+url.QueryEscape(token), "")
}

// connect gives a long-lived token.
func connect(t *testing.T, b *sandboxtest.Fixture, c sandbox.Choice) string {
	t.Helper()
	a := exchange(b, b.Agree(ask(), c).Get("code"))
	short := a.Text("access_token") + a.Text("data.0.access_token")
	long := longer(b, short)
	if a.Status != http.StatusOK || long.Status != http.StatusOK {
		t.Fatalf("got %s then %s, want tokens", a.Body, long.Body)
	}
	return long.Text("access_token")
}

// handle is the account with this handle.
func handle(b *sandboxtest.Fixture, name string) sandbox.Account {
	a, _ := b.AccountByHandle(id, name)
	return a
}

func TestCallbackEndsInAFragment(t *testing.T) {
	t.Parallel()
	b := bench(t)
	to, err := b.Consent(id, b.URL+"/oauth/authorize?"+ask().Encode(), sandbox.Choice{})
	if err != nil || !strings.HasSuffix(to, "&state=s#_") {
		t.Errorf("got %s, %v, want a callback that ends in #_", to, err)
	}
	if q := b.Agree(ask(), sandbox.Choice{Deny: true}); q.Get("error_reason") != "user_denied" || q.Get("state") != "s" {
		t.Errorf("got %v, want the refusal with its reason", q)
	}
}

func TestExchangeHasThreeShapes(t *testing.T) {
	t.Parallel()
	b := bench(t)
	for i, a := range b.Accounts(id) {
		got := exchange(b, b.Agree(ask(), sandbox.Choice{Account: a.ID}).Get("code"))
		switch i % 4 {
		case 1:
			sandboxtest.Shape(t, "../testdata/token_exchange_wrapped.json", got.Body)
			got.Want(200, "data.0.user_id", a.AltID)
		case 3:
			got.Want(200, "permissions.1", insights)
		default:
			sandboxtest.Shape(t, "../testdata/token_exchange_flat.json", got.Body)
			if n, ok := got.At("user_id").(json.Number); !ok || n.String() != a.AltID {
				t.Errorf("got user_id %v, want the number %s", got.At("user_id"), a.AltID)
			}
		}
	}
}

func TestRefusedExchanges(t *testing.T) { // O6
	t.Parallel()
	const matching = "Matching code was not found or was already used"
	const validating = "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request"
	for name, c := range map[string]struct {
		change [2]string
		twice  bool
		late   time.Duration
		want   string
		shape  string
	}{
		"used code":            {twice: true, want: matching, shape: "token_exchange_error_code_used.json"},
		"after an hour":        {late: time.Hour, want: matching},
		"made-up code":         {change: [2]string{"code", "AQmade-up"}, want: "Invalid authorization code", shape: "token_exchange_error_invalid_code.json"},
		"another redirect URI": {change: [2]string{"redirect_uri", "x"}, want: validating, shape: "token_exchange_error_redirect_or_secret.json"},
		"wrong secret":         {change: [2]string{"client_secret", "x"}, want: validating},
		"wrong client":         {change: [2]string{"client_id", "x"}, want: "Invalid platform app"},
		"another grant type":   {change: [2]string{"grant_type", "x"}, want: "Invalid grant_type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bench(t)
			code := b.Agree(ask(), sandbox.Choice{}).Get("code")
			if c.twice {
				exchange(b, code)
			}
			b.Clock.Pass(c.late)
			var change []string
			if c.change[0] != "" {
				change = c.change[:]
			}
			a := exchange(b, code, change...)
			a.Want(400, "error_message", c.want)
			if c.shape != "" {
				sandboxtest.Shape(t, "../testdata/"+c.shape, a.Body)
			}
		})
	}
}

func TestLongTokenAndItsExtension(t *testing.T) { // T11
	t.Parallel()
	b := bench(t)
	short := exchange(b, b.Agree(ask(), sandbox.Choice{}).Get("code")).Text("access_token")
	long := longer(b, short)
	sandboxtest.Shape(t, "../testdata/long_lived_token.json", long.Body)
	long.Want(200, "expires_in", "5183944")
	token := long.Text("access_token")
	longer(b, token).Want(400, "error.code", "452") // it is long already
	b.Get("/access_token?grant_type=ig_exchange_token&client_secret=guess", short).
		Want(400, "error.message", "Error validating client secret.")
	b.Get("/access_token?grant_type=x", short).Want(400, "error.code", "100")
	refresh(b, token).Want(400, "error.code", "100") // under 24 h
	b.Clock.Pass(time.Hour)
	b.Get("/v25.0/me", short).Want(400, "error.code", "190")
	b.Clock.Pass(23 * time.Hour)
	again := refresh(b, token)
	sandboxtest.Shape(t, "../testdata/refresh_token.json", again.Body)
	if again.Text("access_token") == token || again.Status != 200 {
		t.Errorf("got %d and the same text, want another", again.Status)
	}
	b.Clock.Pass(5183944 * time.Second)
	over := refresh(b, again.Text("access_token"))
	over.Want(400, "error.error_subcode", "0")
	sandboxtest.Shape(t, "../testdata/error_190_expired.json", over.Body)

	second := connect(t, b, sandbox.Choice{Account: handle(b, "casa.lume").ID})
	b.Clock.Pass(24 * time.Hour)
	if got := refresh(b, second); got.Status != 200 || got.Text("access_token") != second {
		t.Errorf("got %d and another text, want the same for this account", got.Status)
	}
	without := connect(t, b, sandbox.Choice{Without: []string{basic}})
	b.Clock.Pass(24 * time.Hour)
	refresh(b, without).Want(400, "error.code", "10")
}

func TestDeadTokens(t *testing.T) { // T13
	t.Parallel()
	b := bench(t)
	token := connect(t, b, sandbox.Choice{})
	unknown := b.Get("/v25.0/me?access_token=IGAAmade-up", "")
	unknown.Want(400, "error.message", "Invalid OAuth access token - Cannot parse access token")
	sandboxtest.Shape(t, "../testdata/error_190_cannot_parse.json", unknown.Body)
	if err := b.Revoke(id, b.Accounts(id)[0].ID); err != nil {
		t.Fatal(err)
	}
	b.Get("/v25.0/me?access_token="+url.QueryEscape(token), "").Want(400, "error.error_subcode", "458")
	b.Get("/v25.0/me", token).Want(400, "error.code", "190")
}

func TestVersions(t *testing.T) {
	t.Parallel()
	b := bench(t)
	token := connect(t, b, sandbox.Choice{})
	for version, code := range map[string]string{"v21.0": "", "v26.0": "", "v20.0": "2635", "v27.0": "2500", "25": "2500", "v25": "2500"} {
		a := b.Get("/"+version+"/me", token)
		if got := a.Text("error.code"); got != code {
			t.Errorf("%s: got code %q, want %q", version, got, code)
		}
		if code == "" && a.Header.Get("Facebook-Api-Version") != version {
			t.Errorf("%s: got header %q, want the version", version, a.Header.Get("Facebook-Api-Version"))
		}
	}
	b.Get("/me", token).Want(400, "error.code", "2500")
}

func TestAccountLimit(t *testing.T) { // P5
	t.Parallel()
	b := bench(t)
	mine, other := connect(t, b, sandbox.Choice{}), connect(t, b, sandbox.Choice{Account: handle(b, "casa.lume").ID})
	b.SetLimit(id, instagramfake.LimitAccount, 2)
	first := b.Get("/v25.0/me", mine)
	account := b.Accounts(id)[0].ID
	if got, want := first.Header.Get("X-Business-Use-Case-Usage"), fmt.Sprintf(`{"%s":[{"type":"instagram","call_count":50,"total_cputime":16,"total_time":25,"estimated_time_to_regain_access":0}]}`, account); got != want {
		t.Errorf("got usage %s, want %s", got, want)
	}
	b.Clock.Pass(10 * time.Minute)
	b.Get("/v25.0/me", mine)
	a := b.Get("/v25.0/me", mine)
	a.Want(400, "error.code", "80002")
	sandboxtest.Shape(t, "../testdata/error_80002_buc_limit.exchange.json", a.Body)
	if got := a.Header.Get("X-Business-Use-Case-Usage"); !strings.Contains(got, `"call_count":100`) ||
		!strings.Contains(got, `regain_access":50`) {
		t.Errorf("got usage %s, want 100 percent and 50 minutes", got)
	}
	b.Get("/v25.0/me", other).Want(200, "username", "casa.lume")
	b.SetLimit(id, instagramfake.LimitApp, 1)
	limited := b.Get("/v25.0/me", other)
	limited.Want(403, "error.code", "4")
	sandboxtest.Shape(t, "../testdata/error_4_app_limit.exchange.json", limited.Body)
}

func TestAddedFaultsSpeakInstagram(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  sandbox.Fault
		status int
		code   string
		shape  string
	}{
		"rate limit":    {sandbox.Fault{Kind: sandbox.FaultRateLimit}, 400, "80002", "error_80002_buc_limit.exchange.json"},
		"app limit":     {sandbox.Fault{Kind: sandbox.FaultAppLimit}, 403, "4", "error_4_app_limit.exchange.json"},
		"dead token":    {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 401}, 400, "190", "error_190_cannot_parse.json"},
		"permission":    {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403}, 400, "10", "error_10_permission.json"},
		"gone":          {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 404}, 400, "100", ""},
		"transient":     {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 500}, 500, "2", "error_2_transient.exchange.json"},
		"no status":     {sandbox.Fault{Kind: sandbox.FaultStatus}, 500, "2", ""},
		"no app access": {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400}, 400, "100", "error_100_no_app_access.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bench(t)
			token := connect(t, b, sandbox.Choice{})
			b.AddFault(c.fault)
			a := b.Get("/v25.0/me", token)
			a.Want(c.status, "error.code", c.code)
			if c.shape != "" {
				sandboxtest.Shape(t, "../testdata/"+c.shape, a.Body)
			}
		})
	}
	b := bench(t)
	b.AddFault(sandbox.Fault{Endpoint: "/oauth/access_token", Kind: sandbox.FaultStatus, Status: 400})
	exchange(b, b.Agree(ask(), sandbox.Choice{}).Get("code")).Want(400, "error_type", "OAuthException")
}
