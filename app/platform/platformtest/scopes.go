package platformtest

import (
	"testing"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
)

// Cause is what a platform's refusal is about, which decides what stops and who is notified.
type Cause string

// What a refusal can be about.
const (
	CauseInstallation Cause = "installation" // the app's credentials, review or approval: nobody's connection is blamed
	CauseGrant        Cause = "grant"        // this token, or this account
	CauseAccount      Cause = "account"      // it is held back at the platform; the token lives on
	CausePermission   Cause = "permission"
	CauseLimit        Cause = "limit"
	CauseTrouble      Cause = "trouble" // an outage, or an answer that makes no sense
	CauseRequest      Cause = "request" // ours was malformed, or a part is not to be had
	CauseUnknown      Cause = "nobody"  // no table names it
)

// ScopeRow is one answer to one call, and whose it is.
type ScopeRow struct {
	Call   string // profile, exchange, refresh, revoke
	Status int
	Body   string
	File   string
	Want   Cause
}

// Scopes holds each row against an adapter. // P9
func Scopes(t *testing.T, m platform.Maker, rows []ScopeRow) {
	t.Helper()
	if len(rows) < 40 {
		t.Errorf("got %d rows, want 40 at least", len(rows))
	}
	for _, r := range rows {
		t.Run(r.Call+" "+string(r.Want)+" "+r.Body+r.File, func(t *testing.T) {
			t.Parallel()
			a := Answer{Status: r.Status, Body: r.Body, File: r.File}
			if r.Status >= 500 {
				a.Header = map[string]string{"Retry-After": "30"} // so that the call is not repeated
			}
			s := Serve(t, m, func(Call) Answer { return a })
			tok := Token()
			tok.Scopes = nil
			var err error
			switch r.Call {
			case "profile":
				_, err = s.Platform.Profile(t.Context(), tok)
			case "exchange":
				_, err = s.Platform.Exchange(t.Context(), platform.Exchange{Code: "c", RedirectURI: "https://x/cb"})
			case "refresh":
				_, err = s.Platform.Refresh(t.Context(), tok)
			case "revoke":
				err = s.Platform.Revoke(t.Context(), tok)
			default:
				t.Fatalf("there is no call %q", r.Call)
			}
			e, ok := platform.AsError(err)
			if !ok {
				t.Fatalf("got %v, want a refusal", err)
			}
			if got := whose(e); got != r.Want {
				t.Errorf("got %s (%v), want %s", got, e, r.Want)
			}
		})
	}
}

// whose sorts an error by what decides who is stopped and who is notified.
func whose(e *platform.Error) Cause {
	switch {
	case e.Code == fault.AppRefused:
		return CauseInstallation
	case e.Blocked && e.Code == fault.AuthFailed: // with another code the grant itself is said to be over
		return CauseAccount
	case e.Unexplained:
		return CauseUnknown
	case e.Code == fault.RateLimit, e.Code == fault.QuotaExhausted:
		return CauseLimit
	case e.Code == fault.AuthFailed, e.Code == fault.AuthRevoked, e.Code == fault.AuthExpired, e.Code == fault.NotFound:
		return CauseGrant
	case e.Code == fault.ScopeMissing:
		return CausePermission
	case e.Code == fault.Internal:
		return CauseRequest
	default:
		return CauseTrouble
	}
}
