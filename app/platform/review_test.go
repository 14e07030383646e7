package platform_test

import (
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/platform"
)

// What a review form is told follows from the Spec: every permission with its reason, and the platform's own times.
func TestReviewTexts(t *testing.T) {
	t.Parallel()
	s := platform.Spec{
		Name: "Lumen", Revokes: true, DeleteWithin: 7 * 24 * time.Hour,
		Scopes: []platform.Scope{
			{Name: "a.read", Required: true, Why: "To read A."},
			{Name: "b.read", Why: "To read B."},
		},
		AccessPage: platform.Page{Path: "Lumen → Apps"},
	}
	got := s.ReviewTexts("https://count.example.com", "help@example.com")
	for _, want := range []string{
		"`a.read`", "To read A. The account cannot be connected without it.", "`b.read`", "To read B. It is optional",
		"help@example.com", "https://count.example.com/privacy", "https://count.example.com/deletion", "within 7 days", "revokes its access at Lumen", "Lumen → Apps",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %q in it", got, want)
		}
	}
	s.KeepAfterDisconnect, s.Revokes = true, false
	if got := s.ReviewTexts("https://x", ""); strings.Contains(got, "revokes") ||
		!strings.Contains(got, "kept or deleted at once") ||
		!strings.Contains(got, "operator") {
		t.Errorf("got %s, want what holds for this platform alone", got)
	}
}
