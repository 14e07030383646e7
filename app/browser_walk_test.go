package app_test

import (
	"testing"

	"github.com/truecount/truecount/app/auth"
)

// A person with a browser signs in and sees the three accounts; the browser has nothing to
// complain about.
func TestBrowser(t *testing.T) {
	t.Parallel()
	ctx, wrong := tab(t)
	s, word := demo(t)
	signIn(t, ctx, s.URL, auth.DemoCreator, word)
	act(t, ctx, "read the overview", sees("main", "Instagram"), sees("main", "TikTok"), sees("main", "YouTube"))
	if got := wrong.String(); got != "" {
		t.Errorf("got complaints of the browser, want none:\n%s", got)
	}
}
