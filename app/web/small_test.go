package web_test

import (
	"bytes"
	"net/http"
	"testing"
)

// An address that does not take a method says so by a code of its own; what is no id is not there; a list is
// not filtered by what another is filtered by.
func TestOddRequests(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c, ada := signIn(t, s, "creator@demo.test"), signIn(t, s, "admin@demo.test")
	for _, tc := range []struct {
		method, path, code string
		status             int
	}{
		{http.MethodPut, "/api/analytics/socials", "METHOD_NOT_ALLOWED", http.StatusMethodNotAllowed},
		{http.MethodGet, "/api/analytics/socials/tiktok?connection=nothing", "NOT_FOUND", http.StatusNotFound},
		{http.MethodGet, "/api/auth/tiktok/sync?connection=nothing", "NOT_FOUND", http.StatusNotFound},
		{http.MethodGet, "/api/auth/tiktok/connect?connection=nothing", "NOT_FOUND", http.StatusNotFound},
	} {
		a := do(t, c, tc.method, s.URL+tc.path, nil)
		if a.status != tc.status || !bytes.Contains(a.body, []byte(`"`+tc.code+`"`)) {
			t.Errorf("%s %s: got %d %s, want %d %s", tc.method, tc.path, a.status, a.body, tc.status, tc.code)
		}
	}
	for _, path := range []string{"/admin/connections?state=dead", "/admin/failures?status=connected", "/admin/alerts?state=dead", "/admin/runs?state=open"} {
		if a := do(t, ada, http.MethodGet, s.URL+path, nil); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d, want 422", path, a.status)
		}
	}
}
