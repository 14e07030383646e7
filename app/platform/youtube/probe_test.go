package youtube

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// Where Google sends a browser, as recorded, and what it says to an invented code.
func TestProbe(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("testdata", "authorize_probe_locations.json"))
	if err != nil {
		t.Fatal(err)
	}
	var where map[string]string
	if err := json.Unmarshal(b, &where); err != nil {
		t.Fatal(err)
	}
	good := platformtest.Answer{Status: 400, Body: `{"error":"invalid_grant","error_description":"Malformed auth code."}`}
	for _, tc := range []struct {
		name, location string
		token          platformtest.Answer
		want           string
	}{
		{"all right", where["registered"], good, "fine, fine, fine"},
		{"redirect URI not registered", where["redirect_uri_not_registered"], good, "fine, wrong, fine"},
		{"unknown client", "https://accounts.google.com/signin/oauth/error/v2?authError=Cg5pbnZhbGlkX2NsaWVudA", platformtest.Answer{Status: 401, Body: `{"error":"invalid_client"}`}, "wrong, could not tell, wrong"},
		{"somewhere new", "https://accounts.google.com/new/place", platformtest.Answer{Status: 400, Body: "<html>"}, "could not tell, could not tell, could not tell"},
		{"cut", "https://accounts.google.com/signin/oauth/error?authError=Cv8", good, "fine, could not tell, fine"},
		{"nowhere", "", good, "fine, could not tell, fine"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
				if c.Method == "POST" {
					return tc.token
				}
				return platformtest.Answer{Status: 302, Header: map[string]string{"Location": tc.location}}
			})
			p, ok := s.Platform.(platform.Prober)
			if !ok {
				t.Fatal("got no Prober")
			}
			found := p.Probe(t.Context(), "https://x.example/cb")
			if got := platformtest.Findings(found); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			for _, f := range found {
				if strings.Contains(f.Detail, platformtest.Canary) {
					t.Errorf("got a secret in %q", f.Detail)
				}
			}
		})
	}
}
