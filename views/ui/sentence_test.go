package ui_test

import (
	"testing"

	"github.com/truecount/truecount/views/ui"
)

func TestSentence(t *testing.T) {
	t.Parallel()
	got := markup(t, ui.Sentence("format.list.last", "First", ui.Link("/terms", "a <b>"), "Last", "c & \x007\x00d"))
	if want := `<a href="/terms">a &lt;b&gt;</a> and c &amp; 7d`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
