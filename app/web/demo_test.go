package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web"
)

// The sandbox's passwords are shown to a browser on this machine, and to no other: neither under a name that others
// reach, nor to whoever comes from elsewhere to the local one.
func TestDemoPasswordsAreShownOnThisMachineAlone(t *testing.T) {
	t.Parallel()
	s := serve(t)
	password, err := s.Auth.Demo.Password(viewer.System(t.Context(), viewer.ReasonTest))
	if err != nil || password.Empty() {
		t.Fatalf("got no password of the demo, %v", err)
	}
	for _, tc := range []struct {
		name, peer, host string
		change           func(*web.Options)
		shown            bool
	}{
		{"this machine", "127.0.0.1:4000", s.Config.BaseURL[len("http://"):], func(*web.Options) {}, true},
		{"this machine by its other address", "[::1]:4000", s.Config.BaseURL[len("http://"):], func(*web.Options) {}, true},
		{"another machine", "192.0.2.1:4000", s.Config.BaseURL[len("http://"):], func(*web.Options) {}, false},
		{"a public name", "127.0.0.1:4000", "count.example.com", public, false},
		{"no sandbox", "127.0.0.1:4000", s.Config.BaseURL[len("http://"):], func(o *web.Options) { o.Config.Sandbox = false }, false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login", nil)
		r.Host, r.RemoteAddr = tc.host, tc.peer
		w := httptest.NewRecorder()
		another(t, s, tc.change).Handler().ServeHTTP(w, r)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), password.Reveal()) != tc.shown {
			t.Errorf("%s: got %d, the password shown: %t, want %t", tc.name, w.Code, !tc.shown, tc.shown)
		}
	}
}
