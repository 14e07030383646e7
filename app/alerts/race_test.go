package alerts

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/run"
)

// meddler is a channel on which something happens while a message is on its way.
type meddler struct {
	recorder
	during func()
}

func (m *meddler) Send(ctx context.Context, msg notify.Message) error {
	if m.during != nil {
		during := m.during
		m.during = nil
		during()
	}
	return m.recorder.Send(ctx, msg)
}

func (w *world) meddle(m *meddler) {
	w.channels = []notify.Channel{m}
}

// An alert that comes back while its end is being told is a new one: the end stands, and somebody hears of it again.
func TestBackWhileItsEndIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := &meddler{recorder: recorder{name: "recorder"}}
	w.meddle(m)
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	w.minute()
	w.settle()
	w.minute()
	w.Time = w.Time.Add(2 * time.Minute)
	m.during = func() {
		w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
		w.Must(w.al.Check(w.Ctx))
	}
	w.Must(w.al.Deliver(w.Ctx))
	w.pass(5*time.Minute, time.Minute)
	if got := m.heard(); fmt.Sprint(
		got,
	) != "[opened DEAD_LETTER/tiktok over DEAD_LETTER/tiktok opened DEAD_LETTER/tiktok]" {
		t.Errorf("got %v, want it told of again", got)
	}
}

// What is muted while a message fails is not sent a minute later.
func TestMutedWhileItFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := &meddler{recorder: recorder{name: "recorder", deaf: errors.New("no answer in time")}}
	w.meddle(m)
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	m.during = func() {
		w.Must(w.al.Mute(w.Ctx, w.DB.Alert.Query().OnlyIDX(w.Ctx), w.Owner, "known", time.Hour))
	}
	w.minute()
	m.deaf = nil
	w.pass(30*time.Minute, time.Minute)
	if got := m.heard(); len(got) != 0 {
		t.Errorf("got %v, want nothing: it was muted", got)
	}
}

// D2: a full disk is told of on every channel at once, and one that comes and goes twice a day at once; a rule that is
// switched off is silent here too.
func TestNoWritesComesAndGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	recorders := []*recorder{{name: "a"}, {name: "b"}, {name: "c"}}
	w.listen(recorders...)
	full := func(long time.Duration) {
		w.refusal = errors.New("database or disk is full")
		for end := w.Time.Add(long); w.Time.Before(end); w.Time = w.Time.Add(time.Minute) {
			w.Must(w.al.Check(w.Ctx))
		}
		w.refusal = nil
	}
	for range 10 {
		full(2 * time.Minute)
		w.pass(2*time.Minute, time.Minute)
	}
	for _, e := range recorders {
		if got := e.heard(); len(got) > 4 {
			t.Errorf("ten short ones: got %v, want two openings and their ends at most", got)
		}
	}
	before := len(recorders[0].heard())
	full(20 * time.Minute)
	if got := recorders[0].heard(); len(got) != before+1 {
		t.Errorf("one that lasts: got %v, want it told of", got)
	}
	w.pass(10*time.Minute, time.Minute)
	set := DefaultSettings()
	set.Off = []string{health.ReasonDatabaseNotWritable}
	w.Must(w.al.SetSettings(w.Ctx, set))
	w.pass(25*time.Hour, time.Hour)
	before = len(recorders[0].heard())
	full(10 * time.Minute)
	if got := recorders[0].heard(); len(got) != before {
		t.Errorf("switched off: got %v, want no more", got)
	}
}

// What has been over for more than a year is forgotten, with its messages; the rest stays.
func TestOldAlertsAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen(&recorder{name: "recorder"})
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	w.minute()
	w.settle()
	w.minute()
	w.Time = w.Time.AddDate(0, 0, 399)
	w.Must(w.al.Prune(w.Ctx))
	if n := w.DB.Alert.Query().CountX(w.Ctx); n != 1 {
		t.Fatalf("after 399 days: got %d alerts, want it kept", n)
	}
	w.Time = w.Time.AddDate(0, 0, 2)
	w.Must(w.al.Prune(w.Ctx))
	if n, m := w.DB.Alert.Query().Where(alert.ResolvedAtNotNil()).CountX(w.Ctx), w.DB.Delivery.Query().CountX(w.Ctx); n != 0 ||
		m != 0 {
		t.Errorf("after 401 days: got %d alerts and %d messages, want none", n, m)
	}
}
