package alerts

import (
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/delivery"
)

// J12: a message that was sent, and of which that cannot be written down, is not sent again; nothing else is sent
// before it is.
func TestASentMessageThatCannotBeNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder"}
	w.listen(e)
	w.Must(w.DB.Connection.UpdateOneID(w.Conn["tiktok"]).SetStatus(connection.StatusNeedsReconnect).Exec(w.Ctx))
	w.Must(w.al.Check(w.Ctx))
	var allow func()
	w.channels = nil
	w.listen(e)
	e.then = func() {
		if allow == nil { // while it is sent
			allow = storetest.Deny(t, w.Store.SQL(), w.Store.Dialect, "deliveries")
		}
	}
	for range 5 {
		if err := w.al.Deliver(w.Ctx); err == nil {
			t.Error("got no error although nothing can be noted")
		}
		w.Time = w.Time.Add(2 * time.Minute)
	}
	allow()
	for range 3 {
		w.Must(w.al.Deliver(w.Ctx))
		w.Time = w.Time.Add(2 * time.Minute)
	}
	if got := e.heard(); len(got) != 1 {
		t.Errorf("got %v, want it told once", got)
	}
	if n := w.DB.Delivery.Query().Where(delivery.SentAtNotNil(), delivery.Attempts(1)).CountX(w.Ctx); n != 1 {
		t.Errorf("got %d messages noted as sent, want one", n)
	}
}

// J14: a message that waits for a moment which a wrong clock has set is sent once the clock is right.
func TestAMessageFromTheFuture(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &recorder{name: "recorder"}
	w.listen(e)
	w.Must(w.DB.Connection.UpdateOneID(w.Conn["tiktok"]).SetStatus(connection.StatusNeedsReconnect).Exec(w.Ctx))
	w.Must(w.al.Check(w.Ctx))
	w.Must(
		w.DB.Delivery.Update().SetNextAt(w.Time.AddDate(0, 0, 400)).SetClaimedUntil(w.Time.AddDate(0, 0, 400)).Exec(w.Ctx),
	)
	w.minute()
	if got := e.heard(); len(got) != 1 {
		t.Errorf("got %v, want it told", got)
	}
}

// What the platform itself calls spent is 100 % on the page, in the metric and for the alert, with our count beside it.
func TestThePlatformsWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.quota(w.Time, 24*time.Hour, 5)
	used := func() float64 {
		t.Helper()
		m, err := w.c.QuotaUsed(w.Ctx)
		w.Must(err)
		return m["tiktok"]
	}
	if got := used(); got <= 0 || got > 0.1 {
		t.Fatalf("got %v, want what was counted", got)
	}
	row := w.DB.QuotaUse.Query().OnlyX(w.Ctx)
	w.Must(w.DB.QuotaUse.UpdateOne(row).SetReserved(995).Exec(w.Ctx))
	if got := used(); got != 1 {
		t.Errorf("got %v in the metric, want 1", got)
	}
	w.Must(w.al.Check(w.Ctx))
	a := w.DB.Alert.Query().Where(alert.Rule(RuleQuotaSpent)).OnlyX(w.Ctx)
	if !strings.Contains(a.Message, "The platform says TIKTOK_QUOTA is used up, with 5 units counted here") {
		t.Errorf("got the alert %q, want the platform's word", a.Message)
	}
}
