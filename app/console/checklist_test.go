package console

import (
	"testing"

	"github.com/truecount/truecount/app/fault"
)

// What an admin marked as done of a platform's setup is remembered, step by step and platform by platform.
func TestTheChecklistIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check := func(platform, step string, done bool) {
		t.Helper()
		if err := w.co.Check(w.Ctx, platform, step, done); err != nil {
			t.Fatal(err)
		}
	}
	check("tiktok", "app", true)
	check("tiktok", "redirect", true)
	check("tiktok", "app", true)
	check("youtube", "project", true)
	check("tiktok", "redirect", false)
	got, err := w.co.Checklist(w.Ctx, "tiktok")
	if err != nil || !got["app"] || got["redirect"] || len(got) != 1 {
		t.Errorf("got %v, %v, want the app alone", got, err)
	}
	if got, err := w.co.Checklist(w.Ctx, "instagram"); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v for a platform that was not begun", got, err)
	}
	for _, odd := range [][2]string{{"lumen", "app"}, {"tiktok", "project"}, {"tiktok", ""}} {
		if err := w.co.Check(w.Ctx, odd[0], odd[1], true); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v: got %v, want NOT_FOUND", odd, err)
		}
	}
}
