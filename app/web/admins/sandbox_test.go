package admins

import "testing"

func TestCutAccount(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{"tiktok/a/b": {"tiktok", "a/b"}, "": {"", ""}, "plain": {"", "plain"}, "/x": {"", "x"}} {
		if p, a, _ := cutAccount(in); p != want[0] || a != want[1] {
			t.Errorf("%q: got %q and %q, want %q", in, p, a, want)
		}
	}
}
