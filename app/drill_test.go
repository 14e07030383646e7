package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/cli"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/apitoken"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/invite"
	"github.com/truecount/truecount/ent/user"
)

// command runs one command line as an operator does.
func command(t *testing.T, vars map[string]string, args ...string) (code int, out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Run(cli.World{
		Context: t.Context(), In: strings.NewReader(""), Out: &o, Err: &e,
		Vars: func() (map[string]string, error) { return maps.Clone(vars), nil },
	}, args)
	return code, o.String(), e.String()
}

// must runs a command that ends well.
func must(t *testing.T, vars map[string]string, args ...string) string {
	t.Helper()
	code, out, said := command(t, vars, args...)
	if code != 0 {
		t.Fatalf("%v: got %d, %s%s", args, code, out, said)
	}
	return out
}

// D4, L2: the restore drill. A server's database is copied while twenty write; the copy is whole, its
// owner's alone and holds no secret in clear; from it another installation syncs an account.
func TestRestoreDrill(t *testing.T) {
	t.Parallel()
	const each, base = 2, "http://127.0.0.1:1" // for the consents only
	w, address := abroad(t, base, nil)
	home, away := t.TempDir(), t.TempDir()
	vars := settings(t, w, address, base, "sqlite://"+filepath.Join(home, "test.db"))
	seed(t, w, vars, each)
	server := serving(t, vars)

	ctx, stop := context.WithCancel(viewer.System(t.Context(), viewer.ReasonTest))
	var writers sync.WaitGroup
	var written, refused atomic.Int64
	for i := range 20 {
		writers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				err := server.Store.Tx(ctx, func(tx store.Tx) error {
					return tx.Meta.Create().
						SetID(fmt.Sprint("load-", i)).
						SetValue([]byte{byte(n)}).
						OnConflictColumns("id").
						UpdateNewValues().
						Exec(ctx)
				})
				switch {
				case err == nil:
					written.Add(1)
				case ctx.Err() == nil:
					refused.Add(1)
				}
			}
		})
	}
	until(t, "the load", func() bool { return written.Load() > 100 })
	before := written.Load()
	file := filepath.Join(t.TempDir(), "copy.db")
	out := must(t, vars, "backup", file)
	until(t, "writes after the copy", func() bool { return written.Load() > before })
	stop()
	writers.Wait()
	if refused.Load() > 0 {
		t.Errorf("got %d writes refused of %d, want none", refused.Load(), written.Load())
	}
	if strings.Count(out, "\n") != 1 || !strings.Contains(out, file) ||
		!strings.Contains(out, fmt.Sprintf("%d connections", 3*each)) ||
		!strings.Contains(out, "encryption keys") {
		t.Errorf("got %q, want a line with the file, its connections and the keyset", out)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
	}
	if text := storetest.Text(t, "sqlite://"+file); strings.Contains(text, sandbox.Marker) ||
		!strings.Contains(text, "mina@example.com") {
		t.Error("got a secret in clear in the copy, or nothing of what is stored")
	}
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}

	vars["DATABASE_URL"] = "sqlite://" + filepath.Join(away, "data", "truecount.db")
	began := time.Now()
	out = must(t, vars, "restore", file)
	if !strings.Contains(out, "6 connections") || !strings.Contains(out, "doctor") || strings.Contains(out, "reconnect") {
		t.Errorf("got %q, want what the copy holds, what to do next, and nobody asked to reconnect", out)
	}
	id := restored(t, vars)
	if out = must(t, vars, "doctor", "--offline"); strings.Contains(out, "FAIL") ||
		!strings.Contains(out, "encryption keys") {
		t.Errorf("got %q, want no failure", out)
	}
	out = must(t, vars, "sync", "--connection", id, "--wait")
	if !strings.Contains(out, "done: 1 success, 0 partial, 0 failed, 0 waiting") {
		t.Errorf("got %q, want one success", out)
	}
	t.Logf(
		"%d writes during the drill, %s from the copy to a synced account",
		written.Load(),
		time.Since(began).Round(time.Millisecond),
	)
}

// serving is the program on a free port.
func serving(t *testing.T, vars map[string]string) *app.Server {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.Start(t.Context(), app.Options{Platforms: tested, Config: load(t, vars)}, l, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

// restored looks into a database that was put in place, and gives a TikTok connection's id.
func restored(t *testing.T, vars map[string]string) string {
	t.Helper()
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	a, err := app.Open(ctx, app.Options{Platforms: tested, Config: load(t, vars)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := a.Store.Migrated(ctx); err != nil {
		t.Errorf("got %v, want every migration", err)
	}
	return a.Store.Client.Connection.Query().Where(connection.Platform("tiktok")).Order(connection.ByID()).FirstIDX(ctx)
}

// D5: before anything is done or anybody called, restore tells how old a copy is and for whom its refresh
// tokens are used up; and it asks before it moves a database that holds connections.
func TestRestoreTells(t *testing.T) {
	t.Parallel()
	const each, base = 3, "http://127.0.0.1:1"
	c := clockAt(time.Now().Add(-26 * time.Hour)) // the command's own clock is the machine's
	w, address := abroadAt(t, base, nil, c.now)
	path := filepath.Join(t.TempDir(), "test.db")
	vars := settings(t, w, address, base, "sqlite://"+path)
	seedAt(t, w, vars, each, c.now)
	file := filepath.Join(t.TempDir(), "copy.db")
	must(t, vars, "backup", file)
	c.turn(26 * time.Hour)

	w.ResetCalls()
	fresh := maps.Clone(vars) // a new machine: nothing tells what happened since
	fresh["DATABASE_URL"] = "sqlite://" + filepath.Join(t.TempDir(), "new.db")
	out := must(t, fresh, "restore", file)
	if !strings.Contains(out, "26 h ago") || !strings.Contains(out, "holds 9 connections") ||
		!strings.Contains(
			out,
			"TikTok accepts each refresh token once and has probably issued newer ones for 3 connections.",
		) {
		t.Errorf("on a new machine: got %q", out)
	}

	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	a, err := app.Open(ctx, app.Options{Platforms: tested, Config: load(t, vars), Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	rows := a.Store.Client.Connection.Query().Where(connection.Platform("tiktok")).AllX(ctx)
	for _, row := range rows[1:] { // one of them is not renewed, and stays good
		a.Store.Client.Connection.UpdateOneID(row.ID).SetRefreshDueAt(c.now()).ExecX(ctx)
	}
	a.Store.Client.Connection.UpdateOneID(rows[0].ID).SetRefreshDueAt(c.now().Add(time.Hour)).ExecX(ctx)
	if _, err := a.Connect.Grants.Renew(ctx); err != nil {
		t.Fatal(err)
	}
	gone := a.Store.Client.Connection.Query().Where(connection.Platform("youtube")).FirstIDX(ctx)
	a.Store.Client.Connection.UpdateOneID(gone).SetStatus(connection.StatusDisconnected).ExecX(ctx)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}

	w.ResetCalls()
	before := digest(t, path)
	code, out, said := command(t, vars, "restore", file)
	for _, want := range []string{"26 h ago", "has issued newer ones for 2 connections.", "will end again: 1", "not in it: 0"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %q, want %q in it", out, want)
		}
	}
	if code != 1 || !strings.Contains(said, "has 8 connections") || !strings.Contains(said, "add --yes.") ||
		strings.Count(said, "\n") != 1 ||
		digest(t, path) != before {
		t.Errorf("got %d and %q, want a question and nothing changed", code, said)
	}
	must(t, vars, "restore", "--yes", file)
	got, err := store.Inspect(ctx, path)
	want, werr := store.Inspect(ctx, file)
	if want.Path = path; err != nil || werr != nil || got.Connections != want.Connections || got.Users != want.Users ||
		!got.Written.Equal(want.Written) {
		t.Errorf("got %+v, %v, want the copy %+v, %v", got, err, want, werr)
	}
	moved, err := filepath.Glob(path + ".before-restore-2*Z")
	if err != nil || len(moved) != 1 {
		t.Fatalf("got %v, %v, want the old database aside", moved, err)
	}
	if s, err := store.Inspect(ctx, moved[0]); err != nil || s.Connections != 8 {
		t.Errorf("aside: got %+v, %v, want it whole with 8 connections", s, err)
	}
	for _, p := range []string{"instagram", "tiktok", "youtube"} {
		if calls := w.Calls(p); len(calls) != 0 {
			t.Errorf("%s: got calls %v, want none", p, calls)
		}
	}
	if n := len(rows); n != each {
		t.Errorf("got %d TikTok connections, want %d", n, each)
	}
}

// D5: a restore lets in nobody who was shut out after the copy was made, and nobody by what was good then: sessions,
// links, sign-ins under way. It says so before, changes nothing of the copy, and the audit log stays a chain.
func TestRestoreShutsOut(t *testing.T) {
	t.Parallel()
	const base, good = "http://127.0.0.1:1", "correct horse battery"
	w, address := abroad(t, base, nil)
	path := filepath.Join(t.TempDir(), "test.db")
	vars := settings(t, w, address, base, "sqlite://"+path)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	opened := func(do func(a *app.App)) {
		t.Helper()
		a, err := app.Open(ctx, app.Options{Platforms: tested, Config: load(t, vars)})
		if err != nil {
			t.Fatal(err)
		}
		do(a)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ids := map[string]string{}
	must(t, vars, "migrate")
	opened(func(a *app.App) {
		for name, role := range map[string]string{"ada": "admin", "bob": "admin", "mina": "creator", "kim": "creator", "lou": "creator"} {
			id, err := a.Auth.Create(ctx, auth.NewUser{Email: name + "@example.com", Name: name, Role: role, Password: good})
			check(err)
			ids[name] = id
			a.Store.Client.Session.Create().
				SetID(name).
				SetData([]byte("x")).
				SetUserID(id).
				SetExpiresAt(time.Now().Add(time.Hour)).
				ExecX(ctx)
			a.Store.Client.APIToken.Create().SetUserID(id).SetLabel("x").SetTokenHash(name).ExecX(ctx)
			check(a.Auth.Log.Record(ctx, auth.Event{Action: "sign_in", Target: name, Result: "ok"}))
		}
		_, err := a.Auth.Invite(ctx, "new@example.com", "admin")
		check(err)
		_, _, err = a.Auth.ResetLink(ctx, ids["lou"])
		check(err)
		a.Store.Client.PendingFlow.Create().
			SetID("flow").
			SetUserID(ids["lou"]).
			SetPlatform("tiktok").
			SetRedirectURI("x").
			SetExpiresAt(time.Now().Add(time.Hour)).
			ExecX(ctx)
	})
	file := filepath.Join(t.TempDir(), "copy.db")
	must(t, vars, "backup", file)
	before := digest(t, file)
	opened(func(a *app.App) {
		check(a.Auth.Disable(ctx, "mina@example.com"))
		check(a.Auth.SetRole(ctx, ids["ada"], ids["bob"], "creator"))
		_, link, err := a.Auth.ResetLink(ctx, ids["kim"])
		check(err)
		_, err = a.Auth.Reset(ctx, link, "another horse battery")
		check(err)
		a.Store.Client.APIToken.Update().Where(apitoken.TokenHash("lou")).SetRevokedAt(time.Now()).ExecX(ctx)
	})
	revoked := 0
	opened(func(a *app.App) {
		revoked = a.Store.Client.APIToken.Query().Where(apitoken.RevokedAtNotNil()).CountX(ctx)
	})
	out := must(t, vars, "restore", "--yes", file)
	for _, want := range []string{
		"Sessions that end: 5. Unused links that end: 2.",
		fmt.Sprintf("accounts disabled 1, admins made creators 1, passwords changed 1, API tokens revoked %d.", revoked),
		fmt.Sprintf("API tokens that stay valid: %d.", 5-revoked),
	} {
		if !strings.Contains(out, want) {
			t.Errorf("got %q, want %q in it", out, want)
		}
	}
	if strings.Contains(out, "No admin") || digest(t, file) != before {
		t.Errorf("got %q, want an admin left and the copy as it was", out)
	}
	opened(func(a *app.App) {
		db := a.Store.Client
		if n := db.Session.Query().CountX(ctx) + db.PendingFlow.Query().CountX(ctx) + db.Invite.Query().Where(invite.UsedAtIsNil()).CountX(ctx); n != 0 {
			t.Errorf("got %d sessions, sign-ins under way and links, want none", n)
		}
		if n := db.APIToken.Query().Where(apitoken.RevokedAtIsNil()).CountX(ctx); n != 5-revoked {
			t.Errorf("got %d valid tokens, want %d", n, 5-revoked)
		}
		if u := db.User.GetX(ctx, ids["bob"]); u.Role != user.RoleCreator {
			t.Errorf("got %s, want who is no admin any more to stay so", u.Role)
		}
		for who, word := range map[string]fault.Secret{"mina": good, "kim": good} {
			if _, err := a.Auth.SignIn(ctx, who+"@example.com", word, "192.0.2.1", ""); err == nil {
				t.Errorf("%s: got let in, want not", who)
			}
		}
		for who, word := range map[string]fault.Secret{"ada": good, "kim": "another horse battery", "lou": good} {
			if _, err := a.Auth.SignIn(ctx, who+"@example.com", word, "192.0.2.2", ""); err != nil {
				t.Errorf("%s: got %v, want let in", who, err)
			}
		}
		if v, err := a.Auth.Log.Verify(ctx); err != nil || !v.Why.IsZero() || v.Rows < 5 {
			t.Errorf("got %+v, %v, want a whole audit log", v, err)
		}
	})
	// On a new machine nothing says what happened since.
	vars["DATABASE_URL"] = "sqlite://" + filepath.Join(t.TempDir(), "new.db")
	if out := must(t, vars, "restore", file); !strings.Contains(out, "It is unknown which accounts were disabled") ||
		!strings.Contains(out, "Valid API tokens in the backup: 5.") {
		t.Errorf("on a new machine: got %q", out)
	}
}

func digest(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// D4, D6: what must not be restored or written over is refused in one line, and nothing is changed.
func TestRefusedCopies(t *testing.T) {
	t.Parallel()
	const base = "http://127.0.0.1:1"
	w, address := abroad(t, base, nil)
	home, dir := t.TempDir(), t.TempDir()
	path := filepath.Join(home, "test.db")
	vars := settings(t, w, address, base, "sqlite://"+path)
	seed(t, w, vars, 1)
	good := filepath.Join(dir, "good.db")
	must(t, vars, "backup", good)
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, change func([]byte) []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, change(bytes.Clone(content)), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	damaged := write("damaged.db", func(b []byte) []byte {
		for i := len(b) / 3; i < len(b)/2; i++ {
			b[i] ^= 0x5a
		}
		return b
	})
	newer := write("newer.db", func(b []byte) []byte { return b })
	db, err := sql.Open("sqlite", "file:"+newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99990101000000, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.json")
	if err := vault.NewFile(other); err != nil {
		t.Fatal(err)
	}
	with := func(name, value string) map[string]string {
		more := maps.Clone(vars)
		more[name] = value
		return more
	}
	text := write("text.db", func([]byte) []byte { return []byte("no database at all, but some text") })
	served, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "served.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = served.Close() }()
	if err := served.LockServe(); err != nil {
		t.Fatal(err)
	}
	const postgres = "postgres://truecount:CANARY-password@127.0.0.1:1/truecount"
	before := [2]string{digest(t, path), unlocked(t, home)}
	for name, tc := range map[string]struct {
		vars map[string]string
		args []string
		want string
	}{
		"a damaged file":          {vars, []string{"restore", "--yes", damaged}, "is damaged"},
		"a newer schema":          {vars, []string{"restore", "--yes", newer}, "Use a newer truecount"},
		"another keyset":          {with("ENCRYPTION_KEYS", other), []string{"restore", "--yes", good}, "The keyset does not belong to this database"},
		"no keyset":               {with("ENCRYPTION_KEYS", ""), []string{"restore", "--yes", good}, "keys.json is missing"},
		"a running server":        {with("DATABASE_URL", "sqlite://"+served.Path), []string{"restore", "--yes", good}, "another truecount serve already uses"},
		"itself":                  {vars, []string{"restore", "--yes", path}, "is the current database, not a backup"},
		"some text":               {vars, []string{"restore", "--yes", text}, "is not an SQLite database"},
		"nothing":                 {vars, []string{"restore", "--yes", filepath.Join(dir, "none.db")}, "there is no file"},
		"over a file":             {vars, []string{"backup", good}, "already exists"},
		"over the database":       {vars, []string{"backup", path}, "already exists"},
		"into no directory":       {vars, []string{"backup", filepath.Join(dir, "typo", "a", "copy.db")}, "The folder " + filepath.Join(dir, "typo", "a") + " does not exist"},
		"of no database":          {with("DATABASE_URL", "sqlite://"+filepath.Join(dir, "absent.db")), []string{"backup", filepath.Join(dir, "x")}, "There is no database at"},
		"backup of PostgreSQL":    {with("DATABASE_URL", postgres), []string{"backup", filepath.Join(dir, "x")}, "pg_dump"},
		"restore on PostgreSQL":   {with("DATABASE_URL", postgres), []string{"restore", good}, "pg_restore"},
		"health without a server": {with("ADDR", "127.0.0.1:1"), []string{"health"}, "No answer from"},
	} {
		code, out, said := command(t, tc.vars, tc.args...)
		if code != 1 || out != "" || strings.Count(said, "\n") != 1 || !strings.Contains(said, tc.want) ||
			strings.Contains(said, "CANARY") {
			t.Errorf("%s: got %d, %q, %q, want 1 and a line with %q", name, code, out, said, tc.want)
		}
	}
	if after := [2]string{digest(t, path), unlocked(t, home)}; after != before {
		t.Errorf("got %v, want nothing changed: %v", after, before)
	}
	if digest(t, good) != fmt.Sprintf("%x", sha256.Sum256(content)) || strings.Contains(ls(t, dir), "absent") ||
		strings.Contains(ls(t, dir), ".part") {
		t.Errorf("got %s, want the copies as they were", ls(t, dir))
	}
	if code, _, _ := command(t, vars, "restore"); code != 2 {
		t.Errorf("without a file: got %d, want 2", code)
	}
}

// unlocked lists a directory without the files that only hold locks.
func unlocked(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	for _, name := range listed(t, dir) {
		if !strings.HasSuffix(name, ".lock") {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

// A server that is ready is told from one that is not.
func TestHealthCommand(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("got %s, want /readyz", r.URL.Path)
		}
		w.WriteHeader(status)
	}))
	defer s.Close()
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{
		"ADDR":            ":" + port,
		"BASE_URL":        "https://count.example.com",
		"ENCRYPTION_KEYS": "/run/secrets/keys",
	}
	if out := must(t, vars, "health"); out != "ready\n" {
		t.Errorf("got %q, want ready", out)
	}
	status = http.StatusServiceUnavailable
	if code, out, said := command(t, vars, "health"); code != 1 || out != "" || !strings.Contains(said, "503") {
		t.Errorf("got %d, %q, %q, want 1 and why", code, out, said)
	}
}
