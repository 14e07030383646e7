package health

import (
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/delivery"
)

// F1, J12: a message that was sent, and of which that cannot be written down, is not sent again; nothing else is sent
// before it is.
func TestASentMessageThatCannotBeNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	w.must(w.db.Connection.UpdateOneID(w.conn["tiktok"]).SetStatus(connection.StatusNeedsReconnect).Exec(w.ctx))
	w.must(w.h.Check(w.ctx))
	var allow func()
	w.h.channels = nil
	w.listen(e)
	e.then = func() {
		if allow == nil { // while it is sent
			allow = storetest.Deny(t, w.store.SQL(), w.store.Dialect, "deliveries")
		}
	}
	for range 5 {
		if err := w.h.Deliver(w.ctx); err == nil {
			t.Error("got no error although nothing can be noted")
		}
		w.now = w.now.Add(2 * time.Minute)
	}
	allow()
	for range 3 {
		w.must(w.h.Deliver(w.ctx))
		w.now = w.now.Add(2 * time.Minute)
	}
	if got := e.heard(); len(got) != 1 {
		t.Errorf("got %v, want it told once", got)
	}
	if n := w.db.Delivery.Query().Where(delivery.SentAtNotNil(), delivery.Attempts(1)).CountX(w.ctx); n != 1 {
		t.Errorf("got %d messages noted as sent, want one", n)
	}
}

// F10, J14: a message that waits for a moment which a wrong clock has set is sent once the clock is right.
func TestAMessageFromTheFuture(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := &ear{name: "ear"}
	w.listen(e)
	w.must(w.db.Connection.UpdateOneID(w.conn["tiktok"]).SetStatus(connection.StatusNeedsReconnect).Exec(w.ctx))
	w.must(w.h.Check(w.ctx))
	w.must(w.db.Delivery.Update().SetNextAt(w.now.AddDate(0, 0, 400)).SetClaimedUntil(w.now.AddDate(0, 0, 400)).Exec(w.ctx))
	w.minute()
	if got := e.heard(); len(got) != 1 {
		t.Errorf("got %v, want it told", got)
	}
}

// F9: what the platform itself calls spent is 100 % on the page, in the metric and for the alert, with our count beside it.
func TestThePlatformsWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.quota(w.now, 24*time.Hour, 5)
	used := func() float64 {
		t.Helper()
		m, err := w.h.QuotaUsed(w.ctx)
		w.must(err)
		return m["tiktok"]
	}
	if got := used(); got <= 0 || got > 0.1 {
		t.Fatalf("got %v, want what was counted", got)
	}
	row := w.db.QuotaUse.Query().OnlyX(w.ctx)
	w.must(w.db.QuotaUse.UpdateOne(row).SetReserved(995).Exec(w.ctx))
	if got := used(); got != 1 {
		t.Errorf("got %v in the metric, want 1", got)
	}
	w.must(w.h.Check(w.ctx))
	a := w.db.Alert.Query().Where(alert.Rule(QuotaSpent)).OnlyX(w.ctx)
	if !strings.Contains(a.Message, "The platform says that TIKTOK_QUOTA is spent, with 5 units counted here") {
		t.Errorf("got the alert %q, want the platform's word", a.Message)
	}
	n, _, err := w.h.used(w.ctx, "tiktok", Limit{Per: 24 * time.Hour, bucket: "QUOTA"}, w.now)
	w.must(err)
	if n != 1000 {
		t.Errorf("got %d used on the page, want all 1000", n)
	}
}
