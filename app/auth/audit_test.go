package auth

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/viewer"
)

// S11: what somebody with the database's password does to the log is found: a change, a row taken out of the middle or
// of the end, one put in, a chain made anew.
func TestAuditChain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, sql, want string
	}{
		{"nothing", "", ""},
		{"a result changed", "UPDATE audit_events SET result = 'ok' WHERE action = 'sign_in_3'", "changed after it was written"},
		{"an actor changed", "UPDATE audit_events SET actor_id = 'another' WHERE action = 'sign_in_0'", "changed after it was written"},
		{"one taken out of the middle", "DELETE FROM audit_events WHERE action = 'sign_in_4'", "removed or changed"},
		{"the end taken out", "DELETE FROM audit_events WHERE action = 'sign_in_9'", "removed"},
		{"all taken out but the seal", "DELETE FROM audit_events", "removed"},
		{"one put in without a hash", "INSERT INTO audit_events (at, actor_id, action, target, result, ip, request_id) VALUES ('2026-11-25 12:00:00+00:00', 'x', 'x', '', '', '', '')", "not chained"},
		{"the seal taken out", "DELETE FROM meta WHERE id = 'audit_head'", "the seal at the end of the log is missing"},
		{"the seal spoilt", "UPDATE meta SET value = action FROM (SELECT hash AS action FROM audit_events ORDER BY id LIMIT 1) h WHERE id = 'audit_head'", "is not valid"},
		{"the seal emptied", "UPDATE meta SET value = prev_hash FROM (SELECT substr(hash, 1, 0) AS prev_hash FROM audit_events ORDER BY id LIMIT 1) h WHERE id = 'audit_head'", "is not valid"},
		{"one put in before all", "INSERT INTO audit_events (id, at, actor_id, action, target, result, ip, request_id) VALUES (-5, '2026-11-25 12:00:00+00:00', 'x', 'x', '', '', '', '')", "added outside Truecount"},
		{"one put in as number 0", "INSERT INTO audit_events (id, at, actor_id, action, target, result, ip, request_id, hash) SELECT 0, at, actor_id, action, target, result, ip, request_id, hash FROM audit_events WHERE action = 'sign_in_0'", "added outside Truecount"},
		{"all taken out", "DELETE FROM audit_events; DELETE FROM meta WHERE id = 'audit_head'", "all events were removed"},
		{"all and the note taken out", "DELETE FROM audit_events; DELETE FROM meta WHERE id IN ('audit_head', 'audit_begun')", "empty although people have signed in"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, ctx := storetest.New(t), viewer.System(t.Context(), viewer.ReasonTest)
			keys, err := vault.Ensure(t.TempDir() + "/keys.json")
			if err != nil {
				t.Fatal(err)
			}
			a := New(Options{Store: s, Seals: keys})
			if v, err := a.Log.Verify(ctx); err != nil || !v.Why.IsZero() {
				t.Fatalf("before the first event: got %+v, %v, want nothing wrong", v, err)
			}
			record := func(i int) {
				t.Helper()
				if err := a.Log.Record(ctx, Event{ActorID: "u", Action: fmt.Sprint("sign_in_", i), Target: "t\x00\xff", Result: "INVALID", IP: "192.0.2.1", RequestID: "r"}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := a.Create(ctx, NewUser{Email: "olu@example.test", Name: "Olu", Role: "admin", Password: "correct horse"}); err != nil {
				t.Fatal(err)
			}
			if _, err := a.SignIn(ctx, "olu@example.test", "correct horse", "192.0.2.1", ""); err != nil {
				t.Fatal(err)
			}
			for i := range 10 {
				record(i)
			}
			for _, q := range strings.Split(tc.sql, "; ") {
				if _, err := s.SQL().ExecContext(ctx, q); err != nil {
					t.Fatal(err)
				}
			}
			v, err := a.Log.Verify(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if (tc.want == "") != (v.Why.IsZero()) || !strings.Contains(v.Why.String(), tc.want) {
				t.Errorf("got %+v, want %q", v, tc.want)
			}
			if strings.Contains(tc.name, "note") {
				return // with nothing left of it, another one begins
			}
			record(10) // what goes on is no cure
			record(11)
			if v, err = a.Log.Verify(ctx); err != nil || (tc.want == "") != (v.Why.IsZero()) {
				t.Errorf("written on: got %+v, %v, want it found still: %q", v, err, tc.want)
			}
		})
	}
}

// The log takes events from many at once and stays one chain; the models refuse to change it.
func TestAuditAppends(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.New(t), viewer.System(t.Context(), viewer.ReasonTest)
	a := New(Options{Store: s})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 10 {
				if err := a.Log.Record(ctx, Event{Action: fmt.Sprintf("a%d", i), Target: fmt.Sprint(j)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	v, err := a.Log.Verify(ctx)
	if err != nil || v.Rows != 80 || !v.Why.IsZero() {
		t.Errorf("got %+v, %v, want 80 events in one chain", v, err)
	}
	if err := s.Client.AuditEvent.Update().SetResult("ok").Exec(ctx); err == nil {
		t.Error("change: got none, want a refusal")
	}
	if _, err := s.Client.AuditEvent.Delete().Exec(ctx); err == nil {
		t.Error("delete: got none, want a refusal")
	}
}

// What strangers do again and again is noted once in a while; what succeeds, always. // S11, S4
func TestStrangersDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.New(t), viewer.System(t.Context(), viewer.ReasonTest)
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	a := New(Options{Store: s, Now: func() time.Time { return now }})
	record := func(target, result string, seldom bool) {
		t.Helper()
		if err := a.Log.Record(ctx, Event{Action: "sign_in", Target: target, Result: result, Seldom: seldom}); err != nil {
			t.Fatal(err)
		}
	}
	count := func(what string, want int) {
		t.Helper()
		if v, err := a.Log.Verify(ctx); err != nil || v.Rows != want || !v.Why.IsZero() {
			t.Errorf("%s: got %+v, %v, want %d events", what, v, err, want)
		}
	}
	for range 20 {
		record("mina", "INVALID", true)
		record("mina", "TOO_MANY_REQUESTS", true)
		record("kim", "INVALID", true)
	}
	count("the same again and again", 3)
	for range 20 {
		record("mina", "ok", false)
	}
	count("what succeeds", 23)
	now = now.Add(5 * time.Minute)
	record("mina", "INVALID", true)
	record("mina", "INVALID", true)
	count("five minutes later", 24)
	for i := range 300 {
		record(fmt.Sprint("guess-", i), "TOO_MANY_REQUESTS", true)
	}
	count("one of each of many", 24+seldomMost)
}

func TestTrail(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.New(t), viewer.System(t.Context(), viewer.ReasonTest)
	a := New(Options{Store: s})
	id, err := a.Create(
		ctx,
		NewUser{Email: "olu@example.test", Name: "Olu Admin", Role: "admin", Password: "correct horse"},
	)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 230 {
		e := Event{Action: "sync", ActorID: id, Target: fmt.Sprint("c-", i), Result: "ok"}
		if i%10 == 0 {
			e.Action, e.ActorID = "pause", Command
		}
		if err := a.Log.Record(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		q          TrailQuery
		rows       int
		more       bool
		firstActor string
	}{
		{TrailQuery{}, 100, true, "Olu Admin"},
		{TrailQuery{Action: "pause"}, 23, false, "command"},
		{TrailQuery{Actor: "olu"}, 100, true, "Olu Admin"},
		{TrailQuery{Actor: Command, Target: "c-22"}, 1, false, "command"},
		{TrailQuery{Target: "c-11"}, 11, false, "Olu Admin"},
		{TrailQuery{Actor: "nobody"}, 0, false, ""},
		{TrailQuery{From: "2126-01-01"}, 0, false, ""},
	} {
		got, err := a.Log.Trail(ctx, tc.q)
		if err != nil || len(got.Rows) != tc.rows || got.More != tc.more ||
			(tc.rows > 0 && got.Rows[0].Actor != tc.firstActor) {
			t.Errorf(
				"%+v: got %d rows, more %v, %v, want %d, %v by %q",
				tc.q,
				len(got.Rows),
				got.More,
				err,
				tc.rows,
				tc.more,
				tc.firstActor,
			)
		}
	}
	if got, err := a.Log.Trail(ctx, TrailQuery{}); err != nil || strings.Join(got.Actions, " ") != "pause sync" {
		t.Errorf("actions: got %v, %v, want each once", got.Actions, err)
	}
	n, last := 0, 1<<30
	err = a.Log.EachTrail(ctx, TrailQuery{}, func(rows []TrailRow) error {
		for _, r := range rows {
			if r.ID >= last {
				t.Errorf("event %d after %d", r.ID, last)
			}
			n, last = n+1, r.ID
		}
		return nil
	})
	if err != nil || n != 230 {
		t.Errorf("each: got %d, %v, want 230", n, err)
	}
	for _, q := range []TrailQuery{{From: "yesterday"}, {Actor: "\xff"}, {Target: strings.Repeat("x", 201)}} {
		if _, err := a.Log.Trail(ctx, q); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: got %v, want INVALID", q, err)
		}
	}
}
