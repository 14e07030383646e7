package analytics

import (
	"testing"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

func TestParseSpan(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in, key, from string
		code          fault.Code
	}{
		{in: "", key: "30d", from: "2026-10-26"},
		{in: "7d", key: "7d", from: "2026-11-18"},
		{in: "30d", key: "30d", from: "2026-10-26"},
		{in: "90d", key: "90d", from: "2026-08-27"},
		{in: "12m", key: "12m", from: "2025-11-25"},
		{in: "1d", code: fault.Invalid},
		{in: "30D", code: fault.Invalid},
	} {
		s, err := ParseSpan(tc.in, noon)
		if fault.CodeOf(err) != tc.code {
			t.Errorf("ParseSpan(%q) code: got %q, want %q", tc.in, fault.CodeOf(err), tc.code)
			continue
		}
		if err != nil {
			continue
		}
		if s.Key != tc.key || key(s.From) != tc.from || key(s.To) != "2026-11-24" || len(s.days()) != s.Days ||
			key(s.days()[s.Days-1]) != "2026-11-24" {
			t.Errorf(
				"ParseSpan(%q): got %s %s to %s, want %s from %s to 2026-11-24",
				tc.in,
				s.Key,
				key(s.From),
				key(s.To),
				tc.key,
				tc.from,
			)
		}
	}
}

// S8: what another creator owns is as absent as what never was.
func TestIsolation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine := w.connect("instagram", "mina")
	r := w.run(mine, "instagram", run.StateSuccess, 0)
	w.log(mine, "instagram", r, "profile", "success", 1, 0)
	w.post(mine, "p1", 1)
	other := w.creator("other@example.test")

	for name, ask := range map[string]func() error{
		"Connection":    func() error { _, err := w.acc.Connection(w.ctx, other, mine); return err },
		"NewestRun":     func() error { _, err := w.acc.NewestRun(w.ctx, other, mine); return err },
		"Resolve by id": func() error { _, err := w.acc.Resolve(w.ctx, other, "instagram", mine); return err },
		"Platform by id": func() error {
			_, err := w.a.Platform(w.ctx, other, "instagram", PlatformQuery{ConnectionID: mine})
			return err
		},
		"unknown platform": func() error { _, err := w.acc.Resolve(w.ctx, w.me, "myspace", ""); return err },
		"not text":         func() error { _, err := w.acc.Resolve(w.ctx, w.me, "instagram", "a\x00b"); return err },
		"not UTF-8":        func() error { _, err := w.acc.Connection(w.ctx, w.me, "\xff"); return err },
		"wrong platform":   func() error { _, err := w.acc.Resolve(w.ctx, w.me, "tiktok", mine); return err },
	} {
		if err := ask(); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%s: got %v, want NOT_FOUND", name, err)
		}
	}
	if _, err := w.a.Platform(w.ctx, other, "instagram", PlatformQuery{}); fault.CodeOf(err) != fault.NotConnected {
		t.Errorf("another's platform page: got %v, want NOT_CONNECTED", err)
	}
	o, err := w.a.Overview(w.ctx, other, w.span("30d"), "")
	w.must(err)
	if len(o.Platforms)+len(o.RecentPosts)+len(o.TopPosts) != 0 || o.TotalFollowers != nil {
		t.Errorf("another's overview: got %d platforms, %d posts, want none", len(o.Platforms), len(o.RecentPosts))
	}
	c, err := w.acc.Connections(w.ctx, other)
	w.must(err)
	if len(c.Items) != 0 || len(c.Offers) != 3 {
		t.Errorf("another's connections: got %d and %d offers, want 0 and 3", len(c.Items), len(c.Offers))
	}
}

func TestSandboxConnectionsStayHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.connect("instagram", "mina", func(c *ent.ConnectionCreate) { c.SetSource(connection.SourceSandbox) })
	if got := len(w.overview("").Platforms); got != 0 {
		t.Errorf("live overview with a sandbox connection: got %d platforms, want 0", got)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.acc.Resolve(w.ctx, w.me, "tiktok", ""); fault.CodeOf(err) != fault.NotConnected {
		t.Errorf("no connection: got %v, want NOT_CONNECTED", err)
	}
	gone := w.connect("tiktok", "old", func(c *ent.ConnectionCreate) { c.SetStatus(connection.StatusDisconnected) })
	if got, err := w.acc.Resolve(w.ctx, w.me, "tiktok", ""); got != gone || err != nil {
		t.Errorf("only a disconnected one: got %q, %v, want it", got, err)
	}
	if _, err := w.a.Platform(w.ctx, w.me, "tiktok", PlatformQuery{}); fault.CodeOf(err) != fault.NotConnected {
		t.Errorf("page of a disconnected one: got %v, want NOT_CONNECTED", err)
	}
	second := w.connect("tiktok", "second", func(c *ent.ConnectionCreate) { c.SetPrimary(false) })
	if got, err := w.acc.Resolve(w.ctx, w.me, "tiktok", ""); got != second || err != nil {
		t.Errorf("the live one: got %q, %v, want %q", got, err, second)
	}
	primary := w.connect("tiktok", "primary")
	if got, err := w.acc.Resolve(w.ctx, w.me, "tiktok", ""); got != primary || err != nil {
		t.Errorf("the primary one: got %q, %v, want %q", got, err, primary)
	}
	if got, err := w.acc.Resolve(w.ctx, w.me, "tiktok", second); got != second || err != nil {
		t.Errorf("the named one: got %q, %v, want %q", got, err, second)
	}
	v, err := w.a.Platform(w.ctx, w.me, "tiktok", PlatformQuery{ConnectionID: second})
	w.must(err)
	if len(v.Accounts) != 2 || v.Accounts[0].ConnectionID != primary || !v.Accounts[1].Current {
		t.Errorf("accounts: got %+v, want the two live ones, primary first, the second current", v.Accounts)
	}
}
