package outbound

import (
	"net/http"
	"testing"
	"time"
)

// J6: a platform whose clock is ten minutes off is never asked sooner than it told.
func TestRetryAfterByAnothersClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, skew := range []time.Duration{-10 * time.Minute, 0, 10 * time.Minute, 300 * 24 * time.Hour} {
		theirs := now.Add(skew)
		h := http.Header{
			"Date":        {theirs.Format(http.TimeFormat)},
			"Retry-After": {theirs.Add(5 * time.Minute).Format(http.TimeFormat)},
		}
		if got := RetryAfter(h, now); got < 5*time.Minute {
			t.Errorf("%s: got a wait of %s, want five minutes at least", skew, got)
		}
		h.Set("Retry-After", "300")
		if got := RetryAfter(h, now); got != 5*time.Minute {
			t.Errorf("%s, in seconds: got %s, want five minutes", skew, got)
		}
	}
}
