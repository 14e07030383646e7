package instagram

import (
	"testing"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// P9: whose each refusal of Instagram's is.
func TestWhoseRefusal(t *testing.T) {
	t.Parallel()
	const switchedOff, blocked, tooMuch, onePost = "instagram-app-switched-off.json", "instagram-one-account-blocked.json", "instagram-too-much-data.json", "instagram-one-post-refused.json"
	rows := []platformtest.ScopeRow{
		{Call: "profile", Status: 400, File: switchedOff, Want: platformtest.Installation},
		{Call: "profile", Status: 200, File: switchedOff, Want: platformtest.Installation},
		{Call: "refresh", Status: 400, File: switchedOff, Want: platformtest.Installation},
		{Call: "refresh", Status: 200, File: switchedOff, Want: platformtest.Installation},
		{Call: "exchange", Status: 400, File: switchedOff, Want: platformtest.Installation},
		{Call: "exchange", Status: 200, File: switchedOff, Want: platformtest.Installation},
		{Call: "profile", Status: 400, File: blocked, Want: platformtest.Account},
		{Call: "refresh", Status: 400, File: blocked, Want: platformtest.Account},
		{Call: "profile", Status: 500, File: tooMuch, Want: platformtest.Trouble},
		{Call: "profile", Status: 400, File: onePost, Want: platformtest.Permission},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error_type":"OAuthException","code":400,"error_message":"Invalid platform app"}`,
			Want:   platformtest.Installation,
		},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error_type":"OAuthException","code":400,"error_message":"Matching code was not found or was already used"}`,
			Want:   platformtest.Grant,
		},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error_type":"OAuthException","code":200,"error_message":"API access deactivated."}`,
			Want:   platformtest.Installation,
		},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error_type":"OAuthException","code":400,"error_message":"Reactivate it in the app dashboard"}`,
			Want:   platformtest.Installation,
		},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error_type":"OAuthException","code":400,"error_message":"The app has been disabled"}`,
			Want:   platformtest.Installation,
		},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":190,"error_subcode":464}}`, Want: platformtest.Account},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error":{"code":101,"message":"Error validating application"}}`,
			Want:   platformtest.Installation,
		},
		{Call: "exchange", Status: 429, Body: `{}`, Want: platformtest.Limit},
		{Call: "exchange", Status: 502, Body: `<html>`, Want: platformtest.Trouble},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":101,"message":"x"}}`, Want: platformtest.Installation},
		{
			Call:   "refresh",
			Status: 400,
			Body:   `{"error":{"code":100,"message":"Error validating client secret."}}`,
			Want:   platformtest.Installation,
		},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":190,"error_subcode":460}}`, Want: platformtest.Grant},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":190,"error_subcode":459}}`, Want: platformtest.Account},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":190}}`, Want: platformtest.Nobody},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":9999}}`, Want: platformtest.Nobody},
		{Call: "refresh", Status: 400, Body: `<html>`, Want: platformtest.Nobody},
		{Call: "refresh", Status: 503, Body: `<html>`, Want: platformtest.Trouble},
	}
	for code, want := range map[string]string{
		`"code":4`: platformtest.Limit, `"code":341`: platformtest.Limit, `"code":17`: platformtest.Limit, `"code":32`: platformtest.Limit,
		`"code":613`: platformtest.Limit, `"code":80001`: platformtest.Limit, `"code":80002`: platformtest.Limit,
		`"code":190,"error_subcode":458`: platformtest.Grant, `"code":190,"error_subcode":460`: platformtest.Grant,
		`"code":190,"error_subcode":463`: platformtest.Grant, `"code":190,"error_subcode":467`: platformtest.Grant,
		`"code":190,"error_subcode":459`: platformtest.Account, `"code":190,"error_subcode":464`: platformtest.Account,
		`"code":190`: platformtest.Nobody, `"code":190,"error_subcode":0`: platformtest.Nobody, `"code":102`: platformtest.Nobody,
		`"code":190,"error_subcode":492`:                       platformtest.Nobody,
		`"code":190,"message":"Session has expired on Monday"`: platformtest.Grant,
		`"code":190,"message":"Cannot parse access token"`:     platformtest.Nobody,
		`"code":200,"message":"Permissions error"`:             platformtest.Permission,
		`"code":200,"message":"API access deactivated."`:       platformtest.Installation,
		`"code":5`:   platformtest.Installation,
		`"code":101`: platformtest.Installation,
		`"code":3`:   platformtest.Permission,
		`"code":10`:  platformtest.Permission,
		`"code":299`: platformtest.Permission,
		`"code":10,"message":"(#10) Not enough viewers for the"`:        platformtest.Grant,
		`"code":100,"error_subcode":33`:                                 platformtest.Installation,
		`"code":100,"message":"Unsupported request - method type: get"`: platformtest.Installation,
		`"code":100,"message":"Invalid parameter"`:                      platformtest.Request,
		`"code":2500`: platformtest.Request, `"code":1`: platformtest.Trouble, `"code":2`: platformtest.Trouble, `"code":-1`: platformtest.Trouble, `"code":-2`: platformtest.Trouble,
		`"code":777,"is_transient":true`: platformtest.Trouble, `"code":777`: platformtest.Nobody, `"message":"no code"`: platformtest.Nobody,
	} {
		rows = append(rows, platformtest.ScopeRow{Call: "profile", Status: 400, Body: `{"error":{` + code + `}}`, Want: want})
	}
	platformtest.Scopes(t, Maker, rows)
}

// What the probe finds says that the app is switched off.
func TestProbeOfASwitchedOffApp(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, always(platformtest.Answer{Status: 400, File: "instagram-app-switched-off.json"}))
	got := s.Platform.(platform.Prober).Probe(t.Context(), "https://x/cb")
	if got[0].Found != platform.FindingWrong {
		t.Errorf("got %+v, want the app to be found switched off", got[0])
	}
}

// A permission that is refused at the renewal although the token's own list holds it may be the app's own loss:
// nobody is blamed before it is known. // P9
func TestARenewalIsRefusedForAPermission(t *testing.T) {
	t.Parallel()
	for name, scopes := range map[string][]string{"listed": {basicScope}, "not listed": {insightsScope}, "no list": nil} {
		for _, code := range []string{"3", "10", "200"} {
			s := platformtest.Serve(t, Maker, always(graph(400, `"code":`+code+`,"message":"x"`)))
			tok := platformtest.Token()
			tok.Scopes = scopes
			_, err := s.Platform.Refresh(t.Context(), tok)
			if e := platformtest.WantCode(t, err, fault.ScopeMissing); e.Unexplained != (name == "listed") {
				t.Errorf("%s, %s: got unexplained %t, want it so where the list holds it", name, code, e.Unexplained)
			}
		}
	}
}
