package platformtest

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/sandbox"
)

func show(n *int64) string {
	if n == nil {
		return "unknown"
	}
	return strconv.FormatInt(*n, 10)
}

func same(a, b *int64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// sameProfile compares a profile with the world's truth. What a platform does not tell at all may
// be unknown; what is told must be right.
func sameProfile(t testing.TB, got platform.Profile, want sandbox.Profile) {
	t.Helper()
	for what, pair := range map[string][2]string{
		"external id": {got.ExternalID, want.ID}, "second id": {got.AltID, want.AltID}, "handle": {got.Handle, want.Handle},
		"name": {got.DisplayName, want.Name}, "bio": {got.Bio, want.Bio},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s of %s: got %q, want %q", what, want.Handle, pair[0], pair[1])
		}
	}
	if !same(got.Followers, want.Followers) {
		t.Errorf("followers of %s: got %s, want %s", want.Handle, show(got.Followers), show(want.Followers))
	}
	if !same(got.Posts, &want.Posts) {
		t.Errorf("posts of %s: got %s, want %d", want.Handle, show(got.Posts), want.Posts)
	}
	for what, pair := range map[string][2]*int64{"following": {got.Following, &want.Following},
		"views": {got.Views, &want.Views}, "likes": {got.Likes, &want.Likes}} {
		if pair[0] != nil && !same(pair[0], pair[1]) {
			t.Errorf("%s of %s: got %s, want %s", what, want.Handle, show(pair[0]), show(pair[1]))
		}
	}
	if got.Verified != nil && *got.Verified != want.Verified {
		t.Errorf("verified mark of %s: got %t, want %t", want.Handle, *got.Verified, want.Verified)
	}
}

// samePosts compares posts with the newest of the world's, all of them and no others, newest first.
// lost names the counters that the platform or the granted scopes do not give.
func samePosts(t testing.TB, got []platform.Post, want []sandbox.Post, lost []string) {
	t.Helper()
	byID := map[string]platform.Post{}
	for i, p := range got {
		if _, twice := byID[p.ExternalID]; twice {
			t.Errorf("got post %s twice", p.ExternalID)
		}
		byID[p.ExternalID] = p
		if i > 0 && p.PostedAt.After(got[i-1].PostedAt) {
			t.Errorf("got post %s after an older one, want newest first", p.ExternalID)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d posts, want %d", len(got), len(want))
	}
	for _, w := range want {
		p, ok := byID[w.ID]
		if !ok {
			t.Errorf("got no post %s of %s, want it", w.ID, w.PublishedAt)
			continue
		}
		samePost(t, p, w, lost)
	}
}

func samePost(t testing.TB, got platform.Post, want sandbox.Post, lost []string) {
	t.Helper()
	truth := want.Counters()
	for i, n := range got.Counters() {
		c, wanted := reading.Counter(i), truth[i]
		switch {
		case !c.Shown():
			continue // stored as given, where it is
		case slices.Contains(lost, c.String()):
			wanted = nil
		case c == reading.Likes && want.LikesHidden && slices.Contains(lost, reading.Views.String()):
			wanted = nil // hidden likes are known from the insights alone, and these are not given
		}
		if !same(n, wanted) {
			t.Errorf("%s of post %d (%s): got %s, want %s", c, want.Index, want.ID, show(n), show(wanted))
		}
	}
	if got.Interactions != nil && !same(got.Interactions, want.Interactions) {
		t.Errorf("interactions of post %d: got %s, want %s", want.Index, show(got.Interactions), show(want.Interactions))
	}
	// No API field tells a Short from a video: unless the text says so, it is one.
	if string(got.MediaType) != string(want.Kind) &&
		(want.Kind != sandbox.PostShort || got.MediaType != platform.MediaVideo) {
		t.Errorf("kind of post %d: got %s, want %s", want.Index, got.MediaType, want.Kind)
	}
	if got.DurationSeconds != nil && *got.DurationSeconds != want.Seconds {
		t.Errorf("length of post %d: got %s, want %d", want.Index, show(got.DurationSeconds), want.Seconds)
	}
	if want.Kind != sandbox.PostLive && !got.PostedAt.Equal(want.PublishedAt.Truncate(1e9)) {
		t.Errorf("date of post %d: got %s, want %s", want.Index, got.PostedAt, want.PublishedAt)
	}
	if text := got.Title + "\n" + got.Caption; !strings.Contains(text, want.Caption) {
		t.Errorf("text of post %d: got %q, want %q in it", want.Index, text, want.Caption)
	}
	if got.Permalink == "" || strings.Contains(got.Permalink, "access_token") {
		t.Errorf("permalink of post %d: got %q, want one without a token", want.Index, got.Permalink)
	}
}
