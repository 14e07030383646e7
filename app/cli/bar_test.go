package cli

import (
	"bytes"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		p    progress
		took time.Duration
		want string
	}{
		{progress{all: 40}, time.Second, "[........................] 0/40"},
		{progress{all: 40, ended: 10}, 5 * time.Second, "[######..................] 10/40  2.0/s  15s left"},
		{progress{all: 40, ended: 30, failed: 2, waiting: 10}, 10 * time.Second, "[##################......] 30/40  3.0/s  2 failed  10 waiting"},
		{progress{all: 40, ended: 40}, 20 * time.Second, "[########################] 40/40  2.0/s"},
		{progress{}, 0, "[........................] 0/0"},
		{progress{all: 100000, ended: 500}, 250 * time.Second, "[........................] 500/100000  2.0/s  13h49m10s left"},
	} {
		if got := tc.p.line(tc.took); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

// What is no terminal gets lines alone.
func TestNoBarInAFile(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := barOn(&out, time.Now())
	b.draw(progress{all: 2, ended: 1}, time.Now())
	b.clear()
	if out.Len() != 0 {
		t.Errorf("got %q, want nothing", out.String())
	}
	b.out = &out // as on a terminal
	b.draw(progress{all: 2, ended: 1, waiting: 1}, b.began.Add(time.Second))
	long := out.Len()
	b.draw(progress{all: 2, ended: 2}, b.began.Add(2*time.Second))
	b.clear()
	if !bytes.HasPrefix(out.Bytes(), []byte("\r[############............] 1/2")) || out.Len() < 2*long ||
		bytes.ContainsRune(out.Bytes(), '\n') {
		t.Errorf("got %q, want one line drawn over itself", out.String())
	}
}
