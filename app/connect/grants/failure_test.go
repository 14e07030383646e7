package grants

import (
	"strings"
	"testing"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
)

// The timeline is read by admins and creators alike, so it speaks to neither.
func TestTheTimelineSpeaksToNobody(t *testing.T) {
	t.Parallel()
	for _, code := range []fault.Code{fault.Timeout, fault.Network, fault.BadResponse, fault.PlatformError, fault.Internal} {
		for _, kind := range []failureKind{transient, ours} {
			words := failingWords("TikTok", kind, &platform.Error{Code: code})
			for _, word := range strings.FieldsFunc(strings.ToLower(words), func(r rune) bool { return r < 'a' || r > 'z' }) {
				if word == "you" || word == "your" {
					t.Errorf("%s, %s: got %q, want it to speak to nobody", kind, code, words)
				}
			}
		}
	}
}
