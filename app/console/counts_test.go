package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// drawn fills a world with whatever may be in a database: accounts in every state, of both modes, runs at and beside
// every edge of time, settled and not, pauses, holds, spent quotas and alerts.
func (w *world) drawn(rt *rapid.T) {
	w.T.Helper()
	for _, empty := range []func() (int, error){
		func() (int, error) { return w.DB.Run.Delete().Exec(w.Ctx) }, func() (int, error) { return w.DB.Schedule.Delete().Exec(w.Ctx) },
		func() (int, error) { return w.DB.Connection.Delete().Exec(w.Ctx) }, func() (int, error) { return w.DB.Hold.Delete().Exec(w.Ctx) },
		func() (int, error) { return w.DB.QuotaUse.Delete().Exec(w.Ctx) }, func() (int, error) { return w.DB.Alert.Delete().Exec(w.Ctx) },
	} {
		_, err := empty()
		w.Must(err)
	}
	w.rooms = open(w.Store, w.Platforms, w.Now)

	some := func(name string, d time.Duration) *time.Time {
		if rapid.IntRange(0, 3).Draw(rt, "no "+name) == 0 {
			return nil
		}
		t := ago(rt, name, d)
		return &t
	}
	platforms := []string{"instagram", "tiktok", "youtube"}
	statuses := []connection.Status{
		connection.StatusConnected, connection.StatusLimited, connection.StatusExpiring, connection.StatusNeedsReconnect, connection.StatusPaused, connection.StatusDisconnected,
	}
	var conns []*ent.Connection
	active := map[string]bool{}
	for i := range rapid.IntRange(0, 12).Draw(rt, "connections") {
		source := connection.SourceLive
		if rapid.IntRange(0, 5).Draw(rt, "source") == 0 {
			source = connection.SourceSandbox
		}
		handle := fmt.Sprintf("h%02d", rapid.IntRange(0, 99).Draw(rt, "handle"))
		q := w.DB.Connection.Create().
			SetOwnerID(w.Owner).
			SetPlatform(rapid.SampledFrom(platforms).Draw(rt, "platform")).
			SetSource(source).
			SetExternalID(fmt.Sprint("x", i)).
			SetHandle(handle).
			SetStatus(rapid.SampledFrom(statuses).Draw(rt, "status")).
			SetNillableStatusSince(some("status", 10*day))
		if rapid.IntRange(0, 4).Draw(rt, "sealed") == 0 {
			q.SetStatusDetail(platform.NativeSealed)
		}
		c, err := q.Save(w.Ctx)
		w.Must(err)
		conns = append(conns, c)
		if rapid.Bool().Draw(rt, "scheduled") {
			w.Must(
				w.DB.Schedule.Create().
					SetConnectionID(c.ID).
					SetPlatform(c.Platform).
					SetDueAt(ago(rt, "due", 2*day)).
					SetNillableLastSuccessAt(some("success", 30*time.Hour)).
					Exec(w.Ctx),
			)
		}
	}
	if len(conns) > 0 {
		var rows []*ent.RunCreate
		for range rapid.IntRange(0, 75).Draw(rt, "runs") {
			c := rapid.SampledFrom(conns).Draw(rt, "of")
			kind := rapid.SampledFrom([]run.Kind{run.KindSync, run.KindSync, run.KindInsights}).Draw(rt, "kind")
			state := rapid.SampledFrom([]run.State{
				run.StateSuccess, run.StatePartial, run.StateFailed, run.StateDead, run.StateQueued, run.StateDeferred, run.StateRunning, run.StateRetrying,
			}).Draw(rt, "state")
			code := ""
			if state != run.StateSuccess && state != run.StateQueued {
				code = rapid.SampledFrom([]string{"TIMEOUT", "INTERNAL", "APP_REFUSED", "CONFLICT", "NOT_CONNECTED", "RATE_LIMIT"}).
					Draw(rt, "code")
			}
			end := ago(rt, "end", 15*day)
			took, wait := time.Duration(
				rapid.IntRange(0, 90_000).Draw(rt, "took"),
			)*time.Millisecond, time.Duration(
				rapid.IntRange(0, 90_000).Draw(rt, "wait"),
			)*time.Millisecond
			q := w.DB.Run.Create().
				SetConnectionID(c.ID).
				SetPlatform(c.Platform).
				SetKind(kind).
				SetTrigger(run.TriggerSchedule).
				SetState(state).
				SetErrorCode(code).
				SetRateLimited(rapid.IntRange(0, 4).Draw(rt, "limited") == 0).
				SetCreatedAt(end.Add(-took - wait))
			if rapid.IntRange(0, 9).Draw(rt, "not begun") > 0 && state != run.StateQueued {
				q.SetStartedAt(end.Add(-took))
			}
			if lifecycle.RunActive(state) {
				if key := c.ID + string(kind); active[key] {
					continue // a connection has one at a time
				} else {
					active[key] = true
				}
			} else {
				q.SetCompletedAt(end).SetNillableSettledAt(some("settled", day))
			}
			rows = append(rows, q)
		}
		w.Must(w.DB.Run.CreateBulk(rows...).Exec(w.Ctx))
	}
	for _, p := range platforms {
		if rapid.IntRange(0, 3).Draw(rt, "paused") == 0 {
			w.Must(
				w.DB.Hold.Create().
					SetID(platform.PauseOf(p)).
					SetCode(platform.PausedCode).
					SetSince(ago(rt, "pause", day)).
					SetUntil(healthtest.Noon.AddDate(100, 0, 0)).
					Exec(w.Ctx),
			)
		}
		for _, bucket := range []string{"QUOTA", "USER_QUOTA"} {
			w.Must(
				w.DB.QuotaUse.Create().
					SetPlatform(p).
					SetBucket(bucket).
					SetWindowStart(healthtest.Noon.Add(-12 * time.Hour)).
					SetWindowEnd(healthtest.Noon.Add(12 * time.Hour)).
					SetUsed(rapid.Int64Range(0, 2000).Draw(rt, "used")).
					Exec(w.Ctx),
			)
		}
		for _, r := range alerts.Rules {
			for i := range rapid.IntRange(0, 2).Draw(rt, "alerts") {
				q := w.DB.Alert.Create().
					SetRule(r.ID).
					SetPlatform(p).
					SetScope(fmt.Sprint(i)).
					SetMessage("m").
					SetOpenedAt(ago(rt, "opened", 20*day)).
					SetLastSeenAt(healthtest.Noon).
					SetNillableResolvedAt(some("resolved", day)).
					SetNillableMutedUntil(some("muted", day)).
					SetNillableAcknowledgedAt(some("seen", day))
				w.Must(q.Exec(w.Ctx))
			}
		}
	}
}

// ago is a moment within a time before healthtest.Noon, at an edge of an hour, a day or a week as often as not.
func ago(rt *rapid.T, name string, d time.Duration) time.Time {
	if rapid.Bool().Draw(rt, name+" at an edge") {
		edge := rapid.SampledFrom([]time.Duration{0, time.Minute, time.Hour, 12 * time.Hour, day, 26 * time.Hour, 7 * day, 12*time.Hour + 3*day}).
			Draw(rt, name+"'s edge")
		return healthtest.Noon.Add(-edge + time.Duration(rapid.IntRange(-1, 1).Draw(rt, name+" beside it"))*time.Second)
	}
	return healthtest.Noon.Add(
		-time.Duration(rapid.Int64Range(0, int64(d/time.Millisecond)).Draw(rt, name)) * time.Millisecond,
	)
}

// ledger is every row that counts, read as it is and counted by hand.
type ledger struct {
	conns  []*ent.Connection // of our mode
	runs   []*ent.Run        // of those
	alerts []*ent.Alert
	paused map[string]bool
}

func (w *world) ledger() ledger {
	w.T.Helper()
	l := ledger{paused: map[string]bool{}}
	conns, err := w.DB.Connection.Query().WithSchedule().All(w.Ctx)
	w.Must(err)
	ours := map[string]bool{}
	for _, c := range conns {
		if c.Source == connection.SourceLive {
			l.conns, ours[c.ID] = append(l.conns, c), true
		}
	}
	runs, err := w.DB.Run.Query().All(w.Ctx)
	w.Must(err)
	for _, r := range runs {
		if ours[r.ConnectionID] {
			l.runs = append(l.runs, r)
		}
	}
	l.alerts, err = w.DB.Alert.Query().All(w.Ctx)
	w.Must(err)
	holds, err := w.DB.Hold.Query().All(w.Ctx)
	w.Must(err)
	for _, h := range holds {
		l.paused[platform.PausedBy(h.ID)] = true
	}
	return l
}

// pick counts what is picked out.
func pick[T any](rows []T, want func(T) bool) (out []T) {
	for _, r := range rows {
		if want(r) {
			out = append(out, r)
		}
	}
	return out
}

func good(r *ent.Run) bool   { return r.State == run.StateSuccess || r.State == run.StatePartial }
func failed(r *ent.Run) bool { return r.State == run.StateFailed || r.State == run.StateDead }
func waits(r *ent.Run) bool  { return failed(r) && r.SettledAt == nil }
func needy(c *ent.Connection) bool {
	return c.Status == connection.StatusNeedsReconnect || c.Status == connection.StatusExpiring
}
func endedSince(at time.Time) func(*ent.Run) bool {
	return func(r *ent.Run) bool { // of those that say how syncing goes
		ownDoing := r.State == run.StateFailed && (r.ErrorCode == "CONFLICT" || r.ErrorCode == "NOT_CONNECTED")
		return r.CompletedAt != nil && !r.CompletedAt.Before(at) && !ownDoing
	}
}

// ids lists runs as a page does: by a moment, newest first.
func ids(rows []*ent.Run, by func(*ent.Run) time.Time) []string {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b *ent.Run) int { return cmp.Or(by(b).Compare(by(a)), cmp.Compare(b.ID, a.ID)) })
	var out []string
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func ended(r *ent.Run) time.Time   { return *r.CompletedAt }
func askedAt(r *ent.Run) time.Time { return r.CreatedAt }

func rowIDs(rows []RunRow) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func first[T any](list []T, n int) []T {
	if len(list) == 0 {
		return nil
	}
	return list[:min(n, len(list))]
}

// Every number and every list of the console equals what the rows come to. // N5
func TestEveryNumberEqualsTheRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		w.drawn(rt)
		l := w.ledger()
		equal := func(what string, got, want any) {
			if d := gocmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); d != "" {
				rt.Errorf("%s (-want +got):\n%s", what, d)
			}
		}
		c := w.overview("")
		w.sameFigures(equal, l, c)
		w.samePlatforms(equal, l, c)
		w.sameLists(rt, equal, l, c)
		report, err := w.h.Report(w.Ctx)
		w.Must(err)
		equal("the monitor and the page", report.Platforms, c.Report.Platforms)
		equal("their reasons", report.Reasons, c.Report.Reasons)
		equal("well", report.Healthy, len(report.Reasons) == 0)
	})
}

func (w *world) sameFigures(equal func(string, any, any), l ledger, c *Overview) {
	of24 := pick(l.runs, endedSince(healthtest.Noon.Add(-day)))
	bad := pick(of24, failed)
	equal("runs", c.Runs24h, len(of24))
	equal("failed", c.Failed24h, len(bad))
	equal("success of 24 h", c.Success24h, share(len(of24)-len(bad), len(of24)))
	equal("failure of 24 h", c.Failure24h, share(len(bad), len(of24)))
	week := pick(l.runs, endedSince(healthtest.Noon.Add(-7*day)))
	equal("success of 7 days", c.Success7d, share(len(pick(week, good)), len(week)))
	in := func(states ...run.State) int {
		return len(pick(l.runs, func(r *ent.Run) bool { return slices.Contains(states, r.State) }))
	}
	equal("running", c.Running, in(run.StateRunning))
	equal("queued", c.Queued, in(run.StateQueued, run.StateDeferred, run.StateRetrying))
	limited := func(r *ent.Run) bool { return r.RateLimited }
	equal(
		"limits",
		c.RateLimits,
		len(pick(of24, limited))+len(pick(pick(l.runs, func(r *ent.Run) bool { return r.CompletedAt == nil }), limited)),
	)
	need := pick(l.conns, needy)
	equal("need action", c.NeedAction, len(need))
	equal(
		"expiring",
		c.Expiring,
		len(pick(need, func(c *ent.Connection) bool { return c.Status == connection.StatusExpiring })),
	)
	equal(
		"connections",
		c.Connections,
		len(pick(l.conns, func(c *ent.Connection) bool { return c.Status != connection.StatusDisconnected })),
	)
	var oldest *time.Time
	for _, n := range need {
		if n.StatusSince != nil && (oldest == nil || n.StatusSince.Before(*oldest)) {
			oldest = store.UTC(n.StatusSince)
		}
	}
	equal("who waits longest", c.OldestNeed, oldest)

	var took, waited []time.Duration
	for _, r := range of24 {
		if r.StartedAt != nil {
			took, waited = append(took, r.CompletedAt.Sub(*r.StartedAt)), append(waited, r.StartedAt.Sub(r.CreatedAt))
		}
	}
	equal("p95", c.P95Duration, hundredth(took, 95))
	equal("p95 of the wait", c.QueueWait, hundredth(waited, 95))
	equal("median", c.MedianDuration, hundredth(took, 50))
	if c.MedianDuration != nil && *c.MedianDuration > *c.P95Duration { //
		equal("a median above p95", *c.MedianDuration, *c.P95Duration)
	}
	for _, p := range c.Panels {
		var of []time.Duration
		for _, r := range of24 {
			if r.StartedAt != nil && r.Platform == p.Platform.Platform {
				of = append(of, r.CompletedAt.Sub(*r.StartedAt))
			}
		}
		equal("median of "+p.Name, p.MedianDuration, hundredth(of, 50))
	}
	var days []health.Day
	for i := range fortnight {
		d := health.Day{Start: healthtest.Noon.Truncate(day).AddDate(0, 0, i-fortnight+1)}
		for _, r := range pick(l.runs, endedSince(d.Start)) {
			if r.CompletedAt.Before(d.Start.AddDate(0, 0, 1)) {
				tally(r, &d.Good, &d.Partial, &d.Failed)
			}
		}
		days = append(days, d)
	}
	equal("days", c.Days, days)
}

const fortnight = 14 // days shown

func tally(r *ent.Run, good, partial, failed *int) {
	switch r.State {
	case run.StateSuccess:
		*good++
	case run.StatePartial:
		*partial++
	default:
		*failed++
	}
}

func share(part, all int) *float64 {
	if all == 0 {
		return nil
	}
	v := float64(part) / float64(all) * 100
	return &v
}

func hundredth(d []time.Duration, of100 int) *time.Duration {
	if len(d) == 0 {
		return nil
	}
	slices.Sort(d)
	return &d[(len(d)*of100+99)/100-1]
}

func (w *world) samePlatforms(equal func(string, any, any), l ledger, c *Overview) {
	equal("panels", len(c.Panels), len(healthtest.Specs))
	for i, s := range healthtest.Specs {
		p := c.Panels[i]
		conns := pick(l.conns, func(c *ent.Connection) bool { return c.Platform == s.ID })
		live := pick(conns, func(c *ent.Connection) bool { return c.Status != connection.StatusDisconnected })
		runs := pick(l.runs, func(r *ent.Run) bool { return r.Platform == s.ID })
		of24 := pick(runs, endedSince(healthtest.Noon.Add(-day)))
		equal(s.ID+"'s connections", p.Connections, len(live))
		equal(s.ID+"'s fresh ones", p.Fresh, len(pick(live, func(c *ent.Connection) bool {
			sc := c.Edges.Schedule
			return sc != nil && sc.LastSuccessAt != nil && !sc.LastSuccessAt.Before(healthtest.Noon.Add(-26*time.Hour))
		})))
		equal(s.ID+" paused", p.Paused != nil, l.paused[s.ID])
		equal(
			s.ID+"'s dead letters",
			p.DeadLetters,
			len(pick(runs, func(r *ent.Run) bool { return r.State == run.StateDead && r.SettledAt == nil })),
		)
		equal(
			s.ID+"'s ended access",
			p.ExpiredTokens,
			len(pick(conns, func(c *ent.Connection) bool { return c.Status == connection.StatusNeedsReconnect })),
		)
		var counts health.Counts
		hours := make([]health.Hour, 24)
		for i := range hours {
			hours[i].Start = healthtest.Noon.Add(time.Duration(i-24) * time.Hour)
		}
		for _, r := range of24 {
			tally(r, &counts.Success, &counts.Partial, &counts.Failed)
			if r.RateLimited {
				counts.RateLimited++
			}
			h := &hours[min(24-1, int(r.CompletedAt.Sub(healthtest.Noon.Add(-day))/time.Hour))]
			tally(r, &h.Good, &h.Partial, &h.Failed)
		}
		counts.RateLimited += len(pick(runs, func(r *ent.Run) bool { return r.CompletedAt == nil && r.RateLimited }))
		equal(s.ID+"'s last 24 h", p.Last24h, counts)
		equal(s.ID+"'s hours", p.Hours, hours)
		var rate *float64
		if n := len(of24); n > 0 {
			v := float64(counts.Failed) / float64(n)
			rate = &v
		}
		equal(s.ID+"'s failure rate", p.FailureRate, rate)
		var last *time.Time
		for _, r := range pick(runs, good) {
			if r.Kind == run.KindSync && (last == nil || r.CompletedAt.After(*last)) {
				last = store.UTC(r.CompletedAt)
			}
		}
		equal(s.ID+"'s last success", p.LastSuccess, last)
	}
}

func (w *world) sameLists(rt *rapid.T, equal func(string, any, any), l ledger, c *Overview) {
	waiting := pick(l.runs, waits)
	groups := map[health.FailureGroup]int{}
	for _, r := range waiting {
		groups[health.FailureGroup{Platform: r.Platform, Code: r.ErrorCode, Count: 0}]++
	}
	got := map[health.FailureGroup]int{}
	for i, g := range c.Groups {
		got[health.FailureGroup{Platform: g.Platform, Code: g.Code, Count: 0}] = g.Count
		if i > 0 && c.Groups[i-1].Count < g.Count {
			rt.Errorf("groups: got %+v, want most first", c.Groups)
		}
	}
	equal("groups", got, groups)
	equal(
		"failures",
		rowIDs(c.Failures),
		first(
			ids(pick(waiting, func(r *ent.Run) bool { return !r.CompletedAt.Before(healthtest.Noon.Add(-7 * day)) }), ended),
			maxRows,
		),
	)
	active := pick(l.runs, func(r *ent.Run) bool { return r.CompletedAt == nil })
	works := ids(pick(active, func(r *ent.Run) bool { return r.State == run.StateRunning }), askedAt)
	idle := ids(pick(active, func(r *ent.Run) bool { return r.State != run.StateRunning }), askedAt)
	over := ids(pick(l.runs, func(r *ent.Run) bool { return r.CompletedAt != nil }), ended)
	equal("recent", rowIDs(c.Recent), first(slices.Concat(works, idle, over), maxRecent))

	need := pick(l.conns, needy)
	slices.SortFunc(need, func(a, b *ent.Connection) int {
		switch {
		case a.StatusSince == nil && b.StatusSince == nil:
			return cmp.Compare(a.ID, b.ID)
		case a.StatusSince == nil:
			return 1
		case b.StatusSince == nil:
			return -1
		}
		return cmp.Or(a.StatusSince.Compare(*b.StatusSince), cmp.Compare(a.ID, b.ID))
	})
	equal("who needs somebody", connIDs(c.Expired), rowsOf(need))

	q := Query{
		Platform: rapid.SampledFrom([]string{"", "instagram", "tiktok"}).Draw(rt, "asked platform"),
		Search:   rapid.SampledFrom([]string{"", "h1", "H", "zz", "_", "%"}).Draw(rt, "asked name"),
	}
	named := map[string]bool{}
	for _, c := range l.conns {
		named[c.ID] = strings.Contains(c.Handle, strings.ToLower(q.Search))
	}
	asked := pick(
		waiting,
		func(r *ent.Run) bool { return (q.Platform == "" || r.Platform == q.Platform) && named[r.ConnectionID] },
	)
	f, err := w.co.Failures(w.Ctx, q)
	w.Must(err)
	equal("failures that are asked for", f.Total, len(asked))
	equal("their rows", rowIDs(f.Rows), first(ids(asked, ended), pageSize))
	dead := q
	dead.Dead, dead.Code = true, "TIMEOUT"
	f, err = w.co.Failures(w.Ctx, dead)
	w.Must(err)
	equal(
		"dead letters of one reason",
		rowIDs(f.Rows),
		first(
			ids(pick(asked, func(r *ent.Run) bool { return r.State == run.StateDead && r.ErrorCode == "TIMEOUT" }), ended),
			pageSize,
		),
	)

	list, err := w.co.ConnectionList(w.Ctx, q)
	w.Must(err)
	ofPlatform := pick(l.conns, func(c *ent.Connection) bool { return q.Platform == "" || c.Platform == q.Platform })
	statuses := map[string]int{}
	for _, c := range ofPlatform {
		statuses[string(c.Status)]++
	}
	equal("statuses", list.Statuses, statuses)
	found := pick(ofPlatform, func(c *ent.Connection) bool { return named[c.ID] })
	slices.SortFunc(found, func(a, b *ent.Connection) int {
		return cmp.Or(
			cmp.Compare(b.Status, a.Status),
			cmp.Compare(a.Handle, b.Handle),
			cmp.Compare(a.Platform, b.Platform),
			cmp.Compare(a.ID, b.ID),
		)
	})
	equal("accounts", list.Total, len(found))
	equal("their rows", connIDs(list.Rows), rowsOf(found))

	rq := RunQuery{
		Platform: q.Platform,
		Search:   q.Search,
		State:    rapid.SampledFrom([]string{"", "limited", "dead", "running"}).Draw(rt, "asked state"),
		Code:     rapid.SampledFrom([]string{"", "", "TIMEOUT"}).Draw(rt, "asked reason"),
	}
	if rapid.Bool().Draw(rt, "of some days") {
		rq.From, rq.To = healthtest.Noon.AddDate(0, 0, -7).
			Format(time.DateOnly),
			healthtest.Noon.AddDate(0, 0, -rapid.IntRange(0, 7).Draw(rt, "to")).
				Format(time.DateOnly)
	}
	selected := pick(l.runs, func(r *ent.Run) bool {
		on := r.CreatedAt.UTC().Format(time.DateOnly)
		return (rq.Platform == "" || r.Platform == rq.Platform) && named[r.ConnectionID] &&
			(rq.From == "" || (on >= rq.From && on <= rq.To)) && (rq.Code == "" || r.ErrorCode == rq.Code) &&
			(rq.State == "" || string(r.State) == rq.State || (rq.State == "limited" && r.RateLimited))
	})
	var pages []string
	for rq.Page = 1; ; rq.Page++ {
		runs, err := w.co.RunList(w.Ctx, rq)
		w.Must(err)
		pages = append(pages, rowIDs(runs.Rows)...)
		if !runs.More {
			break
		}
	}
	equal("runs page by page", pages, ids(selected, askedAt))

	aq := alerts.Query{
		State:    rapid.SampledFrom([]string{"", "over", "all"}).Draw(rt, "asked alerts"),
		Platform: q.Platform,
	}
	shown, err := w.al.List(w.Ctx, aq)
	w.Must(err)
	open := pick(l.alerts, func(a *ent.Alert) bool { return a.ResolvedAt == nil })
	equal("open alerts", shown.Open, len(open))
	equal("alerts", shown.Total, len(pick(l.alerts, func(a *ent.Alert) bool {
		return (aq.Platform == "" || a.Platform == aq.Platform) &&
			(aq.State == "all" || (a.ResolvedAt == nil) == (aq.State == ""))
	})))
	for _, a := range shown.Rows {
		i := slices.IndexFunc(l.alerts, func(b *ent.Alert) bool { return b.ID == a.ID })
		muted := l.alerts[i].MutedUntil != nil && l.alerts[i].MutedUntil.After(healthtest.Noon)
		equal("an alert's mute", a.Muted != nil, muted)
		equal("an alert's end", a.Resolved, store.UTC(l.alerts[i].ResolvedAt))
	}
}

func connIDs(rows []ConnectionRow) []string {
	var out []string
	for _, c := range rows {
		out = append(out, c.ID)
	}
	return first(out, pageSize)
}

func rowsOf(rows []*ent.Connection) []string {
	var out []string
	for _, c := range rows {
		out = append(out, c.ID)
	}
	return first(out, pageSize)
}
