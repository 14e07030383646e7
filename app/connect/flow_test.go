package connect_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/jobs/jobstest"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/ent/connection"
)

// byLink starts a flow as the browser of whoever holds a link does.
func byLink(t *testing.T, y *jobstest.Harness, link fault.Secret) connect.Start {
	t.Helper()
	in, err := y.Connect.Notices.Invited(y.Ctx, fault.Secret(link.Reveal()[strings.LastIndex(link.Reveal(), "/")+1:]))
	if err != nil {
		t.Fatal(err)
	}
	return connect.Start{
		UserID:       in.OwnerID,
		SessionHash:  "the browser's secret",
		Platform:     in.Platform,
		ConnectionID: in.ConnectionID,
		NoticeID:     in.NoticeID,
	}
}

// back is the callback of a flow that began with a link, in the browser it began in, where somebody else may be signed
// in.
func back(y *jobstest.Harness, s connect.Start, c sandbox.Choice) connect.Callback {
	cb := y.Consent(s, c)
	cb.UserID, cb.SessionHash, cb.BrowserHash = "somebody else", "another", s.SessionHash
	return cb
}

// A flow that names a connection ends with that external account or with nothing, whatever becomes of the
// connection, its owner and the link meanwhile. // S14
func TestAFlowEndsWithItsAccountOrWithNothing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		meanwhile func(y *jobstest.Harness, owner, id string)
		account   int // whose consent comes back
		reason    connect.Reason
		refused   bool
	}{
		"the same account":     {account: 0},
		"another account":      {account: 1, reason: connect.ReasonWrongAccount},
		"erased":               {func(y *jobstest.Harness, owner, id string) { end(y, owner, id, true) }, 0, "", true},
		"erased, and another":  {func(y *jobstest.Harness, owner, id string) { end(y, owner, id, true) }, 1, "", true},
		"disconnected":         {func(y *jobstest.Harness, owner, id string) { end(y, owner, id, false) }, 0, "", true},
		"disconnected, erased": {func(y *jobstest.Harness, owner, id string) { end(y, owner, id, false); end(y, owner, id, true) }, 1, "", true},
		"taken away under us":  {func(y *jobstest.Harness, _, id string) { y.Store.Client.Connection.DeleteOneID(id).ExecX(y.Ctx) }, 1, "", true},
		"its owner disabled": {func(y *jobstest.Harness, owner, _ string) {
			y.Store.Client.User.UpdateOneID(owner).SetDisabled(true).ExecX(y.Ctx)
		}, 0, "", true},
		"disabled, and another": {
			func(y *jobstest.Harness, owner, _ string) {
				y.Store.Client.User.UpdateOneID(owner).SetDisabled(true).ExecX(y.Ctx)
			}, 1, "", true,
		},
	} {
		for _, how := range []string{"link", "session"} {
			t.Run(name+" by "+how, func(t *testing.T) {
				t.Parallel()
				y, id := lost(t, nil)
				owner := y.Store.Client.Connection.GetX(y.Ctx, id).OwnerID
				h, err := y.Connect.Notices.Link(y.Ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				choice := sandbox.Choice{Account: y.World.Accounts("tiktok")[tc.account].ID}
				var cb connect.Callback
				if how == "link" {
					cb = back(y, byLink(t, y, h.Link), choice)
				} else {
					cb = y.Consent(connect.Start{UserID: owner, SessionHash: "s", Platform: "tiktok", ConnectionID: id}, choice)
				}
				if tc.meanwhile != nil {
					tc.meanwhile(y, owner, id)
				}
				rows := func() string {
					var s []string
					for _, r := range y.Store.Client.Connection.Query().AllX(y.Ctx) {
						s = append(s, fmt.Sprint(r.ExternalID, r.Status, r.OwnerID, r.TokenVersion))
					}
					slices.Sort(s)
					return strings.Join(s, " ")
				}
				before := rows()
				o, err := y.Connect.Finish(y.Ctx, cb)
				switch {
				case tc.refused:
					if !fault.Is(err, fault.Invalid) || rows() != before {
						t.Errorf("got %+v, %v and %s, want it refused and nothing changed", o, err, rows())
					}
				case tc.reason != "":
					if err != nil || o.Reason != tc.reason || rows() != before {
						t.Errorf("got %+v, %v and %s, want %s and nothing changed", o, err, rows(), tc.reason)
					}
				default:
					if err != nil || o.Reason != "" || o.ConnectionID != id || o.OwnerID != owner || o.ByLink != (how == "link") {
						t.Errorf("got %+v, %v, want %s reconnected", o, err, id)
					}
				}
				if n := y.Store.Client.Connection.Query().Where(connection.ExternalIDNEQ(y.World.Accounts("tiktok")[0].ID)).CountX(y.Ctx); n != 0 {
					t.Errorf("got %d accounts added, want none", n)
				}
				if _, err := y.Connect.Finish(y.Ctx, cb); !fault.Is(err, fault.Invalid) {
					t.Errorf("the callback again: got %v, want INVALID", err)
				}
			})
		}
	}
}

func end(y *jobstest.Harness, owner, id string, erase bool) {
	if _, err := y.Connect.Disconnect(y.Ctx, owner, id, erase); err != nil {
		panic(err)
	}
}

// Whose flow it is, its row says: one that was begun with a link and not finished hinders no other of that browser,
// and neither is of use to another browser, or to who is signed in.
func TestAnUnfinishedLinkHindersNothing(t *testing.T) {
	t.Parallel()
	y, id := lost(t, nil)
	owner := y.Store.Client.Connection.GetX(y.Ctx, id).OwnerID
	h, err := y.Connect.Notices.Link(y.Ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	s := byLink(t, y, h.Link)
	link := back(y, s, sandbox.Choice{})
	other := y.Creator("noa@example.test")
	for name, cb := range map[string]connect.Callback{
		"another browser":     {Platform: "tiktok", State: link.State, Code: link.Code, UserID: other, BrowserHash: "another secret"},
		"no secret":           {Platform: "tiktok", State: link.State, Code: link.Code, UserID: other},
		"its owner signed in": {Platform: "tiktok", State: link.State, Code: link.Code, UserID: owner, SessionHash: "s"},
	} {
		if _, err := y.Connect.Finish(y.Ctx, cb); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want INVALID", name, err)
		}
	}
	mine := y.Consent(connect.Start{UserID: other, SessionHash: "s", Platform: "youtube"}, sandbox.Choice{})
	mine.BrowserHash = s.SessionHash
	if o, err := y.Connect.Finish(y.Ctx, mine); err != nil || o.Reason != "" || o.OwnerID != other || o.ByLink {
		t.Errorf("a connect in the same browser: got %+v, %v, want it connected for who is signed in", o, err)
	}
	if o, err := y.Connect.Finish(y.Ctx, link); err != nil || o.Reason != "" || o.ConnectionID != id {
		t.Errorf("the link's own: got %+v, %v, want it reconnected", o, err)
	}
	if _, err := y.Connect.Notices.Invited(y.Ctx, fault.Secret(h.Link.Reveal()[strings.LastIndex(h.Link.Reveal(), "/")+1:])); !fault.Is(
		err,
		fault.NotFound,
	) {
		t.Errorf("the link afterwards: got %v, want it used up", err)
	}
}

// Who is disabled is not written to any more, gets no link, and those they have end; it is all there again when
// they are enabled.
func TestADisabledCreatorsLinksEnd(t *testing.T) {
	t.Parallel()
	var sent []connect.Reminder
	y, id := lost(t, func(_ context.Context, r connect.Reminder) error { sent = append(sent, r); return nil })
	if _, err := y.Connect.Notices.Remind(y.Ctx); err != nil || len(sent) != 1 {
		t.Fatalf("got %d messages, %v, want one", len(sent), err)
	}
	token := fault.Secret(sent[0].Link[strings.LastIndex(sent[0].Link, "/")+1:])
	owner := y.Store.Client.Connection.GetX(y.Ctx, id).OwnerID
	disabled := func(v bool) { y.Store.Client.User.UpdateOneID(owner).SetDisabled(v).ExecX(y.Ctx) }
	disabled(true)
	if _, err := y.Connect.Notices.Invited(y.Ctx, token); !fault.Is(err, fault.NotFound) {
		t.Errorf("the link: got %v, want NOT_FOUND", err)
	}
	if _, err := y.Connect.Notices.Link(y.Ctx, id); !fault.Is(err, fault.Conflict) {
		t.Errorf("another link: got %v, want CONFLICT", err)
	}
	if d, err := y.Connect.LinkAll(y.Ctx, connect.Filter{}); err != nil || d != (connect.Done{}) {
		t.Errorf("links to all: got %+v, %v, want nothing to do", d, err)
	}
	y.Advance(49 * time.Hour)
	if n, err := y.Connect.Notices.Remind(y.Ctx); n != 0 || err != nil || len(sent) != 1 {
		t.Errorf("on day two: got %d sent, %v, want none", n, err)
	}
	disabled(false)
	if n, err := y.Connect.Notices.Remind(y.Ctx); n != 1 || err != nil {
		t.Errorf("enabled: got %d sent, %v, want the second message", n, err)
	}
}

// One person has so many consents open and no more: the rest wait; a link's count for itself, finished ones not,
// and time passes. // S12
func TestOpenConsentsAreFew(t *testing.T) {
	t.Parallel()
	b := stand(t)
	me, other := b.creator(t, "a@example.test"), b.creator(t, "b@example.test")
	start := connect.Start{UserID: me, SessionHash: "s", Platform: "youtube"}
	var mu sync.Mutex
	begun, refused := 0, 0
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			_, err := b.Begin(b.ctx, start)
			mu.Lock()
			defer mu.Unlock()
			var f *fault.Error
			switch {
			case err == nil:
				begun++
			case errors.As(err, &f) && f.Code == fault.TooManyRequests && f.RetryAfter > 0 && f.RetryAfter <= 10*time.Minute:
				refused++
			default:
				t.Errorf("got %v, want TOO_MANY_REQUESTS with a time", err)
			}
		})
	}
	all.Wait()
	if begun != 20 || refused != 40 {
		t.Errorf("got %d begun and %d refused, want 20 and 40", begun, refused)
	}
	if n := b.store.Client.PendingFlow.Query().CountX(b.ctx); n != 20 {
		t.Errorf("got %d rows, want 20", n)
	}
	if _, err := b.Begin(b.ctx, connect.Start{UserID: other, SessionHash: "s", Platform: "youtube"}); err != nil {
		t.Errorf("another person: got %v, want it begun", err)
	}
	b.turn(11 * time.Minute)
	for i := range 30 { // what ends well does not count; what ends badly does
		if o, err := b.Finish(b.ctx, b.consent(t, start, sandbox.Choice{})); err != nil || o.Reason != "" {
			t.Fatalf("consent %d: got %+v, %v", i, o, err)
		}
	}
	for i := range 20 {
		if o, err := b.Finish(b.ctx, b.consent(t, start, sandbox.Choice{Deny: true})); err != nil ||
			o.Reason != connect.ReasonAuthDenied {
			t.Fatalf("refusal %d: got %+v, %v", i, o, err)
		}
	}
	if _, err := b.Begin(b.ctx, start); !fault.Is(err, fault.TooManyRequests) {
		t.Errorf("after twenty that came to nothing: got %v, want TOO_MANY_REQUESTS", err)
	}
}

// O2: consents of one browser on three platforms at once all end well, a hundred times.
func TestConsentsAtOnce(t *testing.T) {
	t.Parallel()
	b := stand(t)
	me := b.creator(t, "a@example.test")
	good := 0
	for range 100 {
		where := make([]connect.Callback, len(platforms))
		for i, p := range platforms { // all three are open before one of them ends
			where[i] = b.consent(t, connect.Start{UserID: me, SessionHash: "s", Platform: p}, sandbox.Choice{})
		}
		ends := make([]error, len(platforms))
		var all sync.WaitGroup
		for i := range platforms {
			all.Go(func() {
				o, err := b.Finish(b.ctx, where[i])
				if err == nil && o.Reason != "" {
					err = fmt.Errorf("%s", o.Reason)
				}
				ends[i] = err
			})
		}
		all.Wait()
		for i, err := range ends {
			if err != nil {
				t.Errorf("%s: got %v, want it connected", platforms[i], err)
				continue
			}
			good++
		}
	}
	if good != 300 {
		t.Errorf("got %d of 300", good)
	}
}

// An answer that names another issuer than the one the browser was sent to is refused before its code is used,
// whatever else fits; the right one, and none, are taken. // O4
func TestIssuers(t *testing.T) {
	t.Parallel()
	b := stand(t)
	me := b.creator(t, "a@example.test")
	for _, p := range platforms {
		start := connect.Start{UserID: me, SessionHash: "s", Platform: p}
		where, err := b.Begin(b.ctx, start)
		if err != nil {
			t.Fatal(err)
		}
		origin := where[:strings.Index(where, "/sandbox")]
		for issuer, ok := range map[string]bool{
			"": true, origin: true, origin + "/": true, "https://evil.example": false, origin + ".evil.example": false,
			strings.Replace(origin, "http:", "https:", 1): false, "nonsense": false, "%": false,
		} {
			before := calls(b, p)
			cb := b.consent(t, start, sandbox.Choice{})
			cb.Issuer = issuer
			o, err := b.Finish(b.ctx, cb)
			if ok && (err != nil || o.Reason != "") {
				t.Errorf("%s from %q: got %+v, %v, want it connected", p, issuer, o, err)
			}
			if !ok && (!fault.Is(err, fault.Invalid) || calls(b, p) != before) {
				t.Errorf("%s from %q: got %v and %d calls, want INVALID and none", p, issuer, err, calls(b, p)-before)
			}
		}
	}
}

func calls(b *bench, p string) (n int64) {
	for _, c := range b.world.Calls(p) {
		n += c
	}
	return n
}

// slow is a platform that notes how long a code's exchange may take.
type slow struct {
	platform.Platform
	left *time.Duration
	n    *int
}

func (s slow) Exchange(ctx context.Context, _ platform.Exchange) (platform.Token, error) {
	*s.n++
	if at, ok := ctx.Deadline(); ok {
		*s.left = time.Until(at)
	}
	return platform.Token{}, &platform.Error{Platform: "youtube", Step: platform.StepToken, Code: fault.Timeout}
}

// A code may take ten seconds and is exchanged once; a person waits. // O6
func TestACodeMayTakeTenSeconds(t *testing.T) {
	t.Parallel()
	b := stand(t)
	me := b.creator(t, "a@example.test")
	var left time.Duration
	n := 0
	p, _ := b.platforms.Get("youtube")
	c := connect.New(connect.Options{
		Store: b.store, Grants: b.Grants, Queue: noQueue{}, Source: "sandbox", Now: b.now,
		Platforms: platformtest.Wrapped(b.platforms, func(platform.Platform) platform.Platform { return slow{p, &left, &n} }),
	})
	cb := b.consent(t, connect.Start{UserID: me, SessionHash: "s", Platform: "youtube"}, sandbox.Choice{})
	o, err := c.Finish(b.ctx, cb)
	if err != nil || o.Reason != connect.ReasonExchangeFailed || n != 1 {
		t.Errorf("got %+v, %v after %d exchanges, want %s after one", o, err, n, connect.ReasonExchangeFailed)
	}
	if left <= 0 || left > 10*time.Second {
		t.Errorf("got %s for a code, want at most 10 s", left)
	}
}
