package outbound

import (
	"net/http"
	"runtime"
	"testing"
	"time"
)

// P2: calls that hang end by their deadline and leave nothing running. It is not parallel: it counts
// all goroutines of the process.
func TestHangsLeaveNothing(t *testing.T) { //nolint:paralleltest // counts goroutines
	release := make(chan struct{})
	c, at, _ := stand(
		t,
		Options{Timeout: 50 * time.Millisecond, NoBreaker: true},
		func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-release:
			}
		},
	)
	before := runtime.NumGoroutine()
	for range 20 {
		r := get(at)
		r.Once = true
		if _, err := c.Do(t.Context(), r); err == nil {
			t.Fatal("got an answer, want a timeout")
		}
	}
	close(release)
	c.Close()
	deadline := time.Now().Add(20 * time.Second)
	for runtime.NumGoroutine() > before+2 {
		if time.Now().After(deadline) {
			t.Fatalf("got %d goroutines after twenty hanging calls, want the %d from before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}
