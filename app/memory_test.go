package app_test

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A server bounds its memory from the start.
func TestTheMemoryIsBounded(t *testing.T) {
	t.Parallel()
	newHouse(t)
	until(t, "a memory limit to be set", func() bool { return debug.SetMemoryLimit(-1) != math.MaxInt64 })
	if got := debug.SetMemoryLimit(-1); got < 144<<20 {
		t.Errorf("got %d bytes, want at least 144 MiB", got)
	}
}

// Two hundred people who sign in at once, from as many networks, cost the process less than 120 MB; those it cannot
// look at are told to come again, and pages are served meanwhile. // S6
func TestSignInsAtOnceInLittleMemory(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	p := start(t, program(t), map[string]string{"ADDR": "127.0.0.1:0", "SANDBOX": "true", "TRUSTED_PROXIES": "127.0.0.1"})
	held := func(what string) int {
		t.Helper()
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b) {
			if f := strings.Fields(string(line)); len(f) == 3 && f[0] == what+":" {
				n, err := strconv.Atoi(f[1])
				if err != nil {
					t.Fatal(err)
				}
				return n >> 10
			}
		}
		t.Fatalf("got no %s", what)
		return 0
	}
	client := &http.Client{Timeout: patience}
	ask := func(i int) (status int, after string) {
		form := url.Values{"email": {fmt.Sprintf("p%d@example.com", i)}, "password": {"not the password"}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/login", strings.NewReader(form.Encode()))
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", i/250, i%250))
		res, err := client.Do(r)
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		_ = res.Body.Close()
		return res.StatusCode, res.Header.Get("Retry-After")
	}
	if status, _ := ask(0); status != http.StatusUnprocessableEntity {
		t.Fatalf("got %d, want 422", status)
	}
	before := held("VmRSS")
	counts := map[int]int{}
	var mu sync.Mutex
	together(200, func(i int) {
		status, after := ask(i + 1)
		mu.Lock()
		defer mu.Unlock()
		counts[status]++
		if status == http.StatusServiceUnavailable && after == "" {
			t.Error("got 503 without Retry-After")
		}
	})
	if counts[http.StatusServiceUnavailable] == 0 || counts[http.StatusUnprocessableEntity] < 20 ||
		counts[http.StatusServiceUnavailable]+counts[http.StatusUnprocessableEntity] != 200 {
		t.Errorf("got %v, want some judged and the rest told to come again", counts)
	}
	most := held("VmHWM")
	t.Logf("%d MB before, %d MB at most, %v", before, most, counts)
	if most-before > 120 {
		t.Errorf("got %d MB more, want less than 120", most-before)
	}
}
