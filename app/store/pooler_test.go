package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
)

// A pooler in transaction mode is told from PostgreSQL itself and from one in session mode, and refused in one line
// that says what to do. It needs PgBouncer, in PATH or named by PGBOUNCER.
func TestAPoolerInTransactionMode(t *testing.T) {
	bouncer := os.Getenv("PGBOUNCER")
	if bouncer == "" {
		var err error
		if bouncer, err = exec.LookPath("pgbouncer"); err != nil {
			t.Skip("there is no PgBouncer here")
		}
	}
	direct := storetest.PostgresURL(t)
	s, err := store.Open(t.Context(), direct)
	if err != nil {
		t.Fatalf("PostgreSQL itself: got %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[string]error{"transaction": store.ErrPooled, "session": nil} {
		through := pooler(t, bouncer, direct, mode)
		s, err := store.Open(t.Context(), through)
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", mode, err, want)
		}
		if err == nil {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// pooler begins a PgBouncer before a database and gives its address.
func pooler(t *testing.T, bouncer, direct, mode string) string {
	t.Helper()
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil { // #nosec G302 -- of the test alone
		t.Fatal(err)
	}
	ini := filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf(
		"[databases]\n* = host=%s port=%s user=%s\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=%d\nauth_type=any\npool_mode=%s\nunix_socket_dir=\nlogfile=%s/log\nignore_startup_parameters=extra_float_digits\n",
		u.Hostname(),
		u.Port(),
		u.User.Username(),
		port,
		mode,
		dir,
	)
	if err := os.WriteFile(ini, []byte(text), 0o644); err != nil { // #nosec G306 -- of the test alone
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	args := []string{ini}
	if os.Getuid() == 0 { // it refuses to run as root, and everybody must find its file
		for d := dir; d != filepath.Dir(d) && d != os.TempDir(); d = filepath.Dir(d) {
			if err := os.Chmod(d, 0o777); err != nil { // #nosec G302 -- of the test alone
				t.Fatal(err)
			}
		}
		args = []string{"-u", "nobody", ini}
	}
	cmd := exec.CommandContext(ctx, bouncer, args...) // #nosec G204 -- named by who runs the tests
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	address := fmt.Sprintf("127.0.0.1:%d", port)
	for end := time.Now().Add(10 * time.Second); ; {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the pooler does not answer: %v", err)
		}
		runtime.Gosched()
	}
	u.Host = address
	return u.String()
}
