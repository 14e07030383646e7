package creators

import "testing"

// O9: a form's way back is one of our own pages, whatever it says.
func TestWayBack(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"": "/connections", "/dashboard": "/dashboard", "/dashboard?metric=views&span=7d": "/dashboard?metric=views&span=7d", "/dashboard/tiktok": "/dashboard/tiktok",
		"//evil.example": "/connections", "https://evil.example/dashboard": "/connections", "https:evil": "/connections", `/\evil.example`: "/connections",
		"/dashboard/../admin": "/connections", "/dashboard\r\nX: y": "/connections", "javascript:alert(1)": "/connections", "/dashboard//evil.example": "/connections",
		"/admin": "/connections", "//evil.example/dashboard": "/connections",
	} {
		if got := returnPath(next, "/connections"); got != want {
			t.Errorf("%q: got %q, want %q", next, got, want)
		}
	}
}
