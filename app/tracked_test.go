package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/truecount/truecount/app/analytics"
)

// W12: a handler that panics is one event at Sentry, with the route and nothing that was asked or is secret; the page
// tells nothing of it either.
func TestAHandlersPanicIsOneEvent(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var events []string
	tracker := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		events = append(events, string(b))
	}))
	defer tracker.Close()
	h := newHouseWith(t, map[string]string{"SENTRY_DSN": strings.Replace(tracker.URL, "://", "://CANARYkey@", 1) + "/7"})
	mina := h.creator("mina@example.com")
	*h.Analytics = analytics.Analytics{} // whatever reads it falls
	got := mina.get("/api/analytics/socials?span=CANARYasked")
	if got.status != http.StatusInternalServerError || strings.Contains(got.body, "nil pointer") ||
		strings.Contains(got.body, ".go:") {
		t.Errorf("got %d %s, want 500 and nothing of the cause", got.status, got.body)
	}
	h.stop() // what waits for Sentry is sent
	mu.Lock()
	defer mu.Unlock()
	if len(events) != 1 {
		t.Fatalf("got %d events, want 1: %q", len(events), events)
	}
	head, body, _ := strings.Cut(events[0], "\n") // the head names the DSN, as the tracker asks
	if !strings.Contains(head, "event_id") || !strings.Contains(body, `"route":"/api/analytics/socials"`) ||
		!strings.Contains(body, "goroutine") {
		t.Errorf("got the event %s, want the route and the stack", body)
	}
	for _, leak := range []string{"CANARY", "mina@example.com", h.database} {
		if strings.Contains(body, leak) {
			t.Errorf("got %q in the event %s", leak, body)
		}
	}
}
