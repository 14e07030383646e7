package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/backup"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/delivery"
	"github.com/truecount/truecount/ent/invite"
	"github.com/truecount/truecount/ent/migrate"
	"github.com/truecount/truecount/ent/postage"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/synclog"
	"github.com/truecount/truecount/ent/tag"
	"github.com/truecount/truecount/ent/user"
)

// leaver is a person who is to be erased, with what tells them from everybody else.
type leaver struct {
	user  *ent.User
	conns []*ent.Connection
	marks map[string]string // what must be found nowhere afterwards
}

const leaverEmail = "wilhelmina.leaver@example.test"

// leaver makes a creator with an account on each platform, synced once.
func (h *house) leaver() *leaver {
	h.t.Helper()
	ctx := viewer.System(h.t.Context(), viewer.ReasonTest)
	b := h.creator(leaverEmail)
	for i, spec := range h.Platforms.Specs() {
		back := b.consent(h.world, spec.ID, sandbox.Choice{Account: h.world.AddAccounts(spec.ID, i+1)[i].ID})
		b.lands(back, "/connections?success="+spec.ID+"_connected")
		if got := b.synced(spec.ID, ""); got.State != "success" {
			h.t.Fatalf("%s: got a first sync that ended %s, want success", spec.ID, got.State)
		}
	}
	l := &leaver{
		user:  h.Store.Read.User.Query().Where(user.Email(leaverEmail)).OnlyX(ctx),
		marks: map[string]string{"e-mail": leaverEmail},
	}
	l.user = h.Store.Client.User.UpdateOne(l.user).SetName("Wilhelmina Leaver-Unmistakable").SaveX(ctx)
	l.marks["name"] = l.user.Name
	l.conns = h.Store.Read.Connection.Query().Where(connection.OwnerID(l.user.ID)).WithProfile().WithPosts().AllX(ctx)
	for _, c := range l.conns {
		l.marks[c.Platform+" external id"], l.marks[c.Platform+" handle"] = c.ExternalID, strings.TrimPrefix(c.Handle, "@")
		if len(c.Edges.Posts) == 0 || c.Edges.Profile == nil {
			h.t.Fatalf("%s: got no profile or no posts before the erasure", c.Platform)
		}
		l.marks[c.Platform+" post id"] = c.Edges.Posts[0].ExternalID
	}
	return l
}

// found names the marks that stand in any file below the directories, leaving out what keep says.
func (l *leaver) found(t *testing.T, keep func(path string) bool, dirs ...string) (out []string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || (keep != nil && keep(path)) {
				return err
			}
			b, err := os.ReadFile(path) // #nosec G304 -- the test's own
			if err != nil {
				return err
			}
			for what, mark := range l.marks {
				if bytes.Contains(b, []byte(mark)) {
					out = append(out, what+" in "+filepath.Base(path))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(out)
	return out
}

// D8: a person who was erased is found in no byte of the database, its log, the spool, or a database that a restore
// moved aside, 24 hours later; the receipt says until when copies hold them.
func TestAnErasedPersonIsInNoByte(t *testing.T) {
	t.Parallel()
	if storetest.Postgres() {
		t.Skip("PostgreSQL's files are its operator's: TestEveryTableForgetsAPerson looks at its rows")
	}
	c := clockAt(time.Now().UTC().Truncate(time.Second))
	h := newHouseAt(t, map[string]string{"BACKUP_EVERY": "24h", "BACKUP_KEEP": "7", "BACKUP_DIR": t.TempDir()}, c.now)
	l := h.leaver()
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	dir := filepath.Dir(h.Store.Path)
	if _, err := h.Store.Backup(ctx, store.Aside(h.Store.Path, c.now().Add(-time.Hour))); err != nil {
		t.Fatal(err)
	}
	spool := filepath.Join(h.Config.DataDir, "spool")
	if err := os.MkdirAll(spool, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(spool, l.conns[0].ID+".token"), []byte(`{"connection":"`+l.conns[0].ID+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	l.marks["spooled connection"] = `{"connection":"` + l.conns[0].ID
	if got := l.found(t, nil, dir, h.Config.DataDir); len(got) < len(l.marks) {
		t.Fatalf("got only %v before the erasure, want every mark somewhere", got)
	}
	h.world.ResetCalls()
	out, err := h.People.Erase(ctx, l.user.ID, connect.CauseAdmin)
	if err != nil || out.Connections != len(l.conns) || len(out.Unconfirmed) > 0 {
		t.Fatalf("got %+v, %v, want %d accounts and every end of access confirmed", out, err, len(l.conns))
	}
	for platform, endpoint := range map[string]string{"tiktok": "/v2/oauth/revoke/", "youtube": "/revoke"} {
		if n := h.world.Calls(platform)[endpoint]; n != 1 {
			t.Errorf("%s: got %d ends of access, want one: %v", platform, n, h.world.Calls(platform))
		}
	}
	r, err := h.Connect.Deletions.Receipt(ctx, out.Receipt)
	if err != nil || r.Platform != "" || r.DoneAt == nil || r.CopiesUntil == nil ||
		!r.CopiesUntil.Equal(c.now().Add(8*24*time.Hour)) {
		t.Errorf("got receipt %+v, %v, want one of a person with copies until eight days from now", r, err)
	}
	c.turn(24 * time.Hour)
	if err := h.Cleaner.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if got := l.found(t, nil, dir, h.Config.DataDir); len(got) > 0 {
		t.Errorf("got %v after 24 hours, want nothing anywhere", got)
	}
	if v, err := h.Auth.Log.Verify(ctx); err != nil || !v.Why.IsZero() {
		t.Errorf("got an audit log that says %q, %v, want it whole", v.Why, err)
	}
	if _, err := h.People.Erase(ctx, l.user.ID, connect.CauseAdmin); !fault.Is(err, fault.NotFound) {
		t.Errorf("erased twice: got %v, want NOT_FOUND", err)
	}
}

// A reader keeps the log in use when something is erased: it is emptied as soon as the reader has gone.
func TestTheLogIsEmptiedOnceReadersHaveGone(t *testing.T) {
	t.Parallel()
	if storetest.Postgres() {
		t.Skip("PostgreSQL's log is its operator's")
	}
	c := clockAt(time.Now().UTC().Truncate(time.Second))
	h := newHouseAt(t, nil, c.now)
	l := h.leaver()
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	db, err := sql.Open("sqlite", "file:"+h.Store.Path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	reader, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := reader.QueryRowContext(ctx, "SELECT count(*) FROM users").Scan(&n); err != nil {
		t.Fatal(err)
	}
	if _, err := h.People.Erase(ctx, l.user.ID, connect.CauseCreator); err != nil {
		t.Fatal(err)
	}
	if done, err := h.Store.Truncate(ctx); done || err != nil {
		t.Fatalf("got done %v, %v while a reader holds the log, want not done", done, err)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	until(t, "the log to be empty", func() bool {
		if err := h.Cleaner.Run(ctx); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(h.Store.Path + "-wal")
		return err == nil && info.Size() == 0
	})
}

// seeds give a person a row in every table, so that a table that nobody erases cannot be forgotten. nil: the table
// holds nothing of people, for the reason given.
var seeds = map[string]func(ctx context.Context, db *ent.Client, l *leaver){
	"users": none, "connections": none, "profiles": none, "posts": none, "snapshots": none, "account_readings": none, "totals": none, "runs": none, "sync_logs": none, "schedules": none,
	"attempt_counts":    none, // somebody guesses at the account
	"sessions":          none, // the creator of the test is signed in, and its accounts are synced
	"connection_events": none, "audit_events": none,
	"post_history": func(ctx context.Context, db *ent.Client, l *leaver) {
		db.PostHistory.Create().
			SetPostID(l.conns[0].Edges.Posts[0].ID).
			SetObservedAt(time.Now().Add(time.Hour)).
			SetViews(1).
			SaveX(ctx)
	},
	"post_ages": func(ctx context.Context, db *ent.Client, l *leaver) {
		id := l.conns[0].Edges.Posts[0].ID
		if db.PostAge.Query().Where(postage.PostID(id)).ExistX(ctx) {
			return
		}
		db.PostAge.Create().SetConnectionID(l.conns[0].ID).SetPostID(id).SetViews1(1).SetRead1(1).SaveX(ctx)
	},
	"day_readings": func(ctx context.Context, db *ent.Client, l *leaver) {
		db.DayReading.Create().
			SetConnectionID(l.conns[0].ID).
			SetMetric("account_reach").
			SetDay("2026-11-01").
			SetObservedAt(time.Now()).
			SetValue(1).
			SaveX(ctx)
	},
	"audiences": func(ctx context.Context, db *ent.Client, l *leaver) {
		db.Audience.Create().
			SetConnectionID(l.conns[0].ID).
			SetOf("followers").
			SetBy("country").
			SetKey("PT").
			SetValue(1).
			SetObservedAt(time.Now()).
			SaveX(ctx)
	},
	"refusals": func(ctx context.Context, db *ent.Client, l *leaver) {
		db.Refusal.Create().
			SetConnectionID(l.conns[0].ID).
			SetPlatform(l.conns[0].Platform).
			SetMetric("reach").
			SetAt(time.Now()).
			SaveX(ctx)
	},
	"doubts": func(ctx context.Context, db *ent.Client, l *leaver) {
		db.Doubt.Create().
			SetConnectionID(l.conns[0].ID).
			SetPlatform(l.conns[0].Platform).
			SetKind("data").
			SetFirstAt(time.Now()).
			SetAt(time.Now()).
			SaveX(ctx)
	},
	"notices": func(ctx context.Context, db *ent.Client, l *leaver) {
		db.Notice.Create().
			SetConnectionID(l.conns[0].ID).
			SetNumber(1).
			SetLostAt(time.Now()).
			SetTokenHash("seed").
			SetExpiresAt(time.Now()).
			SaveX(ctx)
	},
	"pending_flows": func(ctx context.Context, db *ent.Client, l *leaver) {
		db.PendingFlow.Create().
			SetID("seed").
			SetUserID(l.user.ID).
			SetPlatform("tiktok").
			SetRedirectURI("x").
			SetExpiresAt(time.Now()).
			SaveX(ctx)
	},
	"invites": func(ctx context.Context, db *ent.Client, l *leaver) {
		db.Invite.Create().
			SetTokenHash("seed-1").
			SetPurpose(invite.PurposeInvite).
			SetRole(invite.RoleCreator).
			SetEmail(l.user.Email).
			SetExpiresAt(time.Now()).
			SaveX(ctx)
		db.Invite.Create().
			SetTokenHash("seed-2").
			SetPurpose(invite.PurposeReset).
			SetRole(invite.RoleCreator).
			SetUserID(l.user.ID).
			SetExpiresAt(time.Now()).
			SaveX(ctx)
	},
	"api_tokens": func(ctx context.Context, db *ent.Client, l *leaver) {
		db.APIToken.Create().SetUserID(l.user.ID).SetLabel("seed").SetTokenHash("seed").SaveX(ctx)
	},
	"quota_uses": func(ctx context.Context, db *ent.Client, l *leaver) {
		db.QuotaUse.Create().
			SetPlatform("instagram").
			SetBucket("USER_QUOTA").
			SetScope("~1h0m0s " + l.conns[0].ID).
			SetWindowStart(time.Now()).
			SetWindowEnd(time.Now()).
			SaveX(ctx)
	},
	"deliveries": func(ctx context.Context, db *ent.Client, l *leaver) {
		a := db.Alert.Create().
			SetRule("DEAD_LETTER").
			SetPlatform("tiktok").
			SetMessage("1 sync gave up.").
			SetOpenedAt(time.Now()).
			SetLastSeenAt(time.Now()).
			SetResolvedAt(time.Now()).
			SaveX(ctx)
		db.Delivery.Create().
			SetAlertID(a.ID).
			SetEvent(delivery.EventOpened).
			SetNumber(1).
			SetChannel("e-mail " + l.user.Email).
			SaveX(ctx)
	},
	"tags": func(ctx context.Context, db *ent.Client, l *leaver) {
		if db.Tag.Query().Where(tag.OwnerID(l.user.ID)).CountX(ctx) == 0 {
			db.Tag.Create().SetOwnerID(l.user.ID).SetName("of " + l.user.Name).SaveX(ctx)
		}
	},
	"post_tags": func(ctx context.Context, db *ent.Client, l *leaver) {
		id, err := db.Tag.Query().Where(tag.OwnerID(l.user.ID)).FirstID(ctx)
		if err != nil {
			id = db.Tag.Create().SetOwnerID(l.user.ID).SetName("of " + l.user.Name).SaveX(ctx).ID
		}
		db.PostTag.Create().SetPostID(l.conns[0].Edges.Posts[0].ID).SetTagID(id).SaveX(ctx)
	},
	"alerts":    nil, // counts and platforms; who acted is an id of our own
	"holds":     nil, // of platforms
	"clocks":    nil,
	"meta":      nil, // facts of the installation
	"deletions": nil, // receipts: hashes alone
}

func none(context.Context, *ent.Client, *leaver) {}

// D8: every table either lets go of a person or holds nothing of people. A new table fails here until it has a row
// in the seeds and an Erase in the room that writes it. Both databases.
func TestEveryTableForgetsAPerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.leaver()
	other := h.creator("somebody.else@example.test")
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	h.visitor().post("/login", url.Values{"email": {leaverEmail}, "password": {"a wrong guess"}})
	marks := []string{l.user.ID, fault.Secret(l.user.Email).Digest()[:40]} // as much of it as a key of a counter holds
	for _, c := range l.conns {
		marks = append(marks, c.ID)
		for _, p := range c.Edges.Posts {
			marks = append(marks, p.ID)
		}
	}
	for _, m := range l.marks {
		marks = append(marks, m)
	}
	h.Store.Client.Run.Create().
		SetConnectionID(l.conns[0].ID).
		SetPlatform("x").
		SetTrigger(run.TriggerAdmin).
		SetState(run.StateFailed).
		SetCompletedAt(time.Now()).
		SaveX(ctx)
	h.Store.Client.SyncLog.Create().
		SetConnectionID(l.conns[0].ID).
		SetRunID("x").
		SetPlatform("x").
		SetSyncType(synclog.SyncTypeToken).
		SetStatus(synclog.StatusFailed).
		SetStartedAt(time.Now()).
		SetCompletedAt(time.Now()).
		SetDuration(1).
		SetAttempt(1).
		SaveX(ctx)
	for _, table := range migrate.Tables {
		seed, known := seeds[table.Name]
		if !known {
			t.Errorf("table %s: say in the seeds what it holds of people, and let the room that writes it erase it", table.Name)
			continue
		}
		if seed == nil {
			continue
		}
		seed(ctx, h.Store.Client, l)
		if got := h.rows(table.Name, marks); len(got) == 0 {
			t.Errorf("table %s: got no row of the person before the erasure, want one: the test would see nothing", table.Name)
		}
	}
	before := h.Store.Read.User.Query().CountX(ctx)
	if _, err := h.People.Erase(ctx, l.user.ID, connect.CauseCreator); err != nil {
		t.Fatal(err)
	}
	for _, table := range migrate.Tables {
		if table.Name == "audit_events" {
			marks = slices.DeleteFunc(slices.Clone(marks), func(m string) bool {
				return m == l.user.ID || slices.ContainsFunc(l.conns, func(c *ent.Connection) bool { return c.ID == m })
			})
		}
		if got := h.rows(table.Name, marks); len(got) > 0 {
			t.Errorf("table %s still holds the person: %s", table.Name, got[0])
		}
	}
	if after := h.Store.Read.User.Query().CountX(ctx); after != before-1 {
		t.Errorf("got %d accounts after %d, want one fewer", after, before)
	}
	if got := other.get("/dashboard"); got.status != 200 {
		t.Errorf("somebody else: got %d, want to be let alone", got.status)
	}
	if v, err := h.Auth.Log.Verify(ctx); err != nil || !v.Why.IsZero() {
		t.Errorf("got an audit log that says %q, %v, want it whole", v.Why, err)
	}
}

// rows gives the rows of a table in which any of the marks stands.
func (h *house) rows(table string, marks []string) (out []string) {
	h.t.Helper()
	rows, err := h.Store.Read.QueryContext(viewer.System(h.t.Context(), viewer.ReasonTest), "SELECT * FROM "+table)
	if err != nil {
		h.t.Fatalf("%s: %v", table, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		h.t.Fatal(err)
	}
	for rows.Next() {
		cells := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			h.t.Fatal(err)
		}
		line := ""
		for i, c := range cells {
			if b, ok := c.([]byte); ok {
				c = string(b)
			}
			line += fmt.Sprintf("%s=%v ", columns[i], c)
		}
		if slices.ContainsFunc(marks, func(m string) bool { return strings.Contains(line, m) }) {
			out = append(out, line)
		}
	}
	if err := rows.Err(); err != nil {
		h.t.Fatal(err)
	}
	return out
}

// A copy from before an erasure does not bring anybody back: people and accounts are erased in it again, and the
// receipts go with it. What was connected again before the copy was made stays.
func TestARestoreCarriesErasuresOver(t *testing.T) {
	t.Parallel()
	if storetest.Postgres() {
		t.Skip("PostgreSQL is restored with pg_restore")
	}
	c := clockAt(time.Now().UTC().Truncate(time.Second))
	h := newHouseAt(t, nil, c.now)
	l := h.leaver()
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	b := h.creator("stays@example.test")
	again := h.world.AddAccounts("tiktok", 5)[4].ID
	join := func() *ent.Connection {
		b.lands(b.consent(h.world, "tiktok", sandbox.Choice{Account: again}), "/connections?success=tiktok_connected")
		return h.Store.Read.Connection.Query().Where(connection.HasOwnerWith(user.Email("stays@example.test"))).OnlyX(ctx)
	}
	first := join()
	if _, err := h.Connect.Disconnect(ctx, first.OwnerID, first.ID, true); err != nil {
		t.Fatal(err)
	}
	c.turn(time.Minute)
	back := join() // erased, and connected again before the copy
	h.browser().post("/login", url.Values{"email": {leaverEmail}, "password": {"not their password"}})
	l.marks["guesses of them"] = fault.Secret(leaverEmail).Digest()[:40]
	now := c.now()
	alert := h.Store.Client.Alert.Create().
		SetRule("DEAD_LETTER").
		SetPlatform("tiktok").
		SetMessage("1 sync gave up.").
		SetOpenedAt(now).
		SetLastSeenAt(now).
		SaveX(ctx)
	h.Store.Client.Delivery.Create().
		SetAlertID(alert.ID).
		SetEvent("opened").
		SetNumber(1).
		SetChannel("e-mail " + leaverEmail).
		SetCreatedAt(now).
		ExecX(ctx)
	for _, conn := range l.conns {
		h.Store.Client.QuotaUse.Create().
			SetPlatform(conn.Platform).
			SetBucket("USER_QUOTA").
			SetScope("planted " + conn.ExternalID).
			SetWindowStart(now).
			SetWindowEnd(now.Add(time.Hour)).
			SetUsed(1).
			ExecX(ctx)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if _, err := h.Store.Backup(ctx, copied); err != nil {
		t.Fatal(err)
	}
	c.turn(time.Hour)
	out, err := h.People.Erase(ctx, l.user.ID, connect.CauseAdmin)
	if err != nil {
		t.Fatal(err)
	}
	h.stop()
	r, err := backup.OpenRestore(
		ctx,
		backup.RestoreOptions{Config: h.Config, Makers: tested.Makers(), File: copied, Now: c.now()},
	)
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(r.Summary(), "\n"); !strings.Contains(
		said,
		"Deleted since the backup, and deleted again: 1 person",
	) {
		t.Errorf("got %q, want the erasure told before anything is done", said)
	}
	if err := r.Apply(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	copies := func(path string) bool { return strings.HasPrefix(path, h.Config.Backup.Dir) } // their end is on the receipt
	if got := l.found(t, copies, filepath.Dir(h.Store.Path)); len(got) > 0 {
		t.Errorf("got %v after the restore, want nobody back", got)
	}
	s, err := store.Open(ctx, "sqlite://"+h.Store.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if there := s.Read.Connection.Query().Where(connection.ID(back.ID)).ExistX(ctx); !there {
		t.Error("the account that was connected again is gone, want it kept")
	}
	d, err := s.Read.Deletion.Get(ctx, out.Receipt)
	if err != nil || d.Cause != connect.CauseAdmin || d.CopiesUntil == nil {
		t.Errorf("the receipt: got %+v, %v, want it carried over whole", d, err)
	}
}
