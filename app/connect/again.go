package connect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/deletion"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/user"
)

// ErasedSince is what was erased after a copy of the database was made, and is to be erased in it again before it is
// used.
type ErasedSince struct {
	Known    bool      // the present database says what was erased
	People   int       // whom the copy still holds
	Accounts int       // of others that the copy still holds
	Last     time.Time // when something was erased last; zero for never

	people, accounts, emptied []string
	receipts                  []*ent.Deletion
	whole                     bool // the receipts are of a schema that has all of their columns
}

// CompareErasures holds the receipts of the present database against what a copy holds. present may be nil. A copy may
// have an older schema: only columns that were always there are read. written is when the copy was last written to: a
// present database that began later knows nothing of what was erased before.
func CompareErasures(
	ctx context.Context,
	copied, present *store.Store,
	written time.Time,
) (out ErasedSince, err error) {
	if present == nil {
		return out, nil
	}
	columns := []string{
		deletion.FieldID,
		deletion.FieldPlatform,
		deletion.FieldSubjectHash,
		deletion.FieldConnections,
		deletion.FieldAskedAt,
		deletion.FieldDoneAt,
	}
	if out.whole, err = hasColumn(ctx, present.Read, deletion.Table, deletion.FieldCause); err != nil {
		return out, fmt.Errorf("read the receipts of %s: %w", present.Path, err)
	}
	if out.whole {
		columns = append(columns, deletion.FieldCause, deletion.FieldCopiesUntil)
	}
	out.receipts, err = present.Read.Deletion.Query().Where(deletion.DoneAtNotNil()).Select(columns...).All(ctx)
	if err != nil {
		return out, fmt.Errorf("read the receipts of %s: %w", present.Path, err)
	}
	if out.Known, err = reachesBack(ctx, present, written); err != nil {
		return out, err
	}
	live, err := liveConnections(ctx, present)
	if err != nil {
		return out, err
	}
	done := map[string]time.Time{}
	for _, r := range out.receipts {
		done[r.SubjectHash] = *r.DoneAt
		if r.DoneAt.After(out.Last) {
			out.Last = *r.DoneAt
		}
	}
	people, err := copied.Read.User.Query().Select(user.FieldID).All(ctx)
	if err != nil {
		return out, fmt.Errorf("read the accounts of %s: %w", copied.Path, err)
	}
	gone := map[string]bool{}
	for _, u := range people {
		if _, erased := done[person(u.ID)]; erased {
			gone[u.ID], out.people = true, append(out.people, u.ID)
		}
	}
	rows, err := copied.Read.Connection.Query().
		Select(connection.FieldID, connection.FieldOwnerID, connection.FieldPlatform, connection.FieldExternalID,
			connection.FieldAltID, connection.FieldConsentedAt).
		All(ctx)
	if err != nil {
		return out, fmt.Errorf("read the connections of %s: %w", copied.Path, err)
	}
	for _, row := range rows {
		switch _, lives := live[row.ID]; {
		case gone[row.OwnerID] || !erasedSince(row, done):
		case lives: // its data alone was deleted, and it went on
			out.emptied = append(out.emptied, row.ID)
		default:
			out.accounts = append(out.accounts, row.ID)
		}
	}
	out.People, out.Accounts = len(out.people), len(out.accounts)
	return out, nil
}

// reachesBack reports whether a database was there before a time: somebody in it is older.
func reachesBack(ctx context.Context, s *store.Store, at time.Time) (bool, error) {
	first, err := s.Read.User.Query().Order(user.ByCreatedAt()).Select(user.FieldID, user.FieldCreatedAt).First(ctx)
	if store.Missing(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read since when %s is there: %w", s.Path, err)
	}
	return !first.CreatedAt.After(at), nil
}

// hasColumn reports whether a table of an SQLite database has a column.
func hasColumn(ctx context.Context, db *ent.Client, table, column string) (there bool, err error) {
	rows, err := db.QueryContext(ctx, "SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, column)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return rows.Next(), rows.Err()
}

// erasedSince reports whether an account was erased after the consent that a copy holds. One that was erased and
// connected again before the copy was made stays.
func erasedSince(row *ent.Connection, done map[string]time.Time) bool {
	for _, id := range []string{row.ExternalID, row.AltID} {
		if id == "" {
			continue
		}
		at, erased := done[subject(row.Platform, id)]
		if erased && (row.ConsentedAt == nil || at.After(*row.ConsentedAt)) {
			return true
		}
	}
	return false
}

// Apply erases in a copy what was erased since it was made, and takes the receipts over. It reports whether the copy
// held any of it. What refers to a person or an account goes with it, by the database's own keys; the rest is named
// here, by statement: the copy's schema may be older than the models.
func (a ErasedSince) Apply(ctx context.Context, copied *store.Store) (held bool, err error) {
	err = copied.Tx(ctx, func(tx store.Tx) error {
		c, err := inTransaction(ctx, tx)
		if err != nil {
			return err
		}
		for _, id := range a.people {
			if err := c.leave(ctx, id); err != nil {
				return err
			}
		}
		if err := c.spent(ctx, connection.IDIn(a.accounts...)); err != nil {
			return err
		}
		for _, id := range a.accounts {
			if _, err := tx.Connection.Delete().Where(connection.ID(id)).Exec(ctx); err != nil {
				return err
			}
		}
		for _, id := range a.emptied {
			if err := c.empty(ctx, id); err != nil {
				return err
			}
		}
		return c.carry(ctx, a)
	})
	if err != nil {
		return false, fmt.Errorf("erase in the copy what was erased since: %w", err)
	}
	return len(a.people)+len(a.accounts)+len(a.emptied) > 0, nil
}

// transaction is a copy that is changed, and the tables it has: it may be from before there were some.
type transaction struct {
	tx     store.Tx
	tables map[string]bool
}

func inTransaction(ctx context.Context, tx store.Tx) (transaction, error) {
	c := transaction{tx, map[string]bool{}}
	rows, err := tx.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err != nil {
		return c, err
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return c, errors.Join(err, rows.Close())
		}
		c.tables[name] = true
	}
	return c, errors.Join(rows.Err(), rows.Close())
}

// carry takes the receipts over, with as much of them as both schemas know.
func (c transaction) carry(ctx context.Context, a ErasedSince) error {
	if !c.tables[deletion.Table] {
		return nil
	}
	whole, err := hasColumn(ctx, c.tx.Client, deletion.Table, deletion.FieldCause)
	if err != nil {
		return err
	}
	for _, r := range a.receipts {
		_, err := c.tx.ExecContext(
			ctx,
			`INSERT INTO deletions (id, platform, subject_hash, connections, asked_at, done_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (platform, subject_hash) DO UPDATE SET done_at = excluded.done_at`,
			r.ID,
			r.Platform,
			r.SubjectHash,
			r.Connections,
			r.AskedAt,
			*r.DoneAt,
		)
		if err != nil {
			return err
		}
		if !whole || !a.whole {
			continue
		}
		_, err = c.tx.ExecContext(
			ctx,
			"UPDATE deletions SET cause = ?, copies_until = ? WHERE platform = ? AND subject_hash = ?",
			string(r.Cause),
			r.CopiesUntil,
			r.Platform,
			r.SubjectHash,
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// empty deletes what was read of an account that goes on living.
func (c transaction) empty(ctx context.Context, id string) error {
	err := c.wipe(ctx, "post_history", "post_id IN (SELECT id FROM posts WHERE connection_id = ?)", id)
	for _, table := range []string{"posts", "profiles", "snapshots", "audiences", "refusals", "sync_logs", "runs",
		"connection_events"} {
		err = errors.Join(err, c.wipe(ctx, table, "connection_id = ?", id))
	}
	if err != nil {
		return err
	}
	_, err = c.tx.ExecContext(ctx, "UPDATE connections SET handle = '', alt_id = '' WHERE id = ?", id)
	return err
}

// wipe deletes rows of a table, if there is such a table.
func (c transaction) wipe(ctx context.Context, table, where string, args ...any) error {
	if !c.tables[table] {
		return nil
	}
	_, err := c.tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE "+where, args...)
	return err
}

// leave erases a person, with what only their address or their accounts' ids tie to them. Of failed sign-ins, which
// hold a hash of the address, all go: those of then are over.
func (c transaction) leave(ctx context.Context, id string) error {
	u, err := c.tx.User.Query().Where(user.ID(id)).Select(user.FieldEmail).Only(ctx)
	if err != nil {
		return err
	}
	if err := c.spent(ctx, connection.OwnerID(id)); err != nil {
		return err
	}
	err = errors.Join(
		c.wipe(ctx, "attempt_counts", "TRUE"),
		c.wipe(ctx, "deliveries", "channel = ?", "e-mail "+u.Email),
		c.wipe(ctx, "invites", "email = ?", u.Email),
	)
	if err != nil {
		return err
	}
	_, err = c.tx.User.Delete().Where(user.ID(id)).Exec(ctx)
	return err
}

// spent erases what accounts spent of their platforms' allowances: their ids there are part of it.
func (c transaction) spent(ctx context.Context, of predicate.Connection) error {
	rows, err := c.tx.Connection.Query().
		Where(of).
		Select(connection.FieldID, connection.FieldExternalID, connection.FieldAltID).
		All(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		for _, who := range []string{row.ID, row.ExternalID, row.AltID} {
			if who == "" {
				continue
			}
			if err := c.wipe(ctx, "quota_uses", "substr(scope, -length(?)) = ?", who, who); err != nil {
				return err
			}
		}
	}
	return nil
}
