package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/metrics"
)

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	return w.Body.String()
}

// Every series of the contract has its name and its labels.
func TestEverySeries(t *testing.T) {
	t.Parallel()
	m := metrics.New(func(context.Context) (metrics.Gauges, error) {
		return metrics.Gauges{
			Connections: map[[2]string]float64{{"tiktok", "expiring"}: 3}, DeadLetters: map[string]float64{"tiktok": 2},
			QueueDepth: map[string]float64{
				"tiktok": 5,
			}, LastSuccess: map[string]float64{"tiktok": 1.7e9}, QuotaUsed: map[string]float64{"tiktok": 0.25},
		}, nil
	})
	m.Run("tiktok", "success", 3*time.Second)
	m.Request("tiktok", "/v2/user/info/", 429, time.Second)
	m.Refresh("tiktok", "dead")
	m.HTTP("/dashboard/:platform", "GET", 200, time.Millisecond)
	got := scrape(t, m)
	for _, want := range []string{
		`truecount_sync_runs_total{platform="tiktok",state="success"} 1`,
		`truecount_sync_run_seconds_bucket{platform="tiktok",le="5"} 1`, `truecount_sync_run_seconds_bucket{platform="tiktok",le="2.5"} 0`,
		`truecount_platform_requests_total{endpoint="/v2/user/info/",platform="tiktok",status="429"} 1`,
		`truecount_quota_used_ratio{platform="tiktok"} 0.25`,
		`truecount_token_refreshes_total{outcome="dead",platform="tiktok"} 1`,
		`truecount_connections{platform="tiktok",status="expiring"} 3`,
		`truecount_dead_letters{platform="tiktok"} 2`,
		`truecount_queue_depth{platform="tiktok"} 5`,
		`truecount_last_success_timestamp_seconds{platform="tiktok"} 1.7e+09`,
		`truecount_http_request_seconds_count{method="GET",route="/dashboard/:platform",status="200"} 1`,
		"go_goroutines ", "process_start_time_seconds ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %s in\n%s", want, got)
		}
	}
}

// Whatever method or status is made up, there is one series for all of them. // S12
func TestMadeUpLabels(t *testing.T) {
	t.Parallel()
	m := metrics.New(func(context.Context) (metrics.Gauges, error) { return metrics.Gauges{}, nil })
	lines := func() int { return strings.Count(scrape(t, m), "truecount_") }
	for i := range 2000 {
		m.HTTP("none", fmt.Sprintf("MADEUP%d", i), 404, time.Millisecond)
		m.HTTP("none", "get", 600+i, time.Millisecond)
		m.Request("tiktok", "/v2/user/info/", 432+i%60, time.Second)
		if i == 100 {
			defer func(n int) {
				if got := lines(); got != n {
					t.Errorf("got %d lines, want %d as before", got, n)
				}
			}(lines())
		}
	}
	got := scrape(t, m)
	if strings.Contains(got, "MADEUP") || !strings.Contains(got, `method="other",route="none",status="404"`) ||
		!strings.Contains(got, `status="4xx"`) {
		t.Errorf("got %s", got)
	}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		if metrics.Method(method) != method {
			t.Errorf("%s: got %s", method, metrics.Method(method))
		}
	}
}

// A database that cannot be read takes the gauges away, not the counters, and no gauge becomes 0.
func TestWithoutADatabase(t *testing.T) {
	t.Parallel()
	m := metrics.New(func(context.Context) (metrics.Gauges, error) { return metrics.Gauges{}, errors.New("no database") })
	m.Refresh("tiktok", "success")
	got := scrape(t, m)
	if !strings.Contains(got, `truecount_token_refreshes_total{outcome="success",platform="tiktok"} 1`) {
		t.Errorf("got\n%s\nwant the counters", got)
	}
	if strings.Contains(got, "truecount_connections{") || strings.Contains(got, "truecount_queue_depth{") {
		t.Errorf("got\n%s\nwant no gauge that nobody could read", got)
	}
}

// Refreshes are a series from the start.
func TestRefreshesFromTheStart(t *testing.T) {
	t.Parallel()
	m := metrics.New(func(context.Context) (metrics.Gauges, error) { return metrics.Gauges{}, nil })
	m.Begin("tiktok")
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for _, outcome := range []string{"success", "failed", "dead"} {
		if want := `truecount_token_refreshes_total{outcome="` + outcome + `",platform="tiktok"} 0`; !strings.Contains(
			w.Body.String(),
			want,
		) {
			t.Errorf("got no %s", want)
		}
	}
}
