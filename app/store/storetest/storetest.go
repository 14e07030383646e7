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

// New opens a fresh database with every migration applied, and closes it when the test ends. The migrations run once in
// a process for each list of extras: the databases are copies of that first one.
func New(t testing.TB, extra ...store.Extra) *store.Store {
	t.Helper()
	s := open(t, migrated(t, extra))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close test database: %v", err)
		}
	})
	return s
}

func open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatalf("open test database: %v", err)
	}
	return s
}

// models are the migrated databases that others are copied from: the bytes of a file, or the name of a database in the
// throw-away PostgreSQL. The key says whether the tables of an extra are in it.
var models struct {
	mu    sync.Mutex
	files map[bool][]byte
	names map[bool]string
}

// migrated gives the DATABASE_URL of a fresh database with every migration applied.
func migrated(t testing.TB, extra []store.Extra) string {
	t.Helper()
	models.mu.Lock()
	defer models.mu.Unlock()
	more := len(extra) > 0
	if name, ok := models.names[more]; ok && Postgres() {
		return postgresURL(t, " TEMPLATE "+name)
	}
	if file, ok := models.files[more]; ok && !Postgres() {
		path := filepath.Join(t.TempDir(), "test.db")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatalf("copy test database: %v", err)
		}
		return "sqlite://" + path
	}
	if Postgres() {
		url, name := createDatabase(t, "")
		if url == "" {
			t.Skip(notInstalled)
		}
		migrate(t, url, extra)
		models.names = with(models.names, more, name)
		return postgresURL(t, " TEMPLATE "+name)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	migrate(t, "sqlite://"+path, extra)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read test database: %v", err)
	}
	models.files = with(models.files, more, file)
	return "sqlite://" + path
}

func with[V any](m map[bool]V, k bool, v V) map[bool]V {
	if m == nil {
		m = map[bool]V{}
	}
	m[k] = v
	return m
}

// migrate brings a database up to date and lets go of it.
func migrate(t testing.TB, url string, extra []store.Extra) {
	t.Helper()
	s := open(t, url)
	var e store.Extra
	if len(extra) > 0 {
		e = extra[0]
	}
	if err := s.Migrate(t.Context(), e); err != nil {
		t.Fatalf("migrate test database: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("close test database: %v", err)
	}
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

const notInstalled = "PostgreSQL's binaries are not installed: apt-get install postgresql"

// PostgresURL gives a fresh PostgreSQL database whatever TEST_DB says; it skips the test where no
// PostgreSQL is installed.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return postgresURL(t, "")
}

// postgresURL is the same with how to create it (a TEMPLATE to copy), and drops the database when the test ends.
func postgresURL(t testing.TB, how string) string {
	t.Helper()
	url, name := createDatabase(t, how)
	if url == "" {
		t.Skip(notInstalled)
	}
	t.Cleanup(func() {
		db, err := sql.Open("pgx", cluster.url)
		if err != nil {
			return
		}
		defer func() { _ = db.Close() }()
		_, _ = db.ExecContext(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	})
	return url
}

// createDatabase makes a database in the throw-away PostgreSQL, and gives its DATABASE_URL and its name; both are empty
// where no PostgreSQL is installed.
func createDatabase(t testing.TB, how string) (address, name string) {
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
		return "", ""
	}
	cluster.mu.Lock()
	cluster.n++
	name = fmt.Sprintf("t%d_%d_%d", os.Getpid(), time.Now().UnixNano()%1e9, cluster.n)
	cluster.mu.Unlock()
	admin, err := sql.Open("pgx", cluster.url)
	if err != nil {
		t.Fatalf("open PostgreSQL: %v", err)
	}
	defer func() { _ = admin.Close() }()
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name+how); err != nil {
		t.Fatalf("create database: %v", err)
	}
	u, err := url.Parse(cluster.url)
	if err != nil {
		t.Fatalf("read PostgreSQL url: %v", err)
	}
	u.Path = "/" + name
	return u.String(), name
}

// startCluster makes a throw-away cluster and gives its url; an empty url means that PostgreSQL
// is not installed. The server goes away with this process.
func startCluster() (string, error) {
	s, err := newServer()
	if s == nil {
		return "", err
	}
	return s.URL, err
}

// newServer makes a throw-away PostgreSQL; nil where none is installed.
func newServer() (*Server, error) {
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Sort(bins)
	bin := ""
	for _, b := range bins {
		if _, err := os.Stat(filepath.Join(b, "initdb")); err == nil {
			bin = b
		}
	}
	if bin == "" {
		return nil, nil
	}
	sweep()
	dir, err := os.MkdirTemp("", "truecount-pg-")
	if err != nil {
		return nil, err
	}
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() == 0 { // the server refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)} // #nosec G115 -- ids of the system
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	data := filepath.Join(dir, "data")
	initdb := exec.Command(
		filepath.Join(bin, "initdb"),
		"-D",
		data,
		"-U",
		"postgres",
		"-A",
		"trust",
		"-E",
		"UTF8",
		"--no-sync",
	) // #nosec G204
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	s := &Server{
		URL: fmt.Sprintf(
			"postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable",
			port,
		), dir: dir, bin: filepath.Join(bin, "postgres"), port: port, attr: attr,
	}
	return s, s.Start()
}

// Server is a throw-away PostgreSQL.
type Server struct {
	URL string

	dir, bin string
	port     int
	attr     *syscall.SysProcAttr
	durable  bool // a commit that was answered survives the server's death
	cmd      *exec.Cmd
	gone     chan struct{} // closed when it has ended
}

// NewServer starts a PostgreSQL of the test's own, which may be stopped and started again; it skips the test where none
// is installed.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s, err := newServer()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	if s == nil {
		t.Skip("PostgreSQL's binaries are not installed: apt-get install postgresql")
	}
	// What it said was committed must be there after it was killed. The system itself goes on, so nothing needs to be
	// forced to the disk.
	s.Stop(syscall.SIGINT)
	s.durable = true
	if err := s.Start(); err != nil {
		t.Fatalf("start PostgreSQL again: %v", err)
	}
	t.Cleanup(func() {
		s.Stop(syscall.SIGQUIT)
		_ = os.RemoveAll(s.dir)
	})
	return s
}

// Stop ends the server: SIGINT is PostgreSQL's fast end, SIGQUIT its immediate one.
func (s *Server) Stop(how syscall.Signal) {
	_ = s.cmd.Process.Signal(how) // gone already, at the worst
	<-s.gone
}

// Start starts it, and waits until it answers.
func (s *Server) Start() error {
	commits := "synchronous_commit=off"
	if s.durable {
		commits = "synchronous_commit=on"
	}
	s.cmd = exec.Command(s.bin, "-D", filepath.Join(s.dir, "data"), "-p", strconv.Itoa(s.port), "-k", s.dir, // #nosec G204
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=300", "-c", commits)
	s.cmd.SysProcAttr, s.cmd.Dir = s.attr, s.dir
	s.gone = make(chan struct{})
	started := make(chan error, 1)
	go func(cmd *exec.Cmd, gone chan struct{}) {
		// The parent-death signal follows the thread that started the child: keep that thread.
		runtime.LockOSThread()
		started <- cmd.Start()
		if cmd.Process != nil {
			_ = cmd.Wait()
		}
		close(gone)
	}(s.cmd, s.gone)
	if err := <-started; err != nil {
		return err
	}
	db, err := sql.Open("pgx", s.URL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}
