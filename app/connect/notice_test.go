package connect_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/notice"
)

// lost is a harness with one TikTok account whose creator withdrew their consent.
func lost(t *testing.T, notify func(context.Context, connect.Reminder) error) (y *jobstest.Harness, id string) {
	t.Helper()
	y = jobstest.New(t, jobstest.Options{Notify: notify})
	id = y.AddAccount(y.Creator("mina@example.test"), "tiktok", sandbox.Choice{})
	if err := y.World.Revoke("tiktok", y.World.Accounts("tiktok")[0].ID); err != nil {
		t.Fatal(err)
	}
	y.Advance(25 * time.Hour)
	if _, err := y.Connect.Grants.Renew(y.Ctx); err != nil {
		t.Fatal(err)
	}
	return y, id
}

// A creator whose access is over is written to four times, on days 0, 2, 7 and 12, however often it is
// looked at; a message that could not be sent is sent again and counts once.
func TestNotices(t *testing.T) {
	t.Parallel()
	var sent []connect.Reminder
	fails := 2
	var y *jobstest.Harness
	var began time.Time
	var when []string
	y, id := lost(t, func(_ context.Context, r connect.Reminder) error {
		if fails > 0 {
			fails--
			return errors.New("mailbox is full")
		}
		sent = append(sent, r)
		when = append(when, fmt.Sprint(y.Now().Sub(began).Round(time.Hour)))
		return nil
	})
	began = y.Now()
	for range 20 * 24 * 4 {
		_, err := y.Connect.Notices.Remind(y.Ctx)
		if err != nil && len(sent) > 0 {
			t.Fatal(err)
		}
		y.Advance(15 * time.Minute)
	}
	if want := []string{"1h0m0s", "48h0m0s", "168h0m0s", "288h0m0s"}; !slices.Equal(when, want) {
		t.Errorf("got messages after %v, want %v", when, want)
	}
	for i, r := range sent {
		if r.Number != i+1 || r.Last != (i == 3) || r.Email != "mina@example.test" || r.Platform != "TikTok" {
			t.Errorf("message %d: got %+v", i+1, r)
		}
		for _, other := range sent[:i] {
			if other.Link == r.Link {
				t.Error("got one link twice, want each message its own")
			}
		}
	}
	if n := y.Store.Client.Notice.Query().CountX(y.Ctx); n != len(sent) {
		t.Errorf("got %d notices stored, want %d: those that failed were replaced", n, len(sent))
	}
	// It is well again: the next loss is counted from its own day.
	o, err := y.Connect.Finish(
		y.Ctx,
		y.Consent(
			connect.Start{UserID: y.Store.Client.Connection.GetX(y.Ctx, id).OwnerID, Platform: "tiktok"},
			sandbox.Choice{},
		),
	)
	if err != nil || o.Reason != "" {
		t.Fatal(o, err)
	}
	if n, err := y.Connect.Notices.Remind(y.Ctx); n != 0 || err != nil {
		t.Errorf("well again: got %d sent, %v, want none", n, err)
	}
	if err := y.World.Revoke("tiktok", y.World.Accounts("tiktok")[0].ID); err != nil {
		t.Fatal(err)
	}
	y.Advance(25 * time.Hour)
	if _, err := y.Connect.Grants.Renew(y.Ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := y.Connect.Notices.Remind(y.Ctx); n != 1 || err != nil || sent[len(sent)-1].Number != 1 {
		t.Errorf("lost again: got %d sent, %v, want the first of a new row", n, err)
	}
}

// postOffice is a mail server that counts who comes.
type postOffice struct {
	mu           sync.Mutex
	down         bool
	tried, under int
	most         int           // at once
	crowd        chan struct{} // closed when four are there
}

func (p *postOffice) take(ctx context.Context, _ connect.Reminder) error {
	p.mu.Lock()
	p.tried++
	p.under++
	if p.most = max(p.most, p.under); p.most == 4 && p.under == 4 && p.tried == 4 {
		close(p.crowd)
	}
	down := p.down
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.under--
		p.mu.Unlock()
	}()
	select {
	case <-p.crowd:
	case <-ctx.Done():
	}
	if until, ok := ctx.Deadline(); !ok || time.Until(until) > 2*time.Minute {
		return fmt.Errorf("got a round until %v, want one of two minutes", until)
	}
	if down {
		return errors.New("no answer in time")
	}
	return nil
}

// A message that could not be sent is noted with its cause. A mail server that takes none is let be for a
// while, and who waited behind those it refused is written to first when it is well again. // N3
func TestNoticesWithoutAMailServer(t *testing.T) {
	t.Parallel()
	p := &postOffice{down: true, crowd: make(chan struct{})}
	y := jobstest.New(t, jobstest.Options{Notify: p.take})
	const accounts = 12
	owner := y.Creator("mina@example.test")
	for i := range accounts {
		y.Store.Client.Connection.Create().
			SetOwnerID(owner).
			SetPlatform("tiktok").
			SetExternalID(fmt.Sprint(i)).
			SetHandle("mina").
			SetSource(connection.SourceSandbox).
			SetStatus(connection.StatusNeedsReconnect).
			SetStatusSince(y.Now()).
			ExecX(y.Ctx)
	}
	n, err := y.Connect.Notices.Remind(y.Ctx)
	if n != 0 || err == nil || p.tried < 3 || p.tried > 6 || p.most > 4 {
		t.Errorf(
			"without a server: got %d sent, %v, %d tried, %d at once; want 3 to 6 tried, 4 at once",
			n,
			err,
			p.tried,
			p.most,
		)
	}
	noted := y.Store.Client.Notice.Query().Where(notice.Error("no answer in time"), notice.SentAtIsNil()).CountX(y.Ctx)
	if noted != p.tried {
		t.Errorf("got %d failures noted, want %d", noted, p.tried)
	}
	first := p.tried
	y.Advance(14 * time.Minute)
	if n, err := y.Connect.Notices.Remind(y.Ctx); n != 0 || err != nil || p.tried != first {
		t.Errorf("soon after: got %d sent, %v, %d tried, want the server let be", n, err, p.tried-first)
	}
	y.Advance(time.Minute)
	if _, err := y.Connect.Notices.Remind(y.Ctx); err == nil || p.tried <= first || p.tried-first > 6 {
		t.Errorf("a while later: got %v, %d tried, want a few", err, p.tried-first)
	}
	if n, want := y.Store.Client.Notice.Query().CountX(y.Ctx), min(p.tried, accounts); n != want {
		t.Errorf("got %d notices, want %d: those never tried come first", n, want)
	}
	p.down = false
	y.Advance(15 * time.Minute)
	if n, err := y.Connect.Notices.Remind(y.Ctx); n != accounts || err != nil {
		t.Errorf("well again: got %d sent, %v, want %d", n, err, accounts)
	}
}

// After days in which the program was away the messages that were missed do not come at once.
func TestNoticesAfterDowntime(t *testing.T) {
	t.Parallel()
	n := 0
	y, _ := lost(t, func(context.Context, connect.Reminder) error { n++; return nil })
	y.Advance(9 * 24 * time.Hour)
	for range 3 {
		if _, err := y.Connect.Notices.Remind(y.Ctx); err != nil {
			t.Fatal(err)
		}
		y.Advance(time.Hour)
	}
	if n != 1 {
		t.Errorf("got %d messages in three hours, want 1", n)
	}
}

// A link made by hand works like a message's, ends with its time, and is not made where nothing is lost.
func TestLinksByHand(t *testing.T) {
	t.Parallel()
	y, id := lost(t, nil)
	h, err := y.Connect.Notices.Link(y.Ctx, id)
	if err != nil || h.Link.Empty() || h.SentTo != "" {
		t.Fatalf("got %+v, %v, want a link to hand on", h, err)
	}
	again, err := y.Connect.Notices.Link(y.Ctx, id)
	if err != nil || again.Link.Reveal() == h.Link.Reveal() {
		t.Fatalf("a second one: got %v, want another link", err)
	}
	token := func(h connect.ReconnectLink) fault.Secret { return fault.Secret(h.Link.Reveal()[len("/reconnect/"):]) }
	for _, l := range []connect.ReconnectLink{h, again} {
		if inv, err := y.Connect.Notices.Invited(y.Ctx, token(l)); err != nil || inv.ConnectionID != id {
			t.Errorf("got %+v, %v, want it to lead to the connection", inv, err)
		}
	}
	y.Advance(14*24*time.Hour + time.Second)
	if _, err := y.Connect.Notices.Invited(y.Ctx, token(h)); !fault.Is(err, fault.NotFound) {
		t.Errorf("after its time: got %v, want NOT_FOUND", err)
	}
	well := y.AddAccount(y.Creator("well@example.test"), "youtube", sandbox.Choice{})
	if _, err := y.Connect.Notices.Link(y.Ctx, well); !fault.Is(err, fault.Conflict) {
		t.Errorf("of one that is well: got %v, want CONFLICT", err)
	}
	if _, err := y.Connect.Notices.Link(y.Ctx, "nothing"); !fault.Is(err, fault.NotFound) {
		t.Errorf("of none: got %v, want NOT_FOUND", err)
	}
}

// Links to many reach everybody, each once a day, also when the button is pressed again or twice at once; one that
// could not be sent is noted, and tried again behind the others. A link to one is not sent twice within a minute. // N3
func TestLinksToMany(t *testing.T) {
	t.Parallel()
	const accounts = 60
	var mu sync.Mutex
	got := map[string]int{}
	leave := func(int) {}
	y := jobstest.New(t, jobstest.Options{Notify: func(_ context.Context, r connect.Reminder) error {
		mu.Lock()
		defer mu.Unlock()
		if got[r.Handle]++; r.Handle == "account00" {
			return errors.New("mailbox is full")
		}
		leave(len(got))
		return nil
	}})
	owner := y.Creator("mina@example.test")
	var ids []string
	for i := range accounts {
		ids = append(
			ids,
			y.Store.Client.Connection.Create().
				SetOwnerID(owner).
				SetPlatform("tiktok").
				SetExternalID(fmt.Sprint(i)).
				SetHandle(fmt.Sprintf("account%02d", i)).
				SetSource(connection.SourceSandbox).
				SetStatus(connection.StatusNeedsReconnect).
				SetStatusSince(y.Now()).
				SaveX(y.Ctx).
				ID,
		)
	}
	y.Advance(time.Hour)
	for i, want := range []connect.Done{{Done: 49, Failed: 1, Left: 10}, {Done: 10, Failed: 1}, {Failed: 1}} {
		if d, err := y.Connect.LinkAll(y.Ctx, connect.Filter{}); err != nil || d != want {
			t.Errorf("press %d: got %+v, %v, want %+v", i+1, d, err, want)
		}
	}
	for _, handle := range []string{"account01", "account49", "account59"} {
		if got[handle] != 1 {
			t.Errorf("%s: got %d messages, want 1", handle, got[handle])
		}
	}
	if n := y.Store.Client.Notice.Query().Where(notice.Error("mailbox is full"), notice.SentAtIsNil()).CountX(y.Ctx); n != 1 ||
		y.Store.Client.Notice.Query().CountX(y.Ctx) != accounts {
		t.Errorf("got %d failures noted, want 1: the last one, and nothing else beside what was sent", n)
	}
	y.Advance(time.Hour)
	clear(got)
	results := make([]error, 4)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() { _, results[i] = y.Connect.Notices.Link(y.Ctx, ids[1]) })
	}
	all.Wait()
	refused := 0
	for _, err := range results {
		if fault.Is(err, fault.Conflict) {
			refused++
		}
	}
	if got["account01"] != 1 || refused != 3 {
		t.Errorf("pressed four times: got %d messages and %v, want one and CONFLICT", got["account01"], results)
	}
	y.Advance(time.Minute)
	if _, err := y.Connect.Notices.Link(y.Ctx, ids[1]); err != nil || got["account01"] != 2 {
		t.Errorf("a minute later: got %v, want another link", err)
	}
	if _, err := y.Connect.Notices.Link(y.Ctx, ids[0]); !fault.Is(err, fault.Network) {
		t.Errorf("a full mailbox: got %v, want NETWORK", err)
	}
	y.Advance(23 * time.Hour)
	if d, err := y.Connect.LinkAll(y.Ctx, connect.Filter{}); err != nil || d.Done != 50 || d.Left != 9 {
		t.Errorf("a day later: got %+v, %v, want those written to again", d, err)
	}
	y.Store.Client.Connection.Update().SetStatusSince(y.Now()).ExecX(y.Ctx)
	if d, err := y.Connect.LinkAll(y.Ctx, connect.Filter{}); err != nil || d.Done+d.Failed != 50 {
		t.Errorf("lost again: got %+v, %v, want each of this loss", d, err)
	}
	// Whoever waited for the answer goes away: what was done is told, and the rest is left.
	y.Advance(25 * time.Hour)
	gone, cancel := context.WithCancel(y.Ctx)
	leave = func(sent int) {
		if sent == 3 {
			cancel()
		}
	}
	clear(got)
	if d, err := y.Connect.LinkAll(gone, connect.Filter{}); err != nil ||
		d != (connect.Done{Done: 2, Failed: 1, Left: accounts - 3}) {
		t.Errorf("gone away: got %+v, %v, want what was done told and the rest left", d, err)
	}
}
