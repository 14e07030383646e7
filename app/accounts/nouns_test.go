package accounts

import (
	"strings"
	"testing"

	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/reading"
)

// Whatever a platform of the list calls its followers and posts, and every counter, has its words in the catalogue, so
// that no page shows a Spec's own English in another language.
func TestEveryNounHasItsWords(t *testing.T) {
	t.Parallel()
	want := func(table map[string]string, name, of string) {
		t.Helper()
		if table[strings.ToLower(name)] == "" {
			t.Errorf("%s: got no words for %q, want a row in nouns.go", of, name)
		}
	}
	for _, m := range all.Platforms().Makers() {
		want(MetricNouns, m.Spec.Followers, m.Spec.ID)
		want(MetricHeads, m.Spec.Followers, m.Spec.ID)
		want(nouns, m.Spec.PostNoun, m.Spec.ID)
		want(nounHeads, m.Spec.PostNoun, m.Spec.ID)
		want(Published, m.Spec.PostNoun, m.Spec.ID)
	}
	for _, c := range []reading.Counter{
		reading.Views, reading.Reach, reading.Likes, reading.Comments, reading.Shares, reading.Saves,
	} {
		want(MetricNouns, c.String(), "counter")
		want(MetricHeads, c.String(), "counter")
	}
}
