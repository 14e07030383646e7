package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/truecount/truecount/app/fault"
)

const flush = 20 * time.Second

func newSentry(t *testing.T, url string) *Sentry {
	t.Helper()
	dsn := fault.Secret(strings.Replace(url, "://", "://CANARYkey@", 1) + "/7")
	s, err := NewSentry(dsn, client(t, dsn), "v1", "production")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// event reads an envelope's one event.
func event(t *testing.T, envelope string) map[string]any {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(envelope), "\n")
	if len(lines) != 3 || !strings.Contains(lines[1], `"type":"event"`) {
		t.Fatalf("got the envelope %q, want one event", envelope)
	}
	var e map[string]any
	if err := json.Unmarshal([]byte(lines[2]), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// W12: one record is one event with what names a place in our program, and nothing else of it.
func TestRecordsBecomeEvents(t *testing.T) {
	t.Parallel()
	stand := newStand(t)
	s := newSentry(t, stand.URL)
	var out bytes.Buffer
	log := slog.New(s.Handler(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo})))
	run := "0198c5a2-7f00-7abc-8def-0123456789ab"
	log.Info("all is well")
	log.Debug("CANARY")
	log.Warn("nearly", "platform", "tiktok")
	log.With("platform", "tiktok", "address", "CANARY", "token", "CANARY").
		Error("run failed for mina@example.com at https://h/x?code=CANARY&b=1 with Bearer CANARY and access_token=CANARY",
			"run", run, "code", fault.Timeout, "step", fault.Secret("CANARY"), "request", "act.CANARY8x7Yz0123456789abcdef", "route", "/connections/:platform/callback", "action", "a\nb",
			"error", errors.New("CANARY"), slog.Group("g", "route", "CANARY"))
	if !s.Flush(flush) {
		t.Fatal("not sent in time")
	}
	g := stand.last(t)
	if g.method != http.MethodPost || g.path != "/api/7/envelope/" ||
		!strings.Contains(g.header.Get("X-Sentry-Auth"), "sentry_key=CANARYkey") ||
		g.header.Get("Content-Type") != "application/x-sentry-envelope" {
		t.Errorf("got %s %s with %v, want an envelope to project 7 with its key", g.method, g.path, g.header)
	}
	e := event(t, g.body)
	want := map[string]any{"platform": "tiktok", "run": run, "code": "TIMEOUT", "route": "/connections/:platform/callback"}
	if diff := cmp.Diff(want, e["tags"]); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if got := e["message"]; got != "run failed for [redacted] at [redacted] with [redacted] and [redacted]" {
		t.Errorf("got the message %q", got)
	}
	if e["level"] != "error" || e["release"] != "v1" || e["environment"] != "production" {
		t.Errorf("got %v, want an error of this release", e)
	}
	_, body, _ := strings.Cut(g.body, "\n") // the head names the DSN
	silent(t, "the event", body)
	for _, part := range []string{"user", "request", "server_name", "breadcrumbs", "exception", "contexts", "modules"} {
		if v, there := e[part]; there && fmt.Sprint(v) != "map[]" {
			t.Errorf("got %s %v in the event, want none", part, v)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 3 {
		t.Errorf("got %d lines logged, want the three from INFO up:\n%s", n, &out)
	}
}

// W12: attributes within a group are nobody's tags, and ERROR records are sent though the log leaves them out.
func TestGroupsAndSilentLogs(t *testing.T) {
	t.Parallel()
	stand := newStand(t)
	s := newSentry(t, stand.URL)
	log := slog.New(s.Handler(slog.DiscardHandler)).With("step", "posts").WithGroup("g").With("route", "/x")
	log.Error("failed", "run", "1")
	if !s.Flush(flush) {
		t.Fatal("not sent in time")
	}
	if diff := cmp.Diff(map[string]any{"step": "posts"}, event(t, stand.last(t).body)["tags"]); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

// The stack of a fall is sent with it, and nothing secret in it.
func TestAStackIsSent(t *testing.T) {
	t.Parallel()
	stand := newStand(t)
	s := newSentry(t, stand.URL)
	slog.New(s.Handler(slog.DiscardHandler)).
		Error("sync", "stack", "goroutine 7 [running]:\nsyncer.(*attempt).work(0x1)\n\t/app/syncer/run.go:9\nBearer CANARY")
	if !s.Flush(flush) {
		t.Fatal("not sent in time")
	}
	body := stand.last(t).body
	_, rest, _ := strings.Cut(body, "\n")
	silent(t, "the event", rest)
	if !strings.Contains(body, "syncer/run.go:9") {
		t.Errorf("got %s, want the stack", body)
	}
}

// N2: what has one cause is one issue, told from others by rule and platform.
func TestAlertsAsEvents(t *testing.T) {
	t.Parallel()
	stand := newStand(t)
	s := newSentry(t, stand.URL)
	if err := s.Alert(t.Context(), told1); err != nil {
		t.Fatal(err)
	}
	e := event(t, stand.last(t).body)
	if diff := cmp.Diff([]any{"alert", "failure_rate", "tiktok"}, e["fingerprint"]); diff != "" {
		t.Errorf("fingerprint (-want +got):\n%s", diff)
	}
	want := map[string]any{"rule": "failure_rate", "platform": "tiktok", "severity": "critical", "event": "opened"}
	if diff := cmp.Diff(want, e["tags"]); diff != "" || e["message"] != told1.Title || e["level"] != "error" {
		t.Errorf("got %v, tags (-want +got):\n%s", e, diff)
	}
	stand.say(500, "CANARY")
	err := s.Alert(t.Context(), told1)
	if err == nil || !strings.Contains(err.Error(), "HTTP 500") {
		t.Fatalf("got %v, want the status", err)
	}
	silent(t, "a failure", err.Error())
	stand.say(429, "")
	_ = s.Alert(t.Context(), told1)
	if err := s.Alert(t.Context(), told1); err == nil || !strings.Contains(err.Error(), "pause") {
		t.Errorf("got %v after being told to wait, want it not sent", err)
	}
}

// N3: a flood waits in a short line; what does not fit is counted, and who logs is never held up.
func TestAFloodIsBounded(t *testing.T) {
	t.Parallel()
	hang := hanging(t)
	s := newSentry(t, hang.URL)
	log := slog.New(s.Handler(slog.DiscardHandler))
	began := time.Now()
	for range 5000 {
		log.Error("again")
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("got %s for 5000 records, want nobody held up", took)
	}
	s.mu.Lock()
	waiting := len(s.waiting)
	s.mu.Unlock()
	if waiting > mostWaiting || s.Dropped() < 5000-mostWaiting-1 {
		t.Errorf("got %d waiting and %d dropped, want at most %d waiting", waiting, s.Dropped(), mostWaiting)
	}
	if s.Flush(time.Millisecond) {
		t.Error("got everything sent to one who does not answer")
	}
}

func TestWithoutSentry(t *testing.T) {
	t.Parallel()
	s, err := NewSentry("", nil, "", "")
	if s != nil || err != nil {
		t.Fatalf("got %v, %v without a DSN, want neither", s, err)
	}
	h := slog.DiscardHandler
	if s.Handler(h) != h || s.Alert(t.Context(), told1) != nil || !s.Flush(0) || s.Dropped() != 0 {
		t.Error("got something done, want nothing")
	}
	for _, dsn := range []fault.Secret{"https://CANARY.example.com", "https://CANARY@h", "CANARY", "https://CANARY@h/%zz"} {
		_, err := NewSentry(dsn, nil, "", "")
		if err == nil || !strings.HasPrefix(err.Error(), "SENTRY_DSN ") {
			t.Errorf("got %v, want a line about SENTRY_DSN", err)
			continue
		}
		silent(t, "a bad DSN", err.Error())
	}
}

func TestScrub(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a run's outcome could not be stored":                 "a run's outcome could not be stored",
		"run 0198c5a2-7f00-7abc-8def-0123456789ab failed":     "run 0198c5a2-7f00-7abc-8def-0123456789ab failed",
		"/api/webhooks/instagram/data-deletion":               "/api/webhooks/instagram/data-deletion",
		"instagram_business_manage_insights":                  "instagram_business_manage_insights",
		"token ya29.a0AfH6SMBx-1234567890abcdef here":         "token [redacted] here",
		"EAAGm0PX4ZCpsBAKZCw1ZB2":                             "[redacted]",
		"client_secret='abc', code=xyz&state=1":               "[redacted]', [redacted]&state=1",
		"postgres://truecount:pw@db/x":                        "[redacted]",
		"Authorization: Basic dXNlcg==":                       "Authorization: [redacted]",
		"https://www.googleapis.com/youtube/v3/channels":      "https://www.googleapis.com/youtube/v3/channels",
		"GET https://graph.instagram.com/me?fields=a":         "GET [redacted]",
		"to <mina@example.com>, 12345678901234567890 of them": "to <[redacted]>, 12345678901234567890 of them",
	} {
		if got := scrub(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// A run that gave up is an event of its own, tagged platform, step and code, and names nobody.
func TestFailedRunsAsEvents(t *testing.T) {
	t.Parallel()
	stand := newStand(t)
	s := newSentry(t, stand.URL)
	s.Run(time.Now(), "0198c5a2-7f00-7abc-8def-0123456789ab", "tiktok", "posts", "TIMEOUT", "dead")
	if !s.Flush(flush) {
		t.Fatal("not sent in time")
	}
	e := event(t, stand.last(t).body)
	want := map[string]any{
		"platform": "tiktok",
		"step":     "posts",
		"code":     "TIMEOUT",
		"state":    "dead",
		"run":      "0198c5a2-7f00-7abc-8def-0123456789ab",
	}
	if diff := cmp.Diff(want, e["tags"]); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	var none *Sentry
	none.Run(time.Now(), "", "", "", "", "")
}
