package metrics_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/truecount/truecount/app/metrics"
	"github.com/truecount/truecount/ent/run"
)

// exposed lists what a process tells: each sample's name with the names of its labels.
func exposed(t *testing.T) map[string][]string {
	t.Helper()
	m := metrics.New(func(context.Context) (metrics.Gauges, error) {
		return metrics.Gauges{
			Connections: map[[2]string]float64{{"tiktok", "connected"}: 1}, DeadLetters: map[string]float64{"tiktok": 1},
			QueueDepth: map[string]float64{
				"tiktok": 1,
			}, LastSuccess: map[string]float64{"tiktok": 1}, QuotaUsed: map[string]float64{"tiktok": 1},
		}, nil
	})
	m.Run("tiktok", "success", time.Second)
	m.Request("tiktok", "/v2/user/info/", 200, time.Second)
	m.Refresh("tiktok", "success")
	m.HTTP("/dashboard", "GET", 200, time.Second)
	out := map[string][]string{}
	for _, s := range regexp.MustCompile(`(?m)^([a-z]\w*)(?:\{([^}]*)\})? `).FindAllStringSubmatch(scrape(t, m), -1) {
		labels := []string{"job", "instance"} // the scraper's own
		for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(s[2], -1) {
			labels = append(labels, l[1])
		}
		out[s[1]] = labels
	}
	return out
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	selector = regexp.MustCompile(`\b((?:truecount|process|go)_\w+)(?:\{([^}]*)\})?`)
	matcher  = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)`)
	states   = regexp.MustCompile(`\bstate=~?"([^"]*)"`)
	grouped  = regexp.MustCompile(`\b(?:by|on)\s*\(([^)]*)\)`)
)

// holds checks that a query asks for series and labels that are, and gives the series.
func holds(t *testing.T, where, expr string, have map[string][]string) []string {
	t.Helper()
	bare := quoted.ReplaceAllString(expr, `""`)
	if bare == "" || strings.Count(bare, "(") != strings.Count(bare, ")") ||
		strings.Count(bare, "{") != strings.Count(bare, "}") {
		t.Errorf("%s: got %q, want a whole query", where, expr)
	}
	var series []string
	labels := []string{"le", "job", "instance"}
	for _, s := range selector.FindAllStringSubmatch(bare, -1) {
		known, ok := have[s[1]]
		if !ok {
			t.Errorf("%s: got %s, want a series that the program exposes", where, s[1])
		}
		for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
			if !slices.Contains(known, m[1]) {
				t.Errorf("%s: got label %s of %s, want one of %v", where, m[1], s[1], known)
			}
		}
		series, labels = append(series, s[1]), append(labels, known...)
	}
	for _, g := range grouped.FindAllStringSubmatch(bare, -1) {
		for _, l := range strings.Split(g[1], ",") {
			if l = strings.TrimSpace(l); !slices.Contains(labels, l) {
				t.Errorf("%s: got label %q, want one of %v", where, l, labels)
			}
		}
	}
	return series
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", ".deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// N1: every alert asks for series that are, and says in words what it is about.
func TestAlertRules(t *testing.T) {
	t.Parallel()
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.UnmarshalWithOptions(read(t, "prometheus-alerts.yaml"), &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	have, seen, used := exposed(t), map[string]bool{}, []string{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if seen[r.Alert] || !strings.HasPrefix(r.Alert, "Truecount") {
				t.Errorf("got the name %q, want one of its own that begins with Truecount", r.Alert)
			}
			seen[r.Alert] = true
			used = append(used, holds(t, r.Alert, r.Expr, have)...)
			if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) ||
				r.Annotations["summary"] == "" ||
				r.Annotations["description"] == "" {
				t.Errorf("%s: got %v and %v, want a severity, a summary and a description", r.Alert, r.Labels, r.Annotations)
			}
			if strings.Contains(r.Expr, `status="429"`) {
				t.Errorf(
					"%s: got a limit told by its status, want it told by the runs it puts off: not every platform answers 429",
					r.Alert,
				)
			}
			if r.Alert == "TruecountQueueStands" &&
				!strings.Contains(
					r.Expr,
					`unless on (platform) sum by (platform) (increase(truecount_sync_runs_total{state="deferred"}`,
				) {
				t.Errorf("%s: got %q, want what was put off left out", r.Alert, r.Expr)
			}
			for _, m := range states.FindAllStringSubmatch(r.Expr, -1) {
				for _, state := range strings.Split(m[1], "|") {
					if run.StateValidator(run.State(state)) != nil {
						t.Errorf("%s: got the state %q, want one of a run", r.Alert, state)
					}
				}
			}
			if r.For != "" && r.For != "3d" {
				if _, err := time.ParseDuration(r.For); err != nil {
					t.Errorf("%s: got for %q, want a length of time", r.Alert, r.For)
				}
			}
		}
	}
	if len(seen) < 10 || !slices.Contains(used, "truecount_quota_used_ratio") {
		t.Errorf("got %d alerts on %v, want them all", len(seen), used)
	}
}

// The dashboard shows every series of the contract, and none that is not.
func TestDashboard(t *testing.T) {
	t.Parallel()
	var board struct {
		Panels []struct {
			ID         int
			Type       string
			Title      string
			Datasource struct{ UID string }
			Targets    []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Name, Type string }
		}
	}
	text := read(t, "grafana-dashboard.json")
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	have, used, ids := exposed(t), map[string]bool{}, map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] {
			t.Errorf("%s: got the id %d twice", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type == "row" {
			continue
		}
		if p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
			t.Errorf("%s: got data source %q and %d queries, want the chosen one", p.Title, p.Datasource.UID, len(p.Targets))
		}
		for _, q := range p.Targets {
			for _, s := range holds(t, p.Title, q.Expr, have) {
				used[s] = true
			}
		}
	}
	for _, want := range []string{
		"truecount_sync_runs_total", "truecount_sync_run_seconds_bucket", "truecount_platform_requests_total", "truecount_quota_used_ratio",
		"truecount_token_refreshes_total", "truecount_connections", "truecount_dead_letters", "truecount_queue_depth",
		"truecount_last_success_timestamp_seconds", "truecount_http_request_seconds_bucket", "go_goroutines", "process_resident_memory_bytes",
	} {
		if !used[want] {
			t.Errorf("got no panel of %s", want)
		}
	}
	if vars := board.Templating.List; len(vars) == 0 || vars[0].Type != "datasource" {
		t.Errorf("got variables %v, want the data source first", vars)
	}
	if found := regexp.MustCompile(`(localhost|127\.0\.0\.1|https?://)`).Find(text); found != nil {
		t.Errorf("got %q in the dashboard, want no machine's name", found)
	}
}
