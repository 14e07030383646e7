package app_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
)

// A platform that refuses the installation while somebody connects an account says so, never that a permission
// was not given, and one alert's condition holds. // P9
func TestConnectingWhileTheInstallationIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ platform, file, endpoint string }{
		{"instagram", "instagram-app-switched-off.json", ""},
		{"instagram", "instagram-app-switched-off.json", "/{version}/me"},
		{"youtube", "youtube-project-gone.json", "/youtube/v3/channels"},
		{"youtube", "youtube-project-suspended.json", "/youtube/v3/channels"},
	} {
		t.Run(tc.file+tc.endpoint, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			b := h.creator("mina@example.com")
			body, err := os.ReadFile("platform/" + tc.platform + "/testdata/" + tc.file)
			if err != nil {
				t.Fatal(err)
			}
			back := b.consent(h.world, tc.platform, sandbox.Choice{})
			h.world.AddFault(
				sandbox.Fault{
					Platform: tc.platform,
					Endpoint: tc.endpoint,
					Kind:     sandbox.FaultStatus,
					Status:   400,
					Body:     string(body),
				},
			)
			got := b.get(back)
			if !strings.Contains(got.location, "error="+tc.platform+"_") || strings.Contains(got.location, "missing_scope") {
				t.Errorf("got led to %q, want a failure that blames no permission", got.location)
			}
			if page := b.get(got.location); !strings.Contains(page.body, "is not available here right now") ||
				strings.Contains(page.body, "permission to read") {
				t.Errorf("got a page without the sentence")
			}
			report, err := h.Health.Report(viewer.System(t.Context(), viewer.ReasonTest))
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, r := range report.Reasons {
				codes = append(codes, r.Code)
			}
			if !slices.Equal(codes, []string{"APP_REFUSED"}) {
				t.Errorf("got reasons %v, want APP_REFUSED", codes)
			}
			found := ""
			for _, f := range h.Doctor(viewer.System(t.Context(), viewer.ReasonTest)).Check(viewer.System(t.Context(), viewer.ReasonTest), true) {
				if strings.HasSuffix(f.ID, ".held") {
					found += f.Words.String()
				}
			}
			if !h.Config.Sandbox && found == "" {
				t.Error("got nothing of it from doctor, want it named")
			}
		})
	}
}
