package console

import (
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent/run"
)

// Where syncing is well as a whole, the banner tells of the worst alert that is open: in red when it cannot wait, with
// how many more there are. A reason of the report itself comes before it.
func TestTheBannerTellsOfOpenAlerts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if b := w.overview("").Banner; b != (Banner{}) {
		t.Errorf("without an alert: got %+v, want nothing said", b)
	}
	opened := func(rule, message string) {
		w.Must(w.DB.Alert.Create().SetSource("live").SetRule(rule).SetPlatform("tiktok").SetMessage(message).
			SetOpenedAt(w.Time).SetLastSeenAt(w.Time).SetOccurrences(1).Exec(w.Ctx))
	}
	opened(alerts.RuleTokenExpired, "One account needs a reconnect.")
	if b := w.overview("").Banner; b != (Banner{Tone: "warn", Head: "One account needs a reconnect."}) {
		t.Errorf("with a warning: got %+v, want it told of", b)
	}
	opened(alerts.RuleTokenTampered, "A token was changed.")
	b := w.overview("").Banner
	if b.Tone != "err" || b.Head != "A token was changed." || !strings.Contains(b.Text, "1") {
		t.Errorf("with one that cannot wait: got %+v, want that one, and one more", b)
	}
	w.Must(w.DB.Clock.UpdateOneID("tick").SetLastAt(w.Time.Add(-time.Hour)).Exec(w.Ctx))
	w.rooms = open(w.Store, w.Platforms, w.Now) // what they remember of a minute is from before
	if b := w.overview("").Banner; b.Tone != "err" || b.Head == "A token was changed." {
		t.Errorf("with a scheduler that is silent: got %+v, want that", b)
	}
}

// An account's page says what keeps it from being synced, and what a person can do: the platform's pause before its
// refusal, and that before a run that waits.
func TestAConnectionsStoryNamesWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.Conn["tiktok"]
	says := func(when, next, todo string) {
		t.Helper()
		s, err := w.co.Connection(w.Ctx, id)
		w.Must(err)
		if !strings.Contains(s.Next, next) || (todo == "") != (s.Todo == "") || !strings.Contains(s.Todo, todo) {
			t.Errorf("%s: got %q and %q to do, want %q and %q", when, s.Next, s.Todo, next, todo)
		}
	}
	hold := func(id, code string, until time.Time) {
		w.Must(w.DB.Hold.Create().SetID(id).SetCode(code).SetSince(w.Time).SetUntil(until).Exec(w.Ctx))
	}
	w.Must(w.DB.Run.Create().SetConnectionID(id).SetPlatform("tiktok").SetTrigger(run.TriggerSchedule).
		SetState(run.StateRetrying).SetAttempt(2).SetErrorMessage("TikTok did not answer").SetCreatedAt(w.Time).
		SetNextAttemptAt(healthtest.Noon.Add(8 * time.Minute)).Exec(w.Ctx))
	says("a sync that is tried again", "TikTok did not answer", "")
	hold("tiktok", "APP_REFUSED", w.Time.Add(-time.Minute))
	says("a refusal whose time has come", "TikTok did not answer", "")
	w.Must(w.DB.Hold.UpdateOneID("tiktok").SetUntil(w.Time.Add(10 * time.Minute)).Exec(w.Ctx))
	says("a platform that refuses the installation", "TikTok refuses this installation", "Fix the credentials")
	hold(platform.PauseOf("tiktok"), platform.PausedCode, w.Time.AddDate(1, 0, 0))
	says("a platform that is paused", "TikTok is paused by an admin", "Resume the platform")
}
