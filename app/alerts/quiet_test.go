package alerts

import (
	"testing"
	"time"
)

// Quiet hours that end in an hour which the clocks skip or repeat end the same night.
func TestQuietHoursWhenTheClocksChange(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ zone, from, to, now, want string }{
		{"America/New_York", "22:00", "01:30", "2026-11-01T01:15:00-05:00", "2026-11-01T01:30:00-05:00"},
		{"America/New_York", "22:00", "01:30", "2026-11-01T01:15:00-04:00", "2026-11-01T01:30:00-04:00"},
		{"America/New_York", "22:00", "02:30", "2026-03-08T01:30:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"America/Santiago", "22:00", "00:00", "2026-09-05T23:00:00-04:00", "2026-09-06T01:00:00-03:00"},
		{"Europe/Berlin", "22:00", "07:00", "2026-11-24T23:10:30+01:00", "2026-11-25T07:00:00+01:00"},
		{"Europe/Berlin", "22:00", "07:00", "2026-11-24T07:00:00+01:00", ""},
	} {
		now, err := time.Parse(time.RFC3339, tc.now)
		if err != nil {
			t.Fatal(err)
		}
		got, quiet := Settings{QuietFrom: tc.from, QuietTo: tc.to, QuietZone: tc.zone}.quietUntil(now)
		if tc.want == "" {
			if quiet {
				t.Errorf("%s %s: got quiet until %s, want it not quiet", tc.zone, tc.now, got)
			}
			continue
		}
		if want, _ := time.Parse(time.RFC3339, tc.want); !quiet || !got.Equal(want) {
			t.Errorf("%s %s-%s at %s: got %s, want %s", tc.zone, tc.from, tc.to, tc.now, got, tc.want)
		}
	}
}
