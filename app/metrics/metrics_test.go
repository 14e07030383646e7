package metrics_test

import (
	"context"
	"errors"
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
			QueueDepth: map[string]float64{"tiktok": 5}, LastSuccess: map[string]float64{"tiktok": 1.7e9}, QuotaUsed: map[string]float64{"tiktok": 0.25},
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
