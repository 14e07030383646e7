package health

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/delivery"
	"github.com/truecount/truecount/ent/run"
)

// ear is a channel that remembers, or refuses.
type ear struct {
	name string
	mu   sync.Mutex
	got  []notify.Message
	deaf error
	then func() // once it was told
}

func (e *ear) Name() string { return e.name }

func (e *ear) Send(_ context.Context, m notify.Message) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.deaf != nil {
		return e.deaf
	}
	e.got = append(e.got, m)
	if e.then != nil {
		e.then()
	}
	return nil
}

// heard lists what a channel was told, as "event RULE/platform".
func (e *ear) heard() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := []string{}
	for _, m := range e.got {
		out = append(out, m.Event+" "+m.Rule+"/"+m.Platform)
	}
	return out
}

// listen gives a world channels.
func (w *world) listen(ears ...*ear) {
	w.h.base = "https://count.example.test"
	w.h.channels = func(context.Context) ([]notify.Channel, error) {
		var out []notify.Channel
		for _, e := range ears {
			out = append(out, e)
		}
		return out, nil
	}
}

// minute lets a minute pass and does what the clock does then.
func (w *world) minute() {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	w.must(w.db.Clock.UpdateOneID(tick).SetLastAt(w.now).Exec(w.ctx))
	w.must(w.h.Check(w.ctx))
	w.must(w.h.Deliver(w.ctx))
}

// pass lets a long time pass, with a check every so often.
func (w *world) pass(long, step time.Duration) {
	w.t.Helper()
	for end := w.now.Add(long); w.now.Before(end); {
		w.now = w.now.Add(step - time.Minute)
		w.minute()
	}
}

func (w *world) settle() {
	w.t.Helper()
	w.must(w.db.Run.Update().Where(run.SettledAtIsNil()).SetSettledAt(w.now).Exec(w.ctx))
}

// N1: a month in which each rule's fault comes once, lasts three hours, and goes: each is told of once, within five
// minutes, and its end once; nothing is told of that did not happen.
func TestAMonthOfFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	var lost string
	month := []struct {
		rule        string
		begin, over func()
	}{
		{TokenExpired + "/tiktok", func() {
			lost = w.connect("tiktok", "lost", func(c *ent.ConnectionCreate) { c.SetStatus(connection.StatusNeedsReconnect) })
		}, func() { w.must(w.db.Connection.UpdateOneID(lost).SetStatus(connection.StatusConnected).Exec(w.ctx)) }},
		{RateLimitHit + "/tiktok", func() {
			w.must(w.db.Run.Create().SetConnectionID(w.conn["tiktok"]).SetPlatform("tiktok").SetTrigger(run.TriggerSchedule).SetState(run.StateDeferred).SetRateLimited(true).SetNextAttemptAt(w.now.Add(3 * time.Hour)).SetCreatedAt(w.now).Exec(w.ctx))
		}, func() { _, err := w.db.Run.Delete().Where(run.CompletedAtIsNil()).Exec(w.ctx); w.must(err) }},
		{ScheduleLate + "/tiktok", func() {
			w.must(w.db.Clock.Create().SetID("tiktok").SetNextAt(w.now.Add(-16 * time.Minute)).Exec(w.ctx))
		}, func() { w.must(w.db.Clock.UpdateOneID("tiktok").SetNextAt(w.now.AddDate(0, 2, 0)).Exec(w.ctx)) }},
		{DeadLetter + "/instagram", func() { w.run("instagram", run.StateDead, 0, code("INTERNAL")) }, w.settle},
		{QuotaSpent + "/tiktok", func() { w.quota(w.now, 24*time.Hour, 900) }, func() { w.must(w.db.QuotaUse.Update().SetUsed(1).Exec(w.ctx)) }},
		{MetricWithdrawn + "/tiktok", func() { w.refuse("tiktok", "shares", 3, false) }, func() { _, err := w.db.Refusal.Delete().Exec(w.ctx); w.must(err) }},
		{FailureRate + "/tiktok", func() {
			for range 20 {
				w.run("tiktok", run.StateFailed, 0, code("NOT_FOUND"))
			}
			w.run("tiktok", run.StateSuccess, 0)
		}, func() { _, err := w.db.Run.Delete().Exec(w.ctx); w.must(err) }},
		{PlatformDown + "/instagram", func() {
			for range 4 {
				w.run("instagram", run.StateDead, 0, code("PLATFORM_ERROR"))
			}
		}, func() { w.settle(); w.run("instagram", run.StateSuccess, 0) }},
		{AppRefused + "/instagram", func() {
			w.must(w.db.Hold.Create().SetID("instagram").SetCode("APP_REFUSED").SetSince(w.now).SetUntil(w.now.AddDate(1, 0, 0)).Exec(w.ctx))
		}, func() { _, err := w.db.Hold.Delete().Exec(w.ctx); w.must(err) }},
		{QueueStuck + "/tiktok", func() {
			w.must(w.db.Run.Create().SetConnectionID(w.conn["tiktok"]).SetPlatform("tiktok").SetTrigger(run.TriggerAdmin).SetState(run.StateQueued).SetCreatedAt(w.now.Add(-stuckAfter - time.Minute)).Exec(w.ctx))
		}, func() { _, err := w.db.Run.Delete().Where(run.CompletedAtIsNil()).Exec(w.ctx); w.must(err) }},
		{TokenTampered + "/tiktok", func() {
			w.must(w.db.Connection.UpdateOneID(lost).SetStatus(connection.StatusNeedsReconnect).SetStatusDetail("the stored token is not what we stored").Exec(w.ctx))
		}, nil},
	}
	month = month[:len(month)-1] // TOKEN_TAMPERED has a test of its own: it opens TOKEN_EXPIRED with it
	var want []string
	for _, f := range month {
		w.pass(48*time.Hour, 6*time.Hour) // nothing happens
		if got := e.heard(); !slices.Equal(got, want) {
			t.Fatalf("before %s: got %v, want %v", f.rule, got, want)
		}
		began := w.now
		f.begin()
		for range 5 {
			w.minute()
		}
		want = append(want, "opened "+f.rule)
		if got := e.heard(); !slices.Equal(got, want) {
			t.Fatalf("%s has begun: got %v, want %v", f.rule, got, want)
		}
		m := e.got[len(e.got)-1]
		if m.FirstSeen.Sub(began) > 5*time.Minute || m.Count < 1 || !strings.HasPrefix(m.Link, "https://count.example.test/admin/alerts/") || m.Text == "" || m.Title == "" {
			t.Errorf("%s: got %+v, want platform, count, first seen and link", f.rule, m)
		}
		w.pass(3*time.Hour, 30*time.Minute)
		if got := e.heard(); !slices.Equal(got, want) {
			t.Fatalf("%s lasts: got %v, want no more than %v", f.rule, got, want)
		}
		f.over()
		for range 5 {
			w.minute()
		}
		want = append(want, "over "+f.rule)
		if got := e.heard(); !slices.Equal(got, want) {
			t.Fatalf("%s is over: got %v, want %v", f.rule, got, want)
		}
	}
}

// N2: an outage of two days in which a thousand syncs give up: one alert that lasts, repeated daily, one note that it is
// over with what is left to do; five messages at most.
func TestAStormIsFewMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	w.minute()
	for i := range 1000 {
		w.run("tiktok", run.StateDead, 0, code("PLATFORM_ERROR"))
		if i%25 == 0 { // at the first, too: it gave up before the platform was known to be down
			w.minute()
			w.pass(time.Hour, time.Hour)
		}
	}
	w.run("tiktok", run.StateSuccess, 0)
	w.pass(time.Hour, time.Minute)
	got := e.heard()
	want := []string{"opened DEAD_LETTER/tiktok", "opened PLATFORM_DOWN/tiktok", "reminder PLATFORM_DOWN/tiktok", "over PLATFORM_DOWN/tiktok"}
	if !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if over := e.got[3].Text; !strings.Contains(over, "What is left: 1000 runs of TikTok gave up") {
		t.Errorf("over: got %q, want what is left", over)
	}
	if open := w.db.Alert.Query().Where(alert.ResolvedAtIsNil(), alert.Rule(DeadLetter)).OnlyX(w.ctx); open.Follows == "" {
		t.Error("the dead letters: got an alert by itself, want one that the outage speaks for")
	}
	w.settle()
	w.pass(26*time.Hour, time.Hour)
	if got := e.heard(); len(got) != 5 || got[4] != "over DEAD_LETTER/tiktok" {
		t.Errorf("in all: got %v, want five, the last about what was left", got)
	}
}

// N3: a channel that fails is tried again, and for all to see has failed within a quarter of an hour; another one is not
// held up by it.
func TestAChannelIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deaf, e := &ear{name: "deaf", deaf: errors.New("the answer was HTTP 500")}, &ear{name: "ear"}
	w.listen(deaf, e)
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.minute()
	if got := e.heard(); len(got) != 1 {
		t.Fatalf("the other channel: got %v, want its message", got)
	}
	for range 14 {
		w.minute()
	}
	states, err := w.h.ChannelStates(w.ctx)
	w.must(err)
	d := w.db.Delivery.Query().Where(delivery.Channel("deaf")).OnlyX(w.ctx)
	if states[0].Error != "the answer was HTTP 500" || states[0].Waiting != 1 || states[1].Error != "" || d.Attempts < 4 {
		t.Errorf("got %+v after %d tries, want a failure to be seen and several tries", states, d.Attempts)
	}
	deaf.deaf = nil
	w.must(w.h.SendAgain(w.ctx, d.ID))
	w.minute()
	if got := deaf.heard(); fmt.Sprint(got) != "[opened DEAD_LETTER/tiktok]" {
		t.Errorf("it hears again: got %v", got)
	}
	if err := w.h.SendAgain(w.ctx, d.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("again: got %v, want CONFLICT", err)
	}
	deaf.deaf = errors.New("gone")
	w.settle()
	w.pass(30*time.Hour, 30*time.Minute)
	if n := w.db.Delivery.Query().Where(delivery.NextAtNotNil()).CountX(w.ctx); n != 0 {
		t.Errorf("a day later: got %d messages that wait, want them dropped", n)
	}
}

// An alert that is over before anybody could be told is told of once, with its end.
func TestOverBeforeItWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear", deaf: errors.New("no answer in time")}
	w.listen(e)
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.minute()
	w.settle()
	for range 4 {
		w.minute()
	}
	e.deaf = nil
	w.pass(time.Hour, 2*time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[over DEAD_LETTER/tiktok]" {
		t.Errorf("got %v, want one message that says it came and went", got)
	}
}

// What comes back within minutes is the same alert; what comes and goes all day is told of twice at most.
func TestFlapping(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	set := DefaultAlerts()
	set.FailureRuns = 1000
	w.must(w.h.SetAlerts(w.ctx, set))
	for range 3 { // gone for a minute, and back
		w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
		w.minute()
		w.settle()
		w.minute()
	}
	if n := w.db.Alert.Query().CountX(w.ctx); n != 1 {
		t.Fatalf("alerts: got %d, want one that went on", n)
	}
	w.pass(20*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[opened DEAD_LETTER/tiktok over DEAD_LETTER/tiktok]" {
		t.Fatalf("got %v, want one opening and one end", got)
	}
	for range 6 {
		w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
		w.pass(30*time.Minute, 10*time.Minute)
		w.settle()
		w.pass(30*time.Minute, 10*time.Minute)
	}
	if got := e.heard(); len(got) != 6 {
		t.Errorf("a day of it: got %v, want three openings and their ends: the later ones did not last", got)
	}
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.pass(5*time.Hour, 10*time.Minute)
	if got := e.heard(); len(got) != 7 || !strings.Contains(e.got[6].Text, "It comes and goes: ") {
		t.Errorf("one that lasts: got %v, want it told of, with how often it came", got)
	}
}

// Acknowledged: no reminder, but its end. Muted: nothing, for the cause, until then.
func TestAcknowledgeAndMute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.minute()
	id := w.db.Alert.Query().OnlyIDX(w.ctx)
	w.must(w.h.Acknowledge(w.ctx, id, w.owner, "on it"))
	w.pass(50*time.Hour, time.Hour)
	w.settle()
	w.pass(10*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[opened DEAD_LETTER/tiktok over DEAD_LETTER/tiktok]" {
		t.Errorf("acknowledged: got %v, want no reminder", got)
	}
	if err := w.h.Acknowledge(w.ctx, id, w.owner, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("acknowledge what is over: got %v, want CONFLICT", err)
	}

	w.pass(26*time.Hour, time.Hour)
	e.got = nil
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.must(w.h.Check(w.ctx)) // it opens, and before anything is sent somebody mutes it
	id = w.db.Alert.Query().Where(alert.ResolvedAtIsNil()).OnlyIDX(w.ctx)
	if err := w.h.Mute(w.ctx, id, w.owner, " ", time.Hour); !fault.Is(err, fault.Invalid) {
		t.Errorf("mute without a reason: got %v, want INVALID", err)
	}
	w.must(w.h.Mute(w.ctx, id, w.owner, "the vendor knows", 7*24*time.Hour))
	w.pass(time.Hour, 5*time.Minute)
	w.settle()
	w.pass(time.Hour, 5*time.Minute)
	w.run("tiktok", run.StateDead, 0, code("INTERNAL")) // again, while it is muted
	w.pass(3*24*time.Hour, time.Hour)
	if got := e.heard(); len(got) != 0 {
		t.Errorf("muted: got %v, want nothing", got)
	}
	w.pass(4*24*time.Hour, time.Hour)
	if got := e.heard(); len(got) == 0 {
		t.Error("the mute is over and the cause lasts: got nothing, want a message")
	}
	if err := w.h.Mute(w.ctx, "nothing", w.owner, "x", time.Hour); !fault.Is(err, fault.NotFound) {
		t.Errorf("mute an unknown one: got %v, want NOT_FOUND", err)
	}
}

// Warnings wait for the end of quiet hours; what is critical does not.
func TestQuietHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	set := DefaultAlerts()
	set.QuietFrom, set.QuietTo, set.QuietZone = "11:00", "14:30", "Europe/Berlin" // noon UTC is 13:00 there
	w.must(w.h.SetAlerts(w.ctx, set))
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.must(w.db.Hold.Create().SetID("instagram").SetCode("APP_REFUSED").SetSince(w.now).SetUntil(w.now.AddDate(1, 0, 0)).Exec(w.ctx))
	w.pass(80*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[opened APP_REFUSED/instagram]" {
		t.Errorf("in quiet hours: got %v, want what is critical alone", got)
	}
	w.pass(20*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[opened APP_REFUSED/instagram opened DEAD_LETTER/tiktok]" {
		t.Errorf("after them: got %v, want the warning too", got)
	}
}

func TestQuietUntil(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ from, to, at, want string }{
		{"22:00", "07:00", "23:15", "07:00"}, {"22:00", "07:00", "03:00", "07:00"}, {"22:00", "07:00", "07:00", ""}, {"22:00", "07:00", "21:59", ""},
		{"12:00", "13:00", "12:00", "13:00"}, {"", "", "12:00", ""}, {"12:00", "12:00", "12:00", ""}, {"25:00", "07:00", "03:00", ""},
	} {
		at, err := time.Parse("15:04", tc.at)
		if err != nil {
			t.Fatal(err)
		}
		now := noon.Truncate(24 * time.Hour).Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute)
		until, quiet := AlertSettings{QuietFrom: tc.from, QuietTo: tc.to, QuietZone: "UTC"}.quietUntil(now)
		got := ""
		if quiet {
			got = until.Format("15:04")
			if !until.After(now) || until.Sub(now) > 24*time.Hour {
				t.Errorf("%+v: got %s, want it after now", tc, until)
			}
		}
		if got != tc.want {
			t.Errorf("%+v: got %q", tc, got)
		}
	}
}

// Odd settings are refused by field and change nothing.
func TestAlertSettingsRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for field, change := range map[string]func(*AlertSettings){
		"failure_percent": func(s *AlertSettings) { s.FailurePercent = -1 }, "late_minutes": func(s *AlertSettings) { s.LateMinutes = 1 },
		"quota_percent": func(s *AlertSettings) { s.QuotaPercent = 101 }, "quiet_from": func(s *AlertSettings) { s.QuietFrom = "22:00" },
		"quiet_zone": func(s *AlertSettings) { s.QuietZone = "Mars/Base" }, "off": func(s *AlertSettings) { s.Off = []string{"NOTHING"} },
	} {
		s := DefaultAlerts()
		change(&s)
		err := w.h.SetAlerts(w.ctx, s)
		var f *fault.Error
		if !errors.As(err, &f) || f.Fields[field] == "" {
			t.Errorf("%s: got %v, want it named", field, err)
		}
	}
	if got, err := w.h.AlertSettings(w.ctx); err != nil || fmt.Sprint(got) != fmt.Sprint(DefaultAlerts()) {
		t.Errorf("got %+v, %v, want the defaults", got, err)
	}
	s := DefaultAlerts()
	s.DeadLetters, s.Off = 3, []string{RateLimitHit}
	w.must(w.h.SetAlerts(w.ctx, s))
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"), func(r *ent.RunCreate) { r.SetRateLimited(true) })
	if got := w.check(); len(got) != 0 {
		t.Errorf("below the threshold and switched off: got %v", got)
	}
}

// D2: a database that takes no writes is told of at once, once, and its end too.
func TestNoWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	w.h.probed, w.h.refusal = w.now.Add(time.Minute), errors.New("database or disk is full")
	w.now = w.now.Add(time.Minute)
	for range 3 {
		w.h.probed = w.now
		w.must(w.h.Check(w.ctx))
		w.now = w.now.Add(time.Second)
	}
	if got := e.heard(); fmt.Sprint(got) != "[opened DATABASE_NOT_WRITABLE/]" {
		t.Fatalf("got %v, want one message", got)
	}
	if n := w.db.Alert.Query().CountX(w.ctx); n != 0 {
		t.Errorf("alerts: got %d, want nothing written", n)
	}
	w.pass(10*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[opened DATABASE_NOT_WRITABLE/ over DATABASE_NOT_WRITABLE/]" {
		t.Errorf("it takes writes again: got %v", got)
	}
}

// A second process that checks at the same time opens nothing twice and tells nobody twice.
func TestTwoProcessesCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	other := New(Options{Store: w.store, Platforms: w.h.platforms, Source: "live", Now: func() time.Time { return w.now }, Started: w.h.started, Channels: w.h.channels, BaseURL: w.h.base})
	for i := range 10 {
		w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
		if i == 5 {
			w.settle()
		}
		var both sync.WaitGroup
		for _, h := range []*Health{w.h, other} {
			both.Go(func() {
				if err := errors.Join(h.Check(w.ctx), h.Deliver(w.ctx)); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		w.now = w.now.Add(11 * time.Second)
	}
	if got := e.heard(); fmt.Sprint(got) != "[opened DEAD_LETTER/tiktok opened FAILURE_RATE/tiktok]" {
		t.Errorf("got %v, want each once", got)
	}
}

// The console tells what the database holds, and nothing is lost of an alert's story.
func TestAlertStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen(&ear{name: "ear"})
	for range 5 {
		w.run("tiktok", run.StateDead, 0, code("PLATFORM_ERROR"))
	}
	w.minute()
	l, err := w.h.Alerts(w.ctx, AlertQuery{})
	w.must(err)
	if len(l.Rows) != 2 || l.Open != 2 || len(l.Channels) != 1 {
		t.Fatalf("got %+v, want two open alerts and a channel", l)
	}
	root := l.Rows[slices.IndexFunc(l.Rows, func(a AlertRow) bool { return a.Rule.ID == PlatformDown })]
	s, err := w.h.Alert(w.ctx, root.ID)
	w.must(err)
	if len(s.Followers) != 1 || s.Followers[0].Rule.ID != DeadLetter || len(s.Deliveries) != 1 || len(s.Groups) != 1 || s.Groups[0].Count != 5 {
		t.Errorf("got %+v, want what follows, the message and the reasons", s)
	}
	f, err := w.h.Alert(w.ctx, s.Followers[0].ID)
	w.must(err)
	if f.Root == nil || f.Root.ID != root.ID || len(f.Deliveries) != 0 {
		t.Errorf("got %+v, want its root and no message of its own", f)
	}
	for _, q := range []AlertQuery{{State: "odd"}, {Rule: "NOTHING"}, {Platform: "myspace"}} {
		if _, err := w.h.Alerts(w.ctx, q); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: got %v, want INVALID", q, err)
		}
	}
	for _, id := range []string{"nothing", "\xff", ""} {
		if _, err := w.h.Alert(w.ctx, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: got %v, want NOT_FOUND", id, err)
		}
	}
}

// hold makes a platform refuse us until it is lifted.
func (w *world) hold(platformID string) func() {
	w.t.Helper()
	w.must(w.db.Hold.Create().SetID(platformID).SetCode("APP_REFUSED").SetSince(w.now).SetUntil(w.now.AddDate(1, 0, 0)).Exec(w.ctx))
	return func() { w.must(w.db.Hold.DeleteOneID(platformID).Exec(w.ctx)) }
}

// What is critical and begins after a short trouble is over is told of at once, whatever that trouble was.
func TestCriticalAfterAHiccup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	lift := w.hold("tiktok")
	w.minute()
	lift()
	w.pass(30*time.Minute, time.Minute)
	for range 4 {
		w.run("tiktok", run.StateDead, 0, code("PLATFORM_ERROR"))
	}
	w.pass(5*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[opened APP_REFUSED/tiktok over APP_REFUSED/tiktok opened PLATFORM_DOWN/tiktok]" {
		t.Errorf("got %v, want the outage told of at once", got)
	}
}

// A muted alert speaks for nobody: what follows from it is told of.
func TestAMutedRoot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	for range 20 {
		w.run("tiktok", run.StateFailed, 0, code("NOT_FOUND"))
	}
	w.minute()
	w.must(w.h.Mute(w.ctx, w.db.Alert.Query().OnlyIDX(w.ctx), w.owner, "known", 30*24*time.Hour))
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.pass(5*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[opened FAILURE_RATE/tiktok opened DEAD_LETTER/tiktok]" {
		t.Errorf("got %v, want the dead letter told of although its root is muted", got)
	}
}

// A channel that is not set here may be another process's: its messages wait. One that is new is told of what is open.
func TestChannelsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := &ear{name: "a"}, &ear{name: "b"}
	w.listen(a)
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.must(w.h.Check(w.ctx))
	w.listen(b) // another process, or a setting mended
	w.minute()
	w.minute()
	if got := b.heard(); fmt.Sprint(got) != "[opened DEAD_LETTER/tiktok]" {
		t.Errorf("the new channel: got %v, want what is open, once", got)
	}
	w.listen(a, b)
	w.minute()
	if got := a.heard(); fmt.Sprint(got) != "[opened DEAD_LETTER/tiktok]" || len(b.heard()) != 1 {
		t.Errorf("got %v and %v, want each told once", got, b.heard())
	}
}

// A rule that is switched off ends its alert without saying that the cause is over.
func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	w.hold("tiktok")
	w.minute()
	set := DefaultAlerts()
	set.Off = []string{AppRefused}
	w.must(w.h.SetAlerts(w.ctx, set))
	w.pass(10*time.Minute, time.Minute)
	if got := e.heard(); len(got) != 1 || w.db.Alert.Query().Where(alert.ResolvedAtIsNil()).ExistX(w.ctx) {
		t.Errorf("got %v, want no end told, and no open alert", got)
	}
}

// The end of a warning waits for quiet hours to end, as its opening does.
func TestOverInQuietHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.minute()
	set := DefaultAlerts()
	set.QuietFrom, set.QuietTo = "12:30", "15:00"
	w.must(w.h.SetAlerts(w.ctx, set))
	w.pass(30*time.Minute, time.Minute)
	w.settle()
	w.pass(2*time.Hour, 10*time.Minute)
	if got := e.heard(); len(got) != 1 {
		t.Errorf("in quiet hours: got %v, want no end yet", got)
	}
	w.pass(time.Hour, 10*time.Minute)
	if got := e.heard(); len(got) != 2 {
		t.Errorf("after them: got %v, want the end", got)
	}
}

// What the sandbox made up is nothing to a live installation of the same database: no alert, and no message.
func TestAlertsOfTheOtherMode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	w.must(w.db.Alert.Create().SetSource("sandbox").SetRule(DeadLetter).SetPlatform("tiktok").SetMessage("made up").SetOpenedAt(w.now.Add(-time.Hour)).SetLastSeenAt(w.now).SetNotifiedAt(w.now.Add(-time.Hour)).Exec(w.ctx))
	w.pass(10*time.Minute, time.Minute)
	l, err := w.h.Alerts(w.ctx, AlertQuery{State: "all"})
	w.must(err)
	if len(e.heard()) != 0 || len(l.Rows) != 0 || l.Open != 0 {
		t.Errorf("got %v and %+v, want nothing", e.heard(), l.Rows)
	}
	w.run("tiktok", run.StateDead, 0, code("INTERNAL")) // the same cause, of ours
	w.minute()
	if got := e.heard(); len(got) != 1 {
		t.Errorf("ours: got %v, want it told of", got)
	}
}

// A message that is on its way is not sent a second time by a click, and two admins do not undo each other unseen.
func TestClicksOnAlerts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear", deaf: errors.New("no answer in time")}
	w.listen(e)
	w.run("tiktok", run.StateDead, 0, code("INTERNAL"))
	w.minute()
	d := w.db.Delivery.Query().OnlyX(w.ctx)
	w.must(w.db.Delivery.UpdateOneID(d.ID).SetClaimedUntil(w.now.Add(claimed)).Exec(w.ctx)) // another process sends it
	if err := w.h.SendAgain(w.ctx, d.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("send again what is being sent: got %v, want CONFLICT", err)
	}
	id := w.db.Alert.Query().OnlyIDX(w.ctx)
	w.must(w.h.Acknowledge(w.ctx, id, w.owner, "I do it"))
	if err := w.h.Acknowledge(w.ctx, id, "another", ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("acknowledge twice: got %v, want CONFLICT", err)
	}
	w.must(w.h.Mute(w.ctx, id, w.owner, "noise", time.Hour))
	w.must(w.h.Unmute(w.ctx, id, w.owner))
	if a := w.db.Alert.GetX(w.ctx, id); a.AcknowledgedAt == nil || a.MutedUntil != nil {
		t.Error("the end of a mute took the acknowledgement with it")
	}
	states, err := w.h.ChannelStates(w.ctx)
	w.must(err)
	if states[0].Error != "no answer in time" {
		t.Errorf("after the mute withdrew its messages: got %+v, want the channel's failure still seen", states[0])
	}
	e.deaf = nil
	w.now = w.now.Add(time.Minute)
	if _, err := w.h.Test(w.ctx); err != nil {
		t.Fatal(err)
	}
	if states, err = w.h.ChannelStates(w.ctx); err != nil || states[0].Error != "" || states[0].Sent == nil {
		t.Errorf("after a test message: got %+v, %v, want it to work", states, err)
	}
}
