package health

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/run"
)

// meddler is a channel on which something happens while a message is on its way.
type meddler struct {
	ear
	during func()
}

func (m *meddler) Send(ctx context.Context, msg notify.Message) error {
	if m.during != nil {
		during := m.during
		m.during = nil
		during()
	}
	return m.ear.Send(ctx, msg)
}

func (w *world) meddle(m *meddler) {
	w.h.base = "https://count.example.test"
	w.h.channels = func(context.Context) ([]notify.Channel, error) { return []notify.Channel{m}, nil }
}

// An alert that comes back while its end is being told is a new one: the end stands, and somebody hears of it again.
func TestBackWhileItsEndIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := &meddler{ear: ear{name: "ear"}}
	w.meddle(m)
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.minute()
	w.settle()
	w.minute()
	w.now = w.now.Add(2 * time.Minute)
	m.during = func() {
		w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
		w.must(w.h.Check(w.ctx))
	}
	w.must(w.h.Deliver(w.ctx))
	w.pass(5*time.Minute, time.Minute)
	if got := m.heard(); fmt.Sprint(got) != "[opened DEAD_LETTER/tiktok over DEAD_LETTER/tiktok opened DEAD_LETTER/tiktok]" {
		t.Errorf("got %v, want it told of again", got)
	}
}

// What is muted while a message fails is not sent a minute later.
func TestMutedWhileItFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := &meddler{ear: ear{name: "ear", deaf: errors.New("no answer in time")}}
	w.meddle(m)
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	m.during = func() {
		w.must(w.h.Mute(w.ctx, w.db.Alert.Query().OnlyIDX(w.ctx), w.owner, "known", time.Hour))
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
	ears := []*ear{{name: "a"}, {name: "b"}, {name: "c"}}
	w.listen(ears...)
	full := func(long time.Duration) {
		for end := w.now.Add(long); w.now.Before(end); w.now = w.now.Add(time.Minute) {
			w.h.probed, w.h.refusal = w.now, errors.New("database or disk is full")
			w.must(w.h.Check(w.ctx))
		}
		w.h.probed = time.Time{}
	}
	for range 10 {
		full(2 * time.Minute)
		w.pass(2*time.Minute, time.Minute)
	}
	for _, e := range ears {
		if got := e.heard(); len(got) > 4 {
			t.Errorf("ten short ones: got %v, want two openings and their ends at most", got)
		}
	}
	before := len(ears[0].heard())
	full(20 * time.Minute)
	if got := ears[0].heard(); len(got) != before+1 {
		t.Errorf("one that lasts: got %v, want it told of", got)
	}
	w.pass(10*time.Minute, time.Minute)
	set := DefaultAlerts()
	set.Off = []string{DatabaseNotWritable}
	w.must(w.h.SetAlerts(w.ctx, set))
	w.pass(25*time.Hour, time.Hour)
	before = len(ears[0].heard())
	full(10 * time.Minute)
	if got := ears[0].heard(); len(got) != before {
		t.Errorf("switched off: got %v, want no more", got)
	}
}

// What has been over for more than a year is forgotten, with its messages; the rest stays.
func TestOldAlertsAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen(&ear{name: "ear"})
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.minute()
	w.settle()
	w.minute()
	w.now = w.now.AddDate(0, 0, 399)
	w.must(w.h.Forget(w.ctx))
	if n := w.db.Alert.Query().CountX(w.ctx); n != 1 {
		t.Fatalf("after 399 days: got %d alerts, want it kept", n)
	}
	w.now = w.now.AddDate(0, 0, 2)
	w.must(w.h.Forget(w.ctx))
	if n, m := w.db.Alert.Query().Where(alert.ResolvedAtNotNil()).CountX(w.ctx), w.db.Delivery.Query().CountX(w.ctx); n != 0 || m != 0 {
		t.Errorf("after 401 days: got %d alerts and %d messages, want none", n, m)
	}
}
