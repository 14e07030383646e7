package connect_test

import (
	"testing"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
)

// A platform calls the addresses that its Spec names; under any other name there is nothing, whatever is sent.
func TestCallsUnderOtherNames(t *testing.T) {
	t.Parallel()
	b := stand(t)
	for _, tc := range []struct {
		platform, name string
		want           fault.Code
	}{
		{"instagram", "deauthorize", fault.Forbidden}, {"instagram", "data-deletion", fault.Forbidden}, {"tiktok", "", fault.Forbidden},
		{"instagram", "", fault.NotFound}, {"instagram", "deletion", fault.NotFound}, {"instagram", "anything", fault.NotFound}, {"instagram", "Deauthorize", fault.NotFound},
		{"instagram", "deauthorize/", fault.NotFound}, {"tiktok", "deauthorize", fault.NotFound}, {"tiktok", "data-deletion", fault.NotFound}, {"youtube", "", fault.NotFound}, {"youtube", "deauthorize", fault.NotFound},
	} {
		if _, err := b.ReceiveHook(b.ctx, tc.platform, tc.name, platform.HookCall{}); !fault.Is(err, tc.want) {
			t.Errorf("%s/%s: got %v, want %s", tc.platform, tc.name, err, tc.want)
		}
	}
	for _, spec := range b.platforms.Specs() {
		p, _ := b.platforms.Get(spec.ID)
		if _, hooks := p.(platform.Hooker); hooks != (len(spec.Hooks) > 0) {
			t.Errorf("%s: got a Hooker %v and %d addresses, want both or neither", spec.ID, hooks, len(spec.Hooks))
		}
	}
}
