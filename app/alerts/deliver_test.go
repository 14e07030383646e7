package alerts

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
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/delivery"
	"github.com/truecount/truecount/ent/run"
)

// recorder is a channel that remembers, or refuses.
type recorder struct {
	name string
	mu   sync.Mutex
	got  []notify.Message
	deaf error
	then func() // once it was told
}

func (e *recorder) Name() string { return e.name }

func (e *recorder) Send(_ context.Context, m notify.Message) error {
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
func (e *recorder) heard() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := []string{}
	for _, m := range e.got {
		out = append(out, m.Event+" "+m.Rule+"/"+m.Platform)
	}
	return out
}

// listen gives a world channels.
func (w *world) listen(recorders ...*recorder) {
	w.channels = nil
	for _, e := range recorders {
		w.channels = append(w.channels, e)
	}
}

// minute lets a minute pass and does what the clock does then.
func (w *world) minute() {
	w.T.Helper()
	w.Time = w.Time.Add(time.Minute)
	w.Must(w.DB.Clock.UpdateOneID("tick").SetLastAt(w.Time).Exec(w.Ctx))
	w.Must(w.al.Check(w.Ctx))
	w.Must(w.al.Deliver(w.Ctx))
}

// pass lets a long time pass, with a check every so often.
func (w *world) pass(long, step time.Duration) {
	w.T.Helper()
	for end := w.Time.Add(long); w.Time.Before(end); {
		w.Time = w.Time.Add(step - time.Minute)
		w.minute()
	}
}

func (w *world) settle() {
	w.T.Helper()
	w.Must(w.DB.Run.Update().Where(run.SettledAtIsNil()).SetSettledAt(w.Time).Exec(w.Ctx))
}

// N1: a month in which each rule's fault comes once, lasts three hours, and goes: each is told of once, within five
// minutes, and its end once; nothing is told of that did not happen.
func TestAMonthOfFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder"}
	w.listen(e)
	var lost string
	month := []struct {
		rule        string
		begin, over func()
	}{
		{RuleTokenExpired + "/tiktok", func() {
			lost = w.Connect("tiktok", "lost", func(c *ent.ConnectionCreate) { c.SetStatus(connection.StatusNeedsReconnect) })
		}, func() { w.Must(w.DB.Connection.UpdateOneID(lost).SetStatus(connection.StatusConnected).Exec(w.Ctx)) }},
		{RuleRateLimitHit + "/tiktok", func() {
			w.Must(
				w.DB.Run.Create().
					SetConnectionID(w.Conn["tiktok"]).
					SetPlatform("tiktok").
					SetTrigger(run.TriggerSchedule).
					SetState(run.StateDeferred).
					SetRateLimited(true).
					SetNextAttemptAt(w.Time.Add(3 * time.Hour)).
					SetCreatedAt(w.Time).
					Exec(w.Ctx),
			)
		}, func() { _, err := w.DB.Run.Delete().Where(run.CompletedAtIsNil()).Exec(w.Ctx); w.Must(err) }},
		{health.ReasonScheduleLate + "/tiktok", func() {
			w.Must(w.DB.Clock.Create().SetID("tiktok").SetNextAt(w.Time.Add(-16 * time.Minute)).Exec(w.Ctx))
		}, func() { w.Must(w.DB.Clock.UpdateOneID("tiktok").SetNextAt(w.Time.AddDate(0, 2, 0)).Exec(w.Ctx)) }},
		{
			RuleDeadLetter + "/instagram",
			func() { w.Run("instagram", run.StateDead, 0, healthtest.Code("INTERNAL")) },
			w.settle,
		},
		{
			RuleQuotaSpent + "/tiktok",
			func() { w.quota(w.Time, 24*time.Hour, 900) },
			func() { w.Must(w.DB.QuotaUse.Update().SetUsed(1).Exec(w.Ctx)) },
		},
		{
			RuleMetricWithdrawn + "/tiktok",
			func() { w.refuse("tiktok", "shares", 3, false) },
			func() { _, err := w.DB.Refusal.Delete().Exec(w.Ctx); w.Must(err) },
		},
		{health.ReasonFailureRate + "/tiktok", func() {
			for range 20 {
				w.Run("tiktok", run.StateFailed, 0, healthtest.Code("NOT_FOUND"))
			}
			w.Run("tiktok", run.StateSuccess, 0)
		}, func() { _, err := w.DB.Run.Delete().Exec(w.Ctx); w.Must(err) }},
		{health.ReasonPlatformDown + "/instagram", func() {
			for range 4 {
				w.Run("instagram", run.StateDead, 0, healthtest.Code("PLATFORM_ERROR"))
			}
		}, func() { w.settle(); w.Run("instagram", run.StateSuccess, 0) }},
		{health.ReasonAppRefused + "/instagram", func() {
			w.Must(
				w.DB.Hold.Create().
					SetID("instagram").
					SetCode("APP_REFUSED").
					SetSince(w.Time).
					SetUntil(w.Time.AddDate(1, 0, 0)).
					Exec(w.Ctx),
			)
		}, func() { _, err := w.DB.Hold.Delete().Exec(w.Ctx); w.Must(err) }},
		{RuleQueueStuck + "/tiktok", func() {
			w.Must(
				w.DB.Run.Create().
					SetConnectionID(w.Conn["tiktok"]).
					SetPlatform("tiktok").
					SetTrigger(run.TriggerAdmin).
					SetState(run.StateQueued).
					SetCreatedAt(w.Time.Add(-stuckAfter - time.Minute)).
					Exec(w.Ctx),
			)
		}, func() { _, err := w.DB.Run.Delete().Where(run.CompletedAtIsNil()).Exec(w.Ctx); w.Must(err) }},
		{RuleTokenTampered + "/tiktok", func() {
			w.Must(
				w.DB.Connection.UpdateOneID(lost).
					SetStatus(connection.StatusNeedsReconnect).
					SetStatusDetail("the stored token is not what we stored").
					Exec(w.Ctx),
			)
		}, nil},
	}
	month = month[:len(month)-1] // TOKEN_TAMPERED has a test of its own: it opens TOKEN_EXPIRED with it
	var want []string
	for _, f := range month {
		w.pass(48*time.Hour, 6*time.Hour) // nothing happens
		if got := e.heard(); !slices.Equal(got, want) {
			t.Fatalf("before %s: got %v, want %v", f.rule, got, want)
		}
		began := w.Time
		f.begin()
		for range 5 {
			w.minute()
		}
		want = append(want, "opened "+f.rule)
		if got := e.heard(); !slices.Equal(got, want) {
			t.Fatalf("%s has begun: got %v, want %v", f.rule, got, want)
		}
		m := e.got[len(e.got)-1]
		if m.FirstSeen.Sub(began) > 5*time.Minute || m.Count < 1 ||
			!strings.HasPrefix(m.Link, "https://count.example.test/admin/alerts/") ||
			m.Text == "" ||
			m.Title == "" {
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

// N2: an outage of two days in which a thousand syncs give up: one alert that lasts, repeated daily, one note that it
// is over with what is left to do; five messages at most.
func TestAStormIsFewMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder"}
	w.listen(e)
	w.minute()
	for i := range 1000 {
		w.Run("tiktok", run.StateDead, 0, healthtest.Code("PLATFORM_ERROR"))
		if i%25 == 0 { // at the first, too: it gave up before the platform was known to be down
			w.minute()
			w.pass(time.Hour, time.Hour)
		}
	}
	w.Run("tiktok", run.StateSuccess, 0)
	w.pass(time.Hour, time.Minute)
	got := e.heard()
	want := []string{
		"opened DEAD_LETTER/tiktok",
		"opened PLATFORM_DOWN/tiktok",
		"reminder PLATFORM_DOWN/tiktok",
		"over PLATFORM_DOWN/tiktok",
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if over := e.got[3].Text; !strings.Contains(over, "Still open: 1,000 TikTok syncs failed after 5 attempts") {
		t.Errorf("over: got %q, want what is left", over)
	}
	if open := w.DB.Alert.Query().Where(alert.ResolvedAtIsNil(), alert.Rule(RuleDeadLetter)).OnlyX(w.Ctx); open.Follows == "" {
		t.Error("the dead letters: got an alert by itself, want one that the outage speaks for")
	}
	w.settle()
	w.pass(26*time.Hour, time.Hour)
	if got := e.heard(); len(got) != 5 || got[4] != "over DEAD_LETTER/tiktok" {
		t.Errorf("in all: got %v, want five, the last about what was left", got)
	}
}

// N3: a channel that fails is tried again, and for all to see has failed within a quarter of an hour; another one is
// not held up by it.
func TestAChannelIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deaf, e := &recorder{name: "deaf", deaf: errors.New("the answer was HTTP 500")}, &recorder{name: "recorder"}
	w.listen(deaf, e)
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	w.minute()
	if got := e.heard(); len(got) != 1 {
		t.Fatalf("the other channel: got %v, want its message", got)
	}
	for range 14 {
		w.minute()
	}
	states, err := w.al.ChannelStates(w.Ctx)
	w.Must(err)
	d := w.DB.Delivery.Query().Where(delivery.Channel("deaf")).OnlyX(w.Ctx)
	if states[0].Error != "the answer was HTTP 500" || states[0].Waiting != 1 || states[1].Error != "" || d.Attempts < 4 {
		t.Errorf("got %+v after %d tries, want a failure to be seen and several tries", states, d.Attempts)
	}
	deaf.deaf = nil
	w.Must(w.al.SendAgain(w.Ctx, d.ID))
	w.minute()
	if got := deaf.heard(); fmt.Sprint(got) != "[opened DEAD_LETTER/tiktok]" {
		t.Errorf("it hears again: got %v", got)
	}
	if err := w.al.SendAgain(w.Ctx, d.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("again: got %v, want CONFLICT", err)
	}
	deaf.deaf = errors.New("gone")
	w.settle()
	w.pass(30*time.Hour, 30*time.Minute)
	if n := w.DB.Delivery.Query().Where(delivery.NextAtNotNil()).CountX(w.Ctx); n != 0 {
		t.Errorf("a day later: got %d messages that wait, want them dropped", n)
	}
}

// An alert that is over before anybody could be told is told of once, with its end.
func TestOverBeforeItWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder", deaf: errors.New("no answer in time")}
	w.listen(e)
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
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
	e := &recorder{name: "recorder"}
	w.listen(e)
	set := DefaultSettings()
	set.Values["failure_runs"] = 1000
	w.Must(w.al.SetSettings(w.Ctx, set))
	for range 3 { // gone for a minute, and back
		w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
		w.minute()
		w.settle()
		w.minute()
	}
	if n := w.DB.Alert.Query().CountX(w.Ctx); n != 1 {
		t.Fatalf("alerts: got %d, want one that went on", n)
	}
	w.pass(20*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[opened DEAD_LETTER/tiktok over DEAD_LETTER/tiktok]" {
		t.Fatalf("got %v, want one opening and one end", got)
	}
	for range 6 {
		w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
		w.pass(30*time.Minute, 10*time.Minute)
		w.settle()
		w.pass(30*time.Minute, 10*time.Minute)
	}
	if got := e.heard(); len(got) != 6 {
		t.Errorf("a day of it: got %v, want three openings and their ends: the later ones did not last", got)
	}
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	w.pass(5*time.Hour, 10*time.Minute)
	if got := e.heard(); len(got) != 7 || !strings.Contains(e.got[6].Text, "It comes and goes: ") {
		t.Errorf("one that lasts: got %v, want it told of, with how often it came", got)
	}
}

// Acknowledged: no reminder, but its end. Muted: nothing, for the cause, until then.
func TestAcknowledgeAndMute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder"}
	w.listen(e)
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	w.minute()
	id := w.DB.Alert.Query().OnlyIDX(w.Ctx)
	w.Must(w.al.Acknowledge(w.Ctx, id, w.Owner, "on it"))
	w.pass(50*time.Hour, time.Hour)
	w.settle()
	w.pass(10*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[opened DEAD_LETTER/tiktok over DEAD_LETTER/tiktok]" {
		t.Errorf("acknowledged: got %v, want no reminder", got)
	}
	if err := w.al.Acknowledge(w.Ctx, id, w.Owner, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("acknowledge what is over: got %v, want CONFLICT", err)
	}

	w.pass(26*time.Hour, time.Hour)
	e.got = nil
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	w.Must(w.al.Check(w.Ctx)) // it opens, and before anything is sent somebody mutes it
	id = w.DB.Alert.Query().Where(alert.ResolvedAtIsNil()).OnlyIDX(w.Ctx)
	if err := w.al.Mute(w.Ctx, id, w.Owner, " ", time.Hour); !fault.Is(err, fault.Invalid) {
		t.Errorf("mute without a reason: got %v, want INVALID", err)
	}
	w.Must(w.al.Mute(w.Ctx, id, w.Owner, "the vendor knows", 7*24*time.Hour))
	w.pass(time.Hour, 5*time.Minute)
	w.settle()
	w.pass(time.Hour, 5*time.Minute)
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL")) // again, while it is muted
	w.pass(3*24*time.Hour, time.Hour)
	if got := e.heard(); len(got) != 0 {
		t.Errorf("muted: got %v, want nothing", got)
	}
	w.pass(4*24*time.Hour, time.Hour)
	if got := e.heard(); len(got) == 0 {
		t.Error("the mute is over and the cause lasts: got nothing, want a message")
	}
	if err := w.al.Mute(w.Ctx, "nothing", w.Owner, "x", time.Hour); !fault.Is(err, fault.NotFound) {
		t.Errorf("mute an unknown one: got %v, want NOT_FOUND", err)
	}
}

// Warnings wait for the end of quiet hours; what is critical does not.
func TestQuietHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder"}
	w.listen(e)
	set := DefaultSettings()
	set.QuietFrom, set.QuietTo, set.QuietZone = "11:00", "14:30", "Europe/Berlin" // healthtest.Noon UTC is 13:00 there
	w.Must(w.al.SetSettings(w.Ctx, set))
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	w.Must(
		w.DB.Hold.Create().
			SetID("instagram").
			SetCode("APP_REFUSED").
			SetSince(w.Time).
			SetUntil(w.Time.AddDate(1, 0, 0)).
			Exec(w.Ctx),
	)
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
		now := healthtest.Noon.Truncate(24 * time.Hour).
			Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute)
		until, quiet := Settings{QuietFrom: tc.from, QuietTo: tc.to, QuietZone: "UTC"}.quietUntil(now)
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
func TestSettingsRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for field, change := range map[string]func(*Settings){
		"failure_percent": func(s *Settings) { s.Values["failure_percent"] = -1 }, "late_minutes": func(s *Settings) { s.Values["late_minutes"] = 1 },
		"quota_percent": func(s *Settings) { s.Values["quota_percent"] = 101 }, "quiet_from": func(s *Settings) { s.QuietFrom = "22:00" },
		"quiet_zone": func(s *Settings) { s.QuietZone = "Mars/Base" }, "off": func(s *Settings) { s.Off = []string{"NOTHING"} },
	} {
		s := DefaultSettings()
		change(&s)
		err := w.al.SetSettings(w.Ctx, s)
		var f *fault.Error
		if !errors.As(err, &f) || f.Fields[field].IsZero() {
			t.Errorf("%s: got %v, want it named", field, err)
		}
	}
	if got, err := w.al.Settings(w.Ctx); err != nil || fmt.Sprint(got) != fmt.Sprint(DefaultSettings()) {
		t.Errorf("got %+v, %v, want the defaults", got, err)
	}
	s := DefaultSettings()
	s.Values["dead_letters"], s.Off = 3, []string{RuleRateLimitHit}
	w.Must(w.al.SetSettings(w.Ctx, s))
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"), func(r *ent.RunCreate) { r.SetRateLimited(true) })
	if got := w.check(); len(got) != 0 {
		t.Errorf("below the threshold and switched off: got %v", got)
	}
}

// D2: a database that takes no writes is told of at once, once, and its end too.
func TestNoWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder"}
	w.listen(e)
	w.refusal = errors.New("database or disk is full")
	for range 3 {
		w.Must(w.al.Check(w.Ctx))
		w.Time = w.Time.Add(time.Second)
	}
	if got := e.heard(); fmt.Sprint(got) != "[opened DATABASE_NOT_WRITABLE/]" {
		t.Fatalf("got %v, want one message", got)
	}
	if n := w.DB.Alert.Query().CountX(w.Ctx); n != 0 {
		t.Errorf("alerts: got %d, want nothing written", n)
	}
	w.refusal = nil
	w.pass(10*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[opened DATABASE_NOT_WRITABLE/ over DATABASE_NOT_WRITABLE/]" {
		t.Errorf("it takes writes again: got %v", got)
	}
}

// A second process that checks at the same time opens nothing twice and tells nobody twice.
func TestTwoProcessesCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder"}
	w.listen(e)
	other := w.process()
	for i := range 10 {
		w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
		if i == 5 {
			w.settle()
		}
		var both sync.WaitGroup
		for _, h := range []*Alerts{w.al, other} {
			both.Go(func() {
				if err := errors.Join(h.Check(w.Ctx), h.Deliver(w.Ctx)); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		w.Time = w.Time.Add(11 * time.Second)
	}
	if got := e.heard(); fmt.Sprint(got) != "[opened DEAD_LETTER/tiktok opened FAILURE_RATE/tiktok]" {
		t.Errorf("got %v, want each once", got)
	}
}

// The console tells what the database holds, and nothing is lost of an alert's story.
func TestAlertStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen(&recorder{name: "recorder"})
	for range 5 {
		w.Run("tiktok", run.StateDead, 0, healthtest.Code("PLATFORM_ERROR"))
	}
	w.minute()
	l, err := w.al.List(w.Ctx, Query{})
	w.Must(err)
	if len(l.Rows) != 2 || l.Open != 2 || len(l.Channels) != 1 {
		t.Fatalf("got %+v, want two open alerts and a channel", l)
	}
	root := l.Rows[slices.IndexFunc(l.Rows, func(a Row) bool { return a.Rule.ID == health.ReasonPlatformDown })]
	s, err := w.al.Story(w.Ctx, root.ID)
	w.Must(err)
	if len(s.Followers) != 1 || s.Followers[0].Rule.ID != RuleDeadLetter || len(s.Deliveries) != 1 || len(s.Groups) != 1 ||
		s.Groups[0].Count != 5 {
		t.Errorf("got %+v, want what follows, the message and the reasons", s)
	}
	f, err := w.al.Story(w.Ctx, s.Followers[0].ID)
	w.Must(err)
	if f.Root == nil || f.Root.ID != root.ID || len(f.Deliveries) != 0 {
		t.Errorf("got %+v, want its root and no message of its own", f)
	}
	for _, q := range []Query{{State: "odd"}, {Rule: "NOTHING"}, {Platform: "myspace"}} {
		if _, err := w.al.List(w.Ctx, q); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: got %v, want INVALID", q, err)
		}
	}
	for _, id := range []string{"nothing", "\xff", ""} {
		if _, err := w.al.Story(w.Ctx, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: got %v, want NOT_FOUND", id, err)
		}
	}
}

// hold makes a platform refuse us until it is lifted.
func (w *world) hold(platformID string) func() {
	w.T.Helper()
	w.Must(
		w.DB.Hold.Create().
			SetID(platformID).
			SetCode("APP_REFUSED").
			SetSince(w.Time).
			SetUntil(w.Time.AddDate(1, 0, 0)).
			Exec(w.Ctx),
	)
	return func() { w.Must(w.DB.Hold.DeleteOneID(platformID).Exec(w.Ctx)) }
}

// What is critical and begins after a short trouble is over is told of at once, whatever that trouble was.
func TestCriticalAfterAHiccup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder"}
	w.listen(e)
	lift := w.hold("tiktok")
	w.minute()
	lift()
	w.pass(30*time.Minute, time.Minute)
	for range 4 {
		w.Run("tiktok", run.StateDead, 0, healthtest.Code("PLATFORM_ERROR"))
	}
	w.pass(5*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(
		got,
	) != "[opened APP_REFUSED/tiktok over APP_REFUSED/tiktok opened PLATFORM_DOWN/tiktok]" {
		t.Errorf("got %v, want the outage told of at once", got)
	}
}

// A muted alert speaks for nobody: what follows from it is told of.
func TestAMutedRoot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder"}
	w.listen(e)
	for range 20 {
		w.Run("tiktok", run.StateFailed, 0, healthtest.Code("NOT_FOUND"))
	}
	w.minute()
	w.Must(w.al.Mute(w.Ctx, w.DB.Alert.Query().OnlyIDX(w.Ctx), w.Owner, "known", 30*24*time.Hour))
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	w.pass(5*time.Minute, time.Minute)
	if got := e.heard(); fmt.Sprint(got) != "[opened FAILURE_RATE/tiktok opened DEAD_LETTER/tiktok]" {
		t.Errorf("got %v, want the dead letter told of although its root is muted", got)
	}
}

// A channel that is not set here may be another process's: its messages wait. One that is new is told of what is open.
func TestChannelsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := &recorder{name: "a"}, &recorder{name: "b"}
	w.listen(a)
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	w.Must(w.al.Check(w.Ctx))
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
	e := &recorder{name: "recorder"}
	w.listen(e)
	w.hold("tiktok")
	w.minute()
	set := DefaultSettings()
	set.Off = []string{health.ReasonAppRefused}
	w.Must(w.al.SetSettings(w.Ctx, set))
	w.pass(10*time.Minute, time.Minute)
	if got := e.heard(); len(got) != 1 || w.DB.Alert.Query().Where(alert.ResolvedAtIsNil()).ExistX(w.Ctx) {
		t.Errorf("got %v, want no end told, and no open alert", got)
	}
}

// The end of a warning waits for quiet hours to end, as its opening does.
func TestOverInQuietHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder"}
	w.listen(e)
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	w.minute()
	set := DefaultSettings()
	set.QuietFrom, set.QuietTo = "12:30", "15:00"
	w.Must(w.al.SetSettings(w.Ctx, set))
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
	e := &recorder{name: "recorder"}
	w.listen(e)
	w.Must(
		w.DB.Alert.Create().
			SetSource("sandbox").
			SetRule(RuleDeadLetter).
			SetPlatform("tiktok").
			SetMessage("made up").
			SetOpenedAt(w.Time.Add(-time.Hour)).
			SetLastSeenAt(w.Time).
			SetNotifiedAt(w.Time.Add(-time.Hour)).
			Exec(w.Ctx),
	)
	w.pass(10*time.Minute, time.Minute)
	l, err := w.al.List(w.Ctx, Query{State: "all"})
	w.Must(err)
	if len(e.heard()) != 0 || len(l.Rows) != 0 || l.Open != 0 {
		t.Errorf("got %v and %+v, want nothing", e.heard(), l.Rows)
	}
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL")) // the same cause, of ours
	w.minute()
	if got := e.heard(); len(got) != 1 {
		t.Errorf("ours: got %v, want it told of", got)
	}
}

// A message that is on its way is not sent a second time by a click, and two admins do not undo each other unseen.
func TestClicksOnAlerts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder", deaf: errors.New("no answer in time")}
	w.listen(e)
	w.Run("tiktok", run.StateDead, 0, healthtest.Code("INTERNAL"))
	w.minute()
	d := w.DB.Delivery.Query().OnlyX(w.Ctx)
	w.Must(w.DB.Delivery.UpdateOneID(d.ID).SetClaimedUntil(w.Time.Add(claimLasts)).Exec(w.Ctx)) // another process sends it
	if err := w.al.SendAgain(w.Ctx, d.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("send again what is being sent: got %v, want CONFLICT", err)
	}
	id := w.DB.Alert.Query().OnlyIDX(w.Ctx)
	w.Must(w.al.Acknowledge(w.Ctx, id, w.Owner, "I do it"))
	if err := w.al.Acknowledge(w.Ctx, id, "another", ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("acknowledge twice: got %v, want CONFLICT", err)
	}
	w.Must(w.al.Mute(w.Ctx, id, w.Owner, "noise", time.Hour))
	w.Must(w.al.Unmute(w.Ctx, id, w.Owner))
	if a := w.DB.Alert.GetX(w.Ctx, id); a.AcknowledgedAt == nil || a.MutedUntil != nil {
		t.Error("the end of a mute took the acknowledgement with it")
	}
	states, err := w.al.ChannelStates(w.Ctx)
	w.Must(err)
	if states[0].Error != "no answer in time" {
		t.Errorf("after the mute withdrew its messages: got %+v, want the channel's failure still seen", states[0])
	}
	e.deaf = nil
	w.Time = w.Time.Add(time.Minute)
	if _, err := w.al.Test(w.Ctx); err != nil {
		t.Fatal(err)
	}
	if states, err = w.al.ChannelStates(w.Ctx); err != nil || states[0].Error != "" || states[0].Sent == nil {
		t.Errorf("after a test message: got %+v, %v, want it to work", states, err)
	}
}
