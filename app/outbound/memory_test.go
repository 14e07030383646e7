package outbound

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"runtime"
	"testing"
)

// P4: what a body without an end costs before it is cut. Everything allocated on the way counts, the
// server's share and what is freed again too: 20 MiB, and twice that under the race detector, of which
// less than 32 MiB is held at a time. It is not parallel: it counts all memory of the process.
func TestBodiesAreCutInLittleMemory(t *testing.T) { //nolint:paralleltest // counts memory
	blanks := bytes.Repeat([]byte(" "), 1<<16)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 << 20 / len(blanks) {
		_, _ = z.Write(blanks)
	}
	_ = z.Close()
	for name, h := range map[string]http.HandlerFunc{
		"64 MiB": func(w http.ResponseWriter, _ *http.Request) {
			for range 64 << 20 / len(blanks) {
				if _, err := w.Write(blanks); err != nil {
					return
				}
			}
		},
		"gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		},
	} {
		c, at, _ := stand(t, Options{NoBreaker: true}, h)
		r := get(at)
		r.Once = true
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := c.Do(t.Context(), r)
		runtime.ReadMemStats(&after)
		if kind(err) != KindTooLarge {
			t.Errorf("%s: got %v, want %s", name, err, KindTooLarge)
		}
		if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got >= 48 {
			t.Errorf("%s: got %d MiB allocated, want less than 48", name, got)
		}
	}
}
