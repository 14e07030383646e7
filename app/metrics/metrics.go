package metrics

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/truecount/truecount/app/release"
)

// Gauges is what is read at the moment somebody asks.
type Gauges struct {
	Connections map[[2]string]float64 // platform, status
	DeadLetters map[string]float64    // platform
	QueueDepth  map[string]float64    // platform: runs that have not ended
	LastSuccess map[string]float64    // platform: Unix seconds; a platform without one is left out
	QuotaUsed   map[string]float64    // platform: the fullest window, 0 to 1
}

// Metrics is one process's series.
type Metrics struct {
	registry  *prometheus.Registry
	runs      *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	requests  *prometheus.CounterVec
	refreshes *prometheus.CounterVec
	http      *prometheus.HistogramVec
}

// New makes the series. read gives the gauges; what it cannot read is left out of the answer.
func New(read func(context.Context) (Gauges, error)) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "truecount_sync_runs_total", Help: "Attempts of sync runs by the state they ended in.",
		}, []string{"platform", "state"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "truecount_sync_run_seconds", Help: "Duration of one attempt.",
			Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120},
		}, []string{"platform"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "truecount_platform_requests_total",
			Help: "Requests to platforms by endpoint and HTTP status; status 0 is no answer.",
		}, []string{"platform", "endpoint", "status"}),
		refreshes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "truecount_token_refreshes_total", Help: "Token refreshes by outcome.",
		}, []string{"platform", "outcome"}),
		http: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "truecount_http_request_seconds", Help: "Requests to us by route template, method and status.",
			Buckets: prometheus.DefBuckets,
		}, []string{"route", "method", "status"}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "truecount_build_info", Help: "Which build this is; the value is always 1.",
	}, []string{"version", "commit", "goversion"})
	is := release.Current()
	build.WithLabelValues(is.Version, is.Commit, is.Go).Set(1)
	m.registry.MustRegister(build, m.runs, m.seconds, m.requests, m.refreshes, m.http, &gauges{read: read},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the series as Prometheus text.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// Run counts an attempt.
func (m *Metrics) Run(platform, state string, took time.Duration) {
	m.runs.WithLabelValues(platform, state).Inc()
	m.seconds.WithLabelValues(platform).Observe(took.Seconds())
}

// Request counts a request to a platform.
func (m *Metrics) Request(platform, endpoint string, status int, _ time.Duration) {
	m.requests.WithLabelValues(platform, endpoint, code(status)).Inc()
}

// Refresh counts a token refresh.
func (m *Metrics) Refresh(platform, outcome string) {
	m.refreshes.WithLabelValues(platform, outcome).Inc()
}

// outcomes are how a token refresh may end.
var outcomes = []string{"success", "failed", "dead"}

// Begin lets each platform's refreshes be seen from the start: a rate is not known from a series that begins later.
func (m *Metrics) Begin(platforms ...string) {
	for _, p := range platforms {
		for _, o := range outcomes {
			m.refreshes.WithLabelValues(p, o)
		}
	}
}

// HTTP counts a request to us. route is a template of ours, never a path.
func (m *Metrics) HTTP(route, method string, status int, took time.Duration) {
	m.http.WithLabelValues(route, Method(method), code(status)).Observe(took.Seconds())
}

const other = "other"

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodOptions, http.MethodConnect, http.MethodTrace,
}

// Method is what a request's method is called in labels and logs: a stranger may make any up, and each would be a
// series that never ends.
func Method(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return other
}

// code is what a status is called in a label; what no standard knows is one of a kind. 0 is no answer.
func code(status int) string {
	switch {
	case status == 0 || http.StatusText(status) != "":
		return strconv.Itoa(status)
	case status >= 100 && status < 600:
		return strconv.Itoa(status/100) + "xx"
	default:
		return other
	}
}

// gauges asks the database when Prometheus asks us.
type gauges struct {
	read func(context.Context) (Gauges, error)
}

var (
	connections = prometheus.NewDesc(
		"truecount_connections",
		"Connections by platform and status.",
		[]string{"platform", "status"},
		nil,
	)
	deadLetters = prometheus.NewDesc(
		"truecount_dead_letters",
		"Syncs that failed after 5 attempts and are not reviewed.",
		[]string{"platform"},
		nil,
	)
	queueDepth  = prometheus.NewDesc("truecount_queue_depth", "Unfinished syncs.", []string{"platform"}, nil)
	lastSuccess = prometheus.NewDesc(
		"truecount_last_success_timestamp_seconds",
		"End of the newest successful run.",
		[]string{"platform"},
		nil,
	)
	quotaUsed = prometheus.NewDesc(
		"truecount_quota_used_ratio",
		"Used part of the fullest quota window.",
		[]string{"platform"},
		nil,
	)
)

// Describe implements prometheus.Collector.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connections, deadLetters, queueDepth, lastSuccess, quotaUsed} {
		ch <- d
	}
}

const readLimit = 5 * time.Second

// Collect implements prometheus.Collector.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readLimit)
	defer cancel()
	v, err := g.read(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(connections, err)
		return
	}
	for k, n := range v.Connections {
		ch <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, n, k[0], k[1])
	}
	for desc, values := range map[*prometheus.Desc]map[string]float64{
		deadLetters: v.DeadLetters, queueDepth: v.QueueDepth, lastSuccess: v.LastSuccess, quotaUsed: v.QuotaUsed,
	} {
		for platform, n := range values {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, n, platform)
		}
	}
}
