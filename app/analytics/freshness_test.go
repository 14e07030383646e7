package analytics

import (
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
)

func TestStates(t *testing.T) {
	t.Parallel()
	type steps = func(w *world, c string)
	status := func(s connection.Status, code string) steps {
		return func(w *world, c string) {
			w.must(
				w.db.Connection.UpdateOneID(c).SetStatus(s).SetStatusCode(code).SetStatusSince(noon.AddDate(0, 0, -3)).Exec(w.ctx),
			)
		}
	}
	lastSuccess := func(ago time.Duration) steps {
		return func(w *world, c string) {
			w.must(w.db.Schedule.Update().Where(schedule.ConnectionID(c)).SetLastSuccessAt(noon.Add(-ago)).Exec(w.ctx))
		}
	}
	runs := func(state run.State, ago time.Duration, change ...func(*ent.RunCreate)) steps {
		return func(w *world, c string) { w.run(c, "tiktok", state, ago, change...) }
	}
	next := func(in time.Duration) func(*ent.RunCreate) {
		return func(r *ent.RunCreate) { r.SetNextAttemptAt(noon.Add(in)) }
	}
	code := func(code string) func(*ent.RunCreate) { return func(r *ent.RunCreate) { r.SetErrorCode(code) } }
	trigger := func(tr run.Trigger) func(*ent.RunCreate) { return func(r *ent.RunCreate) { r.SetTrigger(tr) } }

	for _, tc := range []struct {
		name         string
		do           []steps
		fresh, pill  string
		tone, action string
		happened     string // a part of it; "-" for none
		canSync      bool
	}{
		{name: "fresh", fresh: "fresh", pill: "Up to date", happened: "-", canSync: true},
		{name: "26 hours are still fresh", do: []steps{lastSuccess(26 * time.Hour)}, fresh: "fresh", pill: "Up to date", happened: "-", canSync: true},
		{name: "older is stale", do: []steps{lastSuccess(26*time.Hour + time.Second)}, fresh: "stale", pill: "Delayed, retrying at 25 Nov 03:00 UTC", tone: "warn", happened: "daily sync", canSync: true},
		{name: "the last scheduled run failed", do: []steps{lastSuccess(3 * time.Hour), runs(run.StateDead, time.Hour, code("TIMEOUT"))},
			fresh: "stale", pill: "Delayed, retrying at 25 Nov 03:00 UTC", tone: "warn", happened: "TikTok did not answer in time on 24 Nov at 11:00 UTC", canSync: true},
		{name: "a success after the failed schedule", do: []steps{lastSuccess(time.Minute), runs(run.StateDead, time.Hour), runs(run.StateSuccess, 2*time.Minute, trigger(run.TriggerRetry))},
			fresh: "fresh", pill: "Up to date", happened: "-", canSync: true},
		{name: "a creator's failed run does not make it stale", do: []steps{runs(run.StateFailed, time.Hour, trigger(run.TriggerCreator), code("NETWORK"))},
			fresh: "fresh", pill: "Delayed, retrying at 25 Nov 03:00 UTC", tone: "warn", happened: "Truecount could not reach TikTok", canSync: true},
		{name: "running", do: []steps{runs(run.StateRunning, time.Minute)}, fresh: "fresh", pill: "Syncing", happened: "-"},
		{name: "queued", do: []steps{runs(run.StateQueued, time.Minute)}, fresh: "fresh", pill: "Syncing", happened: "-"},
		{name: "retrying", do: []steps{runs(run.StateRetrying, time.Minute, next(30*time.Minute), code("PLATFORM_ERROR"))},
			fresh: "fresh", pill: "Delayed, retrying at 12:30 UTC", tone: "warn", happened: "TikTok had a problem"},
		{name: "deferred", do: []steps{runs(run.StateDeferred, time.Minute, next(20*time.Hour), code("QUOTA_EXHAUSTED"))},
			fresh: "fresh", pill: "Waiting until 25 Nov 08:00 UTC", happened: "Today's TikTok quota is used up"},
		{name: "revoked", do: []steps{status(connection.StatusNeedsReconnect, "AUTH_REVOKED")}, fresh: "expired", pill: "Needs reconnect", tone: "err", action: "reconnect",
			happened: "TikTok ended access for @mina on 21 Nov at 12:00 UTC"},
		{name: "ran out", do: []steps{status(connection.StatusNeedsReconnect, "AUTH_EXPIRED")}, fresh: "expired", pill: "Needs reconnect", tone: "err", action: "reconnect", happened: "expired on 21 Nov"},
		{name: "paused", do: []steps{status(connection.StatusPaused, "")}, fresh: "fresh", pill: "Paused", happened: "An admin paused syncing on 21 Nov at 12:00 UTC"},
		{name: "limited", do: []steps{status(connection.StatusLimited, "SCOPE_MISSING")}, fresh: "fresh", pill: "Limited access", tone: "warn", action: "grant", happened: "missing", canSync: true},
		{name: "expiring", do: []steps{status(connection.StatusExpiring, ""), func(w *world, c string) {
			w.must(w.db.Connection.UpdateOneID(c).SetRefreshSealed([]byte("x")).SetRefreshExpiresAt(noon.Add(5*24*time.Hour + time.Hour)).Exec(w.ctx))
		}}, fresh: "fresh", pill: "Expires in 5 days", tone: "warn", action: "reconnect", happened: "Access to @mina ends in 5 days", canSync: true},
		{name: "disconnected", do: []steps{status(connection.StatusDisconnected, "")}, fresh: "fresh", pill: "Disconnected", happened: "was disconnected"},
		{name: "the app is refused", do: []steps{runs(run.StateDeferred, time.Minute, code("APP_REFUSED"))}, fresh: "fresh", pill: "Waiting", happened: "TikTok refused this installation"},
		{name: "too soon after the creator's own", do: []steps{runs(run.StateSuccess, 5*time.Minute, trigger(run.TriggerAPI))}, fresh: "fresh", pill: "Up to date", happened: "-"},
		{name: "an admin's run does not count for that", do: []steps{runs(run.StateSuccess, 5*time.Minute, trigger(run.TriggerAdmin))}, fresh: "fresh", pill: "Up to date", happened: "-", canSync: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.connect("tiktok", "mina")
			for _, do := range tc.do {
				do(w, id)
			}
			found, err := w.a.accounts.Load(w.ctx, w.me)
			w.must(err)
			w.must(w.acc.WithRuns(w.ctx, found))
			if f := found[0].Freshness(noon); f.Status != tc.fresh || f.Source != "live" ||
				strings.Join(f.Missing, " ") != "reach saves" {
				t.Errorf("freshness: got %+v, want %s, live, without reach and saves", f, tc.fresh)
			}
			c := w.card(id)
			if c.Pill.Word.String() != tc.pill {
				t.Errorf("pill: got %q, want %q", c.Pill.Word, tc.pill)
			}
			if c.Says.Tone != tc.tone || c.Says.Action != tc.action {
				t.Errorf("notice: got tone %q and action %q, want %q and %q", c.Says.Tone, c.Says.Action, tc.tone, tc.action)
			}
			switch {
			case tc.happened == "-" && !c.Says.Happened.IsZero():
				t.Errorf("notice: got %q, want none", c.Says.Happened)
			case tc.happened != "-" && !strings.Contains(c.Says.Happened.String(), tc.happened):
				t.Errorf("notice: got %q, want %q in it", c.Says.Happened, tc.happened)
			}
			if c.CanSync != tc.canSync {
				t.Errorf("can sync: got %t, want %t", c.CanSync, tc.canSync)
			}
			wantConnected := tc.fresh != "expired" && tc.pill != "Disconnected"
			if c.Connected != wantConnected {
				t.Errorf("connected: got %t, want %t", c.Connected, wantConnected)
			}
		})
	}
}

func TestFirstFill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.bare(w.me, "tiktok", "mina")
	if p := w.card(id).Pill; p.Word.String() != "Waiting" {
		t.Errorf("before the first run: got %q, want Waiting", p.Word)
	}
	r := w.run(
		id,
		"tiktok",
		run.StateRunning,
		time.Minute,
		func(c *ent.RunCreate) { c.SetTrigger(run.TriggerFirst).SetAttempt(2) },
	)
	w.log(id, "tiktok", r, "token", "failed", 1, 50*time.Second)
	w.log(id, "tiktok", r, "profile", "success", 2, 10*time.Second)
	c := w.card(id)
	got := ""
	for _, s := range c.Steps {
		got += s.Label.String() + " " + s.State + "; "
	}
	if want := "Access done; Profile done; Posts active; Daily numbers waiting; "; got != want {
		t.Errorf("steps: got %s, want %s", got, want)
	}
	if c.Says.Tone != "info" || c.Says.Happened.String() != "Connected as @mina." || c.FollowerCount != nil ||
		c.LastSynced != nil {
		t.Errorf(
			"card: got %+v with followers %s, want the words of a first fill and nothing known",
			c.Says,
			show(c.FollowerCount),
		)
	}
	o := w.overview("")
	if o.Syncing != 1 || o.Platforms[0].Freshness.Status != "never" || o.TotalFollowers != nil || o.TotalPosts != nil {
		t.Errorf(
			"overview: got %d syncing, %s, followers %s, want 1, never and unknown totals",
			o.Syncing,
			o.Platforms[0].Freshness.Status,
			show(o.TotalFollowers),
		)
	}
}

// J9: a run that brought a part says which, and the numbers stay.
func TestPartialRunNamesThePart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.connect("tiktok", "mina")
	r := w.run(id, "tiktok", run.StatePartial, time.Hour)
	w.log(id, "tiktok", r, "profile", "success", 1, time.Hour)
	w.log(id, "tiktok", r, "posts", "failed", 1, time.Hour)
	c := w.card(id)
	if c.Says.Happened.String() != "The last sync of @mina was incomplete: posts." || c.Says.Tone != "" ||
		show(c.FollowerCount) != "1000" {
		t.Errorf("partial: got %+v and %s followers, want posts named, no alarm, 1000", c.Says, show(c.FollowerCount))
	}
}

func TestWhenAPersonMustAct(t *testing.T) {
	t.Parallel()
	end, hour := noon.AddDate(0, 0, 300), noon.Add(time.Hour)
	for _, tc := range []struct {
		name, platform string
		change         func(*ent.ConnectionCreate)
		want           *time.Time
		access         string
	}{
		{"extends itself", "instagram", func(c *ent.ConnectionCreate) { c.SetTokenExpiresAt(end) }, nil, "Access renews itself."},
		{"keeps its refresh token", "youtube", func(c *ent.ConnectionCreate) { c.SetTokenExpiresAt(hour).SetRefreshSealed([]byte("x")) }, nil, "Access renews itself."},
		{"rotates to an end", "tiktok", func(c *ent.ConnectionCreate) {
			c.SetTokenExpiresAt(hour).SetRefreshSealed([]byte("x")).SetRefreshExpiresAt(end)
		}, &end, "Access renews itself until 20 Sep 2027. Then TikTok asks you to confirm it."},
		{"without a refresh token", "youtube", func(c *ent.ConnectionCreate) { c.SetTokenExpiresAt(hour) }, &hour, "Access ends 13:00 UTC. Reconnect to renew it."},
	} {
		w := newWorld(t)
		c := w.card(w.connect(tc.platform, "mina", tc.change))
		if show(c.ExpiresAt) != show(tc.want) || c.Access.String() != tc.access {
			t.Errorf("%s: got %s, %q, want %s, %q", tc.name, show(c.ExpiresAt), c.Access, show(tc.want), tc.access)
		}
	}
}
