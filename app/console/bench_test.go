package console

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/health/healthtest"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

func size(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// fill makes many connections, each with a schedule, and so many runs of three steps each, spread over ten days up to
// healthtest.Noon; every twentieth failed and waits, every fiftieth met a limit.
func fill(b *testing.B, s *store.Store, connections, logs int) {
	b.Helper()
	ctx := viewer.System(b.Context(), viewer.ReasonTest)
	owner := s.Client.User.Create().
		SetEmail("mina@example.test").
		SetName("Mina").
		SetRole("creator").
		SetPasswordHash("x").
		SaveX(ctx).
		ID
	runs := logs / 3
	counter := func(n int) string {
		return fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", n-1)
	}
	at := func(seconds string) string {
		return fmt.Sprintf(
			"strftime('%%Y-%%m-%%d %%H:%%M:%%S+00:00', %d - (%s), 'unixepoch')",
			healthtest.Noon.Unix(),
			seconds,
		)
	}
	id := func(kind, of string) string { return "printf('" + kind + "-%034d', " + of + ")" }
	if s.Dialect == dialect.Postgres {
		counter = func(n int) string { return fmt.Sprintf("WITH n(i) AS (SELECT generate_series(0::bigint, %d)) ", n-1) }
		at = func(seconds string) string {
			return fmt.Sprintf("to_timestamp(%d - (%s))", healthtest.Noon.Unix(), seconds)
		}
		id = func(kind, of string) string { return "'" + kind + "-' || lpad((" + of + ")::text, 34, '0')" }
	}
	platform := "CASE i % 2 WHEN 0 THEN 'instagram' ELSE 'tiktok' END"
	of := "i % " + strconv.Itoa(connections)
	ago := fmt.Sprintf("(i * 864000) / %d", runs)
	yes, no := "1", "0"
	if s.Dialect == dialect.Postgres {
		yes, no = "true", "false"
	}
	for _, q := range []string{
		counter(connections) + `INSERT INTO connections (id, owner_id, platform, source, external_id, alt_id, handle, status, status_code, status_detail, "primary", token_version, refresh_failures, lease_holder, created_at)
			SELECT ` + id("c", "i") + `, '` + owner + `', ` + platform + `, 'live', 'x' || i, '', 'creator' || i, CASE WHEN i % 100 = 0 THEN 'needs_reconnect' WHEN i % 77 = 0 THEN 'limited' ELSE 'connected' END, '', '', ` + no + `, 0, 0, '', ` + at("0") + ` FROM n`,
		counter(connections) + `INSERT INTO schedules (id, connection_id, platform, due_at, last_success_at) SELECT ` + id("c", "i") + `, ` + id("c", "i") + `, ` + platform + `, ` + at("-3600") + `, ` + at("i % 100000") + ` FROM n`,
		counter(runs) + `INSERT INTO runs (id, connection_id, platform, kind, "trigger", state, attempt, items, api_calls, error_code, error_message, rate_limited, started_at, completed_at, claimed_by, job_id, created_at)
			SELECT ` + id("r", fmt.Sprintf("%d - i", runs)) + `, ` + id("c", of) + `, CASE (` + of + `) % 2 WHEN 0 THEN 'instagram' ELSE 'tiktok' END, 'sync', 'schedule', CASE WHEN i % 20 = 0 THEN 'dead' ELSE 'success' END, 1, 20, 2,
			CASE WHEN i % 20 = 0 THEN CASE i % 3 WHEN 0 THEN 'TIMEOUT' ELSE 'PLATFORM_ERROR' END ELSE '' END, '', CASE WHEN i % 50 = 0 THEN ` + yes + ` ELSE ` + no + ` END, ` + at(ago+" + 2") + `, ` + at(ago) + `, '', 0, ` + at(ago+" + 5") + ` FROM n`,
		counter(logs) + `INSERT INTO sync_logs (connection_id, run_id, platform, sync_type, status, items_synced, error_code, error_message, sample, rate_limit_hit, started_at, completed_at, duration, attempt, api_calls)
			SELECT ` + id("c", "(i / 3) % "+strconv.Itoa(connections)) + `, ` + id("r", fmt.Sprintf("%d - i / 3", runs)) + `, 'tiktok', CASE i % 3 WHEN 0 THEN 'token' WHEN 1 THEN 'profile' ELSE 'posts' END, 'success', 10, '', '', '', ` + no + `, ` + at("(i / 3 * 864000) / "+strconv.Itoa(runs)+" + 2") + `, ` + at("(i / 3 * 864000) / "+strconv.Itoa(runs)) + `, 900, 1, 1 FROM n WHERE (i / 3) < ` + strconv.Itoa(runs),
		"ANALYZE",
	} {
		if _, err := s.SQL().ExecContext(ctx, q); err != nil {
			b.Fatalf("%v in %.200s", err, q)
		}
	}
}

// Each page of the console beside many connections and a million steps, as it is met 95 times of 100; the minute's
// check goes on beside it, and is told apart. LOGS=1000000 CONNECTIONS=100000.
func BenchmarkConsole(b *testing.B) {
	s := storetest.New(b)
	connections, logs := size("CONNECTIONS", 2_000), size("LOGS", 20_000)
	fill(b, s, connections, logs)
	ctx := viewer.System(b.Context(), viewer.ReasonTest)
	cron, err := config.ParseCron("0 3 * * *", time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	// Time stands still, so that nothing seems to have been expensive and everything is read at each call.
	r := open(s, healthtest.Registry(cron), func() time.Time { return healthtest.Noon })
	s.Client.Clock.Create().SetID("tick").SetLastAt(healthtest.Noon).ExecX(ctx)
	for _, check := range []string{"the first check", "each check after it"} {
		began := time.Now()
		if err := r.al.Check(ctx); err != nil {
			b.Fatal(err)
		}
		b.Logf("%s: %s", check, time.Since(began))
	}
	deadRun := s.Client.Run.Query().Where(run.StateEQ(run.StateDead)).Order(ent.Desc(run.FieldID)).FirstIDX(ctx)
	one := s.Client.Connection.Query().Where(connection.Handle("creator50")).OnlyIDX(ctx)
	anAlert := s.Client.Alert.Query().FirstIDX(ctx)
	for _, p := range []struct {
		name string
		read func(context.Context) error
	}{
		{"health", func(ctx context.Context) error { _, err := r.co.Overview(ctx, "all"); return err }},
		{"report", func(ctx context.Context) error { _, err := r.h.Report(ctx); return err }},
		{"connections", func(ctx context.Context) error { _, err := r.co.ConnectionList(ctx, Query{Page: 1}); return err }},
		{"connections/last", func(ctx context.Context) error { _, err := r.co.ConnectionList(ctx, Query{Page: 1900}); return err }},
		{"connections/search", func(ctx context.Context) error {
			_, err := r.co.ConnectionList(ctx, Query{Search: "tor4321"})
			return err
		}},
		{"connections/status", func(ctx context.Context) error {
			_, err := r.co.ConnectionList(ctx, Query{Status: "needs_reconnect", Platform: "instagram"})
			return err
		}},
		{"connection", func(ctx context.Context) error { _, err := r.co.Connection(ctx, one); return err }},
		{"failures", func(ctx context.Context) error { _, err := r.co.Failures(ctx, Query{}); return err }},
		{"failures/search", func(ctx context.Context) error { _, err := r.co.Failures(ctx, Query{Search: "tor4320"}); return err }},
		{"runs", func(ctx context.Context) error { _, err := r.co.RunList(ctx, RunQuery{}); return err }},
		{"runs/filter", func(ctx context.Context) error {
			_, err := r.co.RunList(ctx, RunQuery{Platform: "tiktok", State: "dead", Code: "TIMEOUT", From: "2026-11-16", To: "2026-11-20"})
			return err
		}},
		{"runs/deep", func(ctx context.Context) error { _, err := r.co.RunList(ctx, RunQuery{Page: 200}); return err }},
		{"runs/search", func(ctx context.Context) error { _, err := r.co.RunList(ctx, RunQuery{Search: "tor4321"}); return err }},
		{"run", func(ctx context.Context) error { _, err := r.co.Run(ctx, deadRun); return err }},
		{"quotas", func(ctx context.Context) error { _, err := r.c.Forecasts(ctx); return err }},
		{"alerts", func(ctx context.Context) error { _, err := r.al.List(ctx, alerts.Query{State: "all"}); return err }},
		{"alert", func(ctx context.Context) error { _, err := r.al.Story(ctx, anAlert); return err }},
	} {
		b.Run(p.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if err := p.read(ctx); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100])/float64(time.Millisecond), "p95-ms")
		})
	}
}
