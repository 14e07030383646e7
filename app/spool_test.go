package app_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
)

// An answer in the spool that the database does not take is told of in the log; it does not refuse the start.
func TestAStartWithAStuckAnswer(t *testing.T) {
	t.Parallel()
	cfg := load(t, map[string]string{"DATABASE_URL": storetest.URL(t), "DATA_DIR": t.TempDir()})
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	var log bytes.Buffer
	open := func() *app.App {
		t.Helper()
		a, err := app.Open(ctx, app.Options{Platforms: tested, Config: cfg, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := open()
	owner, err := a.Auth.Create(
		ctx,
		auth.NewUser{Email: "stuck@example.com", Name: "Mina", Role: "creator", Password: password},
	)
	if err != nil {
		t.Fatal(err)
	}
	now := a.Now()
	id := a.Store.Client.Connection.Create().
		SetOwnerID(owner).
		SetPlatform("tiktok").
		SetSource(connection.SourceLive).
		SetExternalID("x").
		SetHandle("@x").
		SetStatus(connection.StatusConnected).
		SetStatusSince(now).
		SetScopes([]string{}).
		SetTokenVersion(1).
		SetConsentedAt(now).
		SaveX(ctx).
		ID
	sealed, err := a.Keys.Seal("access", "conn:"+id+":access:2")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := json.Marshal(
		map[string]any{"connection": id, "version": 2, "access": sealed, "issued": now, "expires": now.Add(time.Hour)},
	)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(cfg.DataDir, "spool", id+".token")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, answer, 0o600); err != nil {
		t.Fatal(err)
	}
	storetest.Deny(t, a.Store.SQL(), a.Store.Dialect, "connections")
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = open()
	if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), id) {
		t.Errorf("got %q in the log, want the connection named", log.String())
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("got %v, want the answer kept", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}
