package machines

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/truecount/truecount/app/platform"
)

// The document is sound for any list of platforms, with addresses that they call and without.
func TestDocumentOfAnyPlatforms(t *testing.T) {
	t.Parallel()
	bare := platform.Spec{ID: "bare"}
	calling := platform.Spec{
		ID:    "calling",
		Hooks: []platform.HookAddress{{Says: "One."}, {Name: "gone", Says: "Two.", Form: true, Tracks: true}},
	}
	for want, specs := range map[string][]platform.Spec{`["bare"]`: {bare}, "/api/webhooks/calling/gone": {bare, calling}} {
		b := Document(specs)
		doc, err := openapi3.NewLoader().LoadFromData(b)
		if err == nil {
			err = doc.Validate(t.Context())
		}
		if err != nil || !strings.Contains(string(b), want) || strings.Contains(string(b), "{platforms}") ||
			strings.Contains(string(b), "{hooks}") {
			t.Errorf("%d platforms: got %v, want a sound document with %s", len(specs), err, want)
		}
	}
}
