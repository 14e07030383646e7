package views_test

import (
	"testing"

	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/views/admin"
)

// Each reason of failed syncs is a sentence with whoever must act; the code stands beside it.
func TestFailedSyncsSayWhatHappenedAndWhoActs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		code fault.Code
		want string
		acts string
	}{
		{fault.Timeout, "TikTok did not answer in time.", "TikTok"},
		{fault.Network, "Truecount could not reach TikTok.", "Admin"},
		{fault.RateLimit, "TikTok is limiting this app.", "TikTok"},
		{fault.QuotaExhausted, "The TikTok quota is used up.", "–"},
		{fault.PlatformError, "TikTok had a problem.", "TikTok"},
		{fault.BadResponse, "TikTok sent an unexpected response.", "Admin"},
		{fault.AuthFailed, "TikTok refused access to the account.", "Creator"},
		{fault.AuthExpired, "Access to the TikTok account expired.", "Creator"},
		{fault.AuthRevoked, "Access was removed on TikTok.", "Creator"},
		{fault.ScopeMissing, "A TikTok permission was not granted.", "Creator"},
		{fault.NotFound, "TikTok can't find the account.", "Creator"},
		{fault.AppRefused, "TikTok refuses this server's credentials or review status.", "Admin"},
		{fault.NotConfigured, "TikTok is not configured on this server.", "Admin"},
		{fault.NotConnected, "The account was disconnected during the sync.", "–"},
		{fault.Conflict, "The connection changed during the sync.", "–"},
		{fault.Internal, "Truecount could not finish the sync.", "Admin"},
		{"", "Truecount could not finish the sync.", "Admin"},
	} {
		for count, syncs := range map[int]string{1: "1 sync", 12: "12 syncs"} {
			group := health.FailureGroup{Platform: "tiktok", Code: string(tc.code), Count: count}
			list := &console.Failures{Groups: []health.FailureGroup{group}}
			doc := render(t, admin.Failures(adminPage(), list))
			line := find(one(t, doc, "#failures"), "li.p-row")
			if len(line) != 1 {
				t.Fatalf("%s: got %d groups, want 1", tc.code, len(line))
			}
			wantWords(t, line[0], tc.want, syncs+" · Waiting on: "+tc.acts+" · ")
			codes := find(line[0], "code")
			if tc.code == "" && len(codes) > 0 {
				t.Errorf("a failure without a code: got %d codes, want none", len(codes))
			}
			if tc.code != "" && (len(codes) != 1 || phrases(codes[0]) != string(tc.code)) {
				t.Errorf("%s: got %d codes, want it beside its sentence", tc.code, len(codes))
			}
		}
	}
}
