// Package storetest opens a fresh, migrated database for a test: SQLite by default, PostgreSQL
// when TEST_DB=postgres (a throw-away cluster, or the one TEST_POSTGRES_URL names).
package storetest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"database/sql"

	_ "github.com/jackc/pgx/v5/stdlib" // opens the administrative connection

	"github.com/truecount/truecount/app/store"
)

// New opens a fresh database with every migration applied, and closes it when the test ends.
func New(t testing.TB, extra ...store.Extra) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), URL(t))
	if err != nil {
		t.Fatalf("open test database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close test database: %v", err)
		}
	})
	var e store.Extra
	if len(extra) > 0 {
		e = extra[0]
	}
	if err := s.Migrate(t.Context(), e); err != nil {
		t.Fatalf("migrate test database: %v", err)
	}
	return s
}

// Postgres reports whether tests run on PostgreSQL.
func Postgres() bool { return os.Getenv("TEST_DB") == "postgres" }

// URL gives the DATABASE_URL of a fresh, empty database.
func URL(t testing.TB) string {
	t.Helper()
	if !Postgres() {
		return "sqlite://" + filepath.Join(t.TempDir(), "test.db")
	}
	return PostgresURL(t)
}

var cluster struct {
	once sync.Once
	url  string
	err  error
	n    int
	mu   sync.Mutex
}

// PostgresURL gives a fresh PostgreSQL database whatever TEST_DB says; it skips the test where no
// PostgreSQL is installed.
func PostgresURL(t testing.TB) string {
	t.Helper()
	cluster.once.Do(func() {
		if cluster.url = os.Getenv("TEST_POSTGRES_URL"); cluster.url == "" {
			cluster.url, cluster.err = startCluster()
		}
	})
	if cluster.err != nil {
		t.Fatalf("start PostgreSQL: %v", cluster.err)
	}
	if cluster.url == "" {
		t.Skip("PostgreSQL's binaries are not installed: apt-get install postgresql")
	}
	cluster.mu.Lock()
	cluster.n++
	name := fmt.Sprintf("t%d_%d_%d", os.Getpid(), time.Now().UnixNano()%1e9, cluster.n)
	cluster.mu.Unlock()
	admin, err := sql.Open("pgx", cluster.url)
	if err != nil {
		t.Fatalf("open PostgreSQL: %v", err)
	}
	defer func() { _ = admin.Close() }()
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		db, err := sql.Open("pgx", cluster.url)
		if err != nil {
			return
		}
		defer func() { _ = db.Close() }()
		_, _ = db.ExecContext(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	})
	u, err := url.Parse(cluster.url)
	if err != nil {
		t.Fatalf("read PostgreSQL url: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

// startCluster makes a throw-away cluster and gives its url; an empty url means that PostgreSQL
// is not installed. The server goes away with this process.
func startCluster() (string, error) {
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Sort(bins)
	bin := ""
	for _, b := range bins {
		if _, err := os.Stat(filepath.Join(b, "initdb")); err == nil {
			bin = b
		}
	}
	if bin == "" {
		return "", nil
	}
	sweep()
	dir, err := os.MkdirTemp("", "truecount-pg-")
	if err != nil {
		return "", err
	}
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() == 0 { // the server refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			return "", err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return "", err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)} // #nosec G115 -- ids of the system
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync") // #nosec G204
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	srv := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-k", dir, // #nosec G204
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=300", "-c", "synchronous_commit=off")
	srv.SysProcAttr, srv.Dir = attr, dir
	started := make(chan error, 1)
	go func() {
		// The parent-death signal follows the thread that started the child: keep that thread.
		runtime.LockOSThread()
		started <- srv.Start()
		if srv.Process != nil {
			_ = srv.Wait()
		}
	}()
	if err := <-started; err != nil {
		return "", err
	}
	u := fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	db, err := sql.Open("pgx", u)
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		if err = db.PingContext(ctx); err == nil {
			return u, nil
		}
		select {
		case <-ctx.Done():
			return "", err
		case <-time.After(50 * time.Millisecond):
		}
	}
}
