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
		{Call: "profile", Status: 400, File: switchedOff, Want: platformtest.CauseInstallation},
		{Call: "profile", Status: 200, File: switchedOff, Want: platformtest.CauseInstallation},
		{Call: "refresh", Status: 400, File: switchedOff, Want: platformtest.CauseInstallation},
		{Call: "refresh", Status: 200, File: switchedOff, Want: platformtest.CauseInstallation},
		{Call: "exchange", Status: 400, File: switchedOff, Want: platformtest.CauseInstallation},
		{Call: "exchange", Status: 200, File: switchedOff, Want: platformtest.CauseInstallation},
		{Call: "profile", Status: 400, File: blocked, Want: platformtest.CauseAccount},
		{Call: "refresh", Status: 400, File: blocked, Want: platformtest.CauseAccount},
		{Call: "profile", Status: 500, File: tooMuch, Want: platformtest.CauseTrouble},
		{Call: "profile", Status: 400, File: onePost, Want: platformtest.CausePermission},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error_type":"OAuthException","code":400,"error_message":"Invalid platform app"}`,
			Want:   platformtest.CauseInstallation,
		},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error_type":"OAuthException","code":400,"error_message":"Matching code was not found or was already used"}`,
			Want:   platformtest.CauseGrant,
		},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error_type":"OAuthException","code":200,"error_message":"API access deactivated."}`,
			Want:   platformtest.CauseInstallation,
		},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error_type":"OAuthException","code":400,"error_message":"Reactivate it in the app dashboard"}`,
			Want:   platformtest.CauseInstallation,
		},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error_type":"OAuthException","code":400,"error_message":"The app has been disabled"}`,
			Want:   platformtest.CauseInstallation,
		},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":190,"error_subcode":464}}`, Want: platformtest.CauseAccount},
		{
			Call:   "exchange",
			Status: 400,
			Body:   `{"error":{"code":101,"message":"Error validating application"}}`,
			Want:   platformtest.CauseInstallation,
		},
		{Call: "exchange", Status: 429, Body: `{}`, Want: platformtest.CauseLimit},
		{Call: "exchange", Status: 502, Body: `<html>`, Want: platformtest.CauseTrouble},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":101,"message":"x"}}`, Want: platformtest.CauseInstallation},
		{
			Call:   "refresh",
			Status: 400,
			Body:   `{"error":{"code":100,"message":"Error validating client secret."}}`,
			Want:   platformtest.CauseInstallation,
		},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":190,"error_subcode":460}}`, Want: platformtest.CauseGrant},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":190,"error_subcode":459}}`, Want: platformtest.CauseAccount},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":190}}`, Want: platformtest.CauseUnknown},
		{Call: "refresh", Status: 400, Body: `{"error":{"code":9999}}`, Want: platformtest.CauseUnknown},
		{Call: "refresh", Status: 400, Body: `<html>`, Want: platformtest.CauseUnknown},
		{Call: "refresh", Status: 503, Body: `<html>`, Want: platformtest.CauseTrouble},
	}
	for code, want := range map[string]platformtest.Cause{
		`"code":4`: platformtest.CauseLimit, `"code":341`: platformtest.CauseLimit, `"code":17`: platformtest.CauseLimit, `"code":32`: platformtest.CauseLimit,
		`"code":613`: platformtest.CauseLimit, `"code":80001`: platformtest.CauseLimit, `"code":80002`: platformtest.CauseLimit,
		`"code":190,"error_subcode":458`: platformtest.CauseGrant, `"code":190,"error_subcode":460`: platformtest.CauseGrant,
		`"code":190,"error_subcode":463`: platformtest.CauseGrant, `"code":190,"error_subcode":467`: platformtest.CauseGrant,
		`"code":190,"error_subcode":459`: platformtest.CauseAccount, `"code":190,"error_subcode":464`: platformtest.CauseAccount,
		`"code":190`: platformtest.CauseUnknown, `"code":190,"error_subcode":0`: platformtest.CauseUnknown, `"code":102`: platformtest.CauseUnknown,
		`"code":190,"error_subcode":492`:                       platformtest.CauseUnknown,
		`"code":190,"message":"Session has expired on Monday"`: platformtest.CauseGrant,
		`"code":190,"message":"Cannot parse access token"`:     platformtest.CauseUnknown,
		`"code":200,"message":"Permissions error"`:             platformtest.CausePermission,
		`"code":200,"message":"API access deactivated."`:       platformtest.CauseInstallation,
		`"code":5`:   platformtest.CauseInstallation,
		`"code":101`: platformtest.CauseInstallation,
		`"code":3`:   platformtest.CausePermission,
		`"code":10`:  platformtest.CausePermission,
		`"code":299`: platformtest.CausePermission,
		`"code":10,"message":"(#10) Not enough viewers for the"`:        platformtest.CauseGrant,
		`"code":100,"error_subcode":33`:                                 platformtest.CauseInstallation,
		`"code":100,"message":"Unsupported request - method type: get"`: platformtest.CauseInstallation,
		`"code":100,"message":"Invalid parameter"`:                      platformtest.CauseRequest,
		`"code":2500`: platformtest.CauseRequest, `"code":1`: platformtest.CauseTrouble, `"code":2`: platformtest.CauseTrouble, `"code":-1`: platformtest.CauseTrouble, `"code":-2`: platformtest.CauseTrouble,
		`"code":777,"is_transient":true`: platformtest.CauseTrouble, `"code":777`: platformtest.CauseUnknown, `"message":"no code"`: platformtest.CauseUnknown,
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
