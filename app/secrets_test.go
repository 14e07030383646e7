package app_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/truecount/truecount/app/cli"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/sandbox"
)

// loaded is an installation in which every secret that can be set is set, and what of it must show nowhere.
func loaded(t *testing.T) (vars map[string]string, marks []string) {
	t.Helper()
	const mark = sandbox.Marker
	w, address := abroad(t, "http://127.0.0.1:1", nil)
	home := t.TempDir()
	vars = settings(t, w, address, "", "sqlite://"+filepath.Join(home, "data", "truecount.db"))
	keys, err := os.ReadFile(vars["ENCRYPTION_KEYS"])
	if err != nil {
		t.Fatal(err)
	}
	value := regexp.MustCompile(`"value":\s*"([^"]+)"`).FindSubmatch(keys)
	if value == nil {
		t.Fatal("got no key in the keyset")
	}
	vars["ENCRYPTION_KEYS"] = string(bytes.Join(bytes.Fields(keys), nil))
	vars["JOBS_SECRET"], vars["METRICS_TOKEN"] = mark+"-of-jobs-and-long", mark+"-of-metrics-and-long"
	vars["ALERT_URLS"] = "http://127.0.0.1:1/" + mark
	vars["HEARTBEAT_URL"] = "http://127.0.0.1:1/" + mark
	vars["SMTP_URL"] = "smtp://mail:" + mark + "@127.0.0.1:1"
	vars["MAIL_FROM"] = "count@example.com"
	vars["SENTRY_DSN"] = "http://" + mark + "@127.0.0.1:1/1"
	for _, name := range config.Secrets(tested.Declared()) {
		if vars[name] == "" {
			t.Fatalf("got no %s, want every secret set", name)
		}
	}
	return vars, []string{mark, string(value[1])}
}

// invoke runs the program to its end.
func invoke(t *testing.T, binary string, vars map[string]string, args ...string) (code int, out, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, binary, args...)
	c.Dir, c.Env = filepath.Dir(binary), environ(binary, vars)
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), o.String(), e.String()
}

func environ(binary string, vars map[string]string) []string {
	out := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(binary)}
	for k, v := range vars {
		out = append(out, k+"="+v)
	}
	return out
}

// L1: with every secret set, neither the log, nor the checks, nor the dump of a process that dies shows one,
// and no page lets a stranger look into the process.
func TestNothingSecretIsSaid(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program: left out in -short")
	}
	vars, marks := loaded(t)
	binary := program(t)
	hides := func(where, text string) {
		t.Helper()
		for _, m := range marks {
			if at := strings.Index(text, m); at >= 0 {
				t.Errorf("%s: got a secret, want none: %q", where, text[max(0, at-100):at])
			}
		}
	}
	p := start(t, binary, vars)
	client := &http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=2", "/debug/vars", "/debug", "/debug/requests", "/pprof", "/admin/debug/pprof/", "/.env"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, %v, want 404", path, res.StatusCode, err)
		}
		hides(path, string(b))
	}
	for _, args := range [][]string{{"doctor"}, {"doctor", "--json"}, {"doctor", "--offline"}, {"migrate", "--status"}, {"version"}} {
		_, out, said := invoke(t, binary, vars, args...)
		if out+said == "" {
			t.Errorf("%v: got nothing said", args)
		}
		hides(strings.Join(args, " "), out+said)
	}
	elsewhere := map[string]string{"DATABASE_URL": "postgres://truecount:" + sandbox.Marker + "@127.0.0.1:1/truecount"}
	for _, args := range [][]string{{"doctor"}, {"serve"}, {"migrate"}} {
		_, out, said := invoke(t, binary, elsewhere, args...)
		hides("without a database: "+strings.Join(args, " "), out+said)
	}
	until(t, "the first chores", func() bool { return strings.Contains(p.said.String(), "the database was copied") })
	if err := p.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	err := p.cmd.Wait()
	until(t, "the dump", func() bool {
		return strings.Contains(p.said.String(), "rflags") || strings.Contains(p.said.String(), "\nr0")
	})
	if dump := p.said.String(); err == nil || strings.Count(dump, "goroutine ") < 10 {
		t.Errorf("got %v and %d bytes, want a dump of every goroutine", err, len(dump))
	}
	hides("the log and the dump", p.said.String())
}

// L1: whoever the running program starts is given no secret: not by the environment, and not by the kernel's
// record of it.
func TestAChildOfTheServer(t *testing.T) {
	t.Parallel()
	vars, marks := loaded(t)
	out := again(t, "child", vars)
	for _, m := range marks {
		if strings.Contains(out, m) {
			t.Errorf("got a secret in %q, want none", out)
		}
	}
	if strings.Count(out, "MAIL_FROM=count@example.com") != 2 {
		t.Errorf("got %q, want a child's environment twice, without the secrets", out)
	}
}

// insideName tells a second run of this test binary what it is for.
const insideName = "TRUECOUNT_TEST_INSIDE"

// again runs this test binary once more as a process of its own, and gives what it said.
func again(t *testing.T, what string, vars map[string]string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestInside$", "-test.count=1")
	c.Dir = t.TempDir()
	c.Env = append(environ(filepath.Join(c.Dir, "x"), vars), insideName+"="+what)
	b, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("got %v, %s", err, b)
	}
	return string(b)
}

// TestInside is not a test but what again runs.
func TestInside(t *testing.T) {
	switch os.Getenv(insideName) {
	case "child":
		bear(t)
	case "hasty":
		hurry(t)
	default:
		t.Skip("run by other tests, as a process of its own")
	}
}

// bear starts the server as the program does, and a child beside it.
func bear(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	said := &transcript{}
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(cli.World{Context: ctx, In: strings.NewReader(""), Out: said, Err: said}, []string{"serve"})
	}()
	within(t, time.Minute, "the server", func() bool { return strings.Contains(said.String(), "Truecount is at ") })
	b, err := exec.CommandContext(t.Context(), "sh", "-c", `env; tr '\0' '\n' < /proc/self/environ`).Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stdout.Write(b); err != nil {
		t.Fatal(err)
	}
	stop()
	if code := <-ended; code != 0 {
		t.Fatalf("got exit code %d, %s", code, said)
	}
}
