package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/store"
)

// storageChecks look at the database, its files and its keys.
type storageChecks struct{ o Options }

func stored(what, subject string) finding { return about(Storage, "storage."+what, subject) }

// storage looks at the database, its files and its keys. wrong are the settings that cannot be used.
func (d storageChecks) all(ctx context.Context, through bool, wrong map[string]bool) []console.Finding {
	in := func(checks func() []console.Finding) []console.Finding { return guarded(Storage, checks) }
	out := in(func() []console.Finding { return d.database(ctx) })
	path := d.path()
	if _, err := os.Stat(path); path != "" && err == nil {
		out = append(out, in(func() []console.Finding { return d.files(path) })...)
	}
	out = append(out, in(func() []console.Finding { return single(d.disk(path)) })...)
	if path != "" {
		out = append(out, in(func() []console.Finding { return single(d.local(path)) })...)
	}
	if d.o.Store != nil && path != "" {
		out = append(out, in(func() []console.Finding { return single(d.intact(ctx, through)) })...)
	}
	return append(out, in(func() []console.Finding { return d.keys(ctx, through, wrong) })...)
}

// path is where the SQLite file lies; empty for another database.
func (d storageChecks) path() string {
	path, ok := strings.CutPrefix(d.o.Config.DatabaseURL.Reveal(), "sqlite://")
	if !ok {
		return ""
	}
	return path
}

const restoreLast = "Stop serve and restore the last backup."

func (d storageChecks) database(ctx context.Context) []console.Finding {
	open, write := stored("database", "database"), stored("writable", "database")
	schema := stored("migrations", "migrations")
	var lost interface{ Todo() string }
	switch {
	case errors.As(d.o.Lost, &lost):
		return []console.Finding{
			open.fail("The database "+d.path()+" is missing or empty, but there was one here.", lost.Todo()),
		}
	case d.o.Store == nil && d.o.StoreErr == nil:
		return []console.Finding{open.skipped("There is no database yet; the first serve makes it at " + d.path() + ".")}
	case d.o.Store == nil && store.Damaged(d.o.StoreErr):
		return []console.Finding{stored("intact", "database").fail("The database file is damaged.", restoreLast)}
	case d.o.Store == nil:
		todo := "Look at DATABASE_URL, and whether the database runs and takes this user."
		var why *store.ReachError
		switch {
		case errors.As(d.o.StoreErr, &why) && why.Help != "":
			todo = why.Help
		case errors.Is(d.o.StoreErr, store.ErrPooled):
			todo = "Set pool_mode = session there, or name PostgreSQL itself."
		}
		return []console.Finding{open.fail("The database does not open: "+sentence(d.o.StoreErr), todo)}
	}
	var out []console.Finding
	switch err := d.o.Store.Writable(ctx); {
	case errors.Is(err, store.ErrGone):
		out = append(
			out,
			write.fail(
				upper(sentence(err)),
				"What is written now is lost. Stop serve, then put the file back or run truecount restore FILE.",
			),
		)
	case err != nil:
		out = append(
			out,
			write.fail(
				"The database can be opened and takes no writes.",
				"Look at free space and at who may write to it: "+sentence(err),
			),
		)
	default:
		out = append(out, write.ok("The database can be read and written."))
	}
	switch err := d.o.Migrated; {
	case err == nil:
		out = append(out, schema.ok("Every migration is applied."))
	case d.o.Config.AutoMigrate && strings.Contains(err.Error(), "is not applied"):
		out = append(
			out,
			schema.warn(
				"The database is older than this program; the next serve migrates it.",
				"Back it up, then restart serve.",
			),
		)
	default:
		out = append(out, schema.fail(upper(sentence(err)), "Run the command it names, with a backup made before."))
	}
	return out
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (d storageChecks) files(path string) []console.Finding {
	f := stored("files", "database files")
	open, err := store.Exposed(path)
	if err != nil {
		return []console.Finding{f.unknown(err)}
	}
	if len(open) > 0 {
		return []console.Finding{
			f.fail("Others on this machine may read or write "+open[0]+".", "Run chmod 600 "+strings.Join(open, " ")+"."),
		}
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o007 != 0 {
		return []console.Finding{f.warn("Everybody on this machine may look into "+dir+".", "Run chmod 700 "+dir+".")}
	}
	return []console.Finding{f.ok("The database's files are their owner's alone.")}
}

const (
	spare  = 1 << 30   // bytes that should be free
	scarce = 200 << 20 // and that must be
)

func (d storageChecks) disk(path string) console.Finding {
	f := stored("disk", "disk")
	dir := existing(d.o.Config.DataDir)
	n, err := d.o.Free(dir)
	if err != nil {
		return f.unknown(err)
	}
	room := fmt.Sprintf("%d MB are free where %s lies", n>>20, dir)
	size := uint64(0)
	if path != "" {
		size = uint64(max(0, store.Size(path))) // #nosec G115 -- not negative
	}
	switch {
	case n < scarce:
		return f.fail(room+": soon nothing can be written.", "Make room on that disk.")
	case n < spare || n < 2*size:
		return f.warn(room+", less than a copy of the database and some growth need.", "Make room before the next backup.")
	default:
		return f.ok("%s.", room)
	}
}

// local looks whether the database lies on a disk of this machine.
func (d storageChecks) local(path string) console.Finding {
	f := stored("network", "disk")
	kind, err := d.o.Network(existing(filepath.Dir(path)))
	switch {
	case err != nil:
		return f.unknown(err)
	case kind != "":
		return f.fail(
			"The database lies on a network disk ("+kind+"): SQLite's journal is not safe there.",
			"Move it to a disk of this machine, or use PostgreSQL.",
		)
	default:
		return f.ok("The database lies on a disk of this machine.")
	}
}

// existing is the directory, or the nearest above it that is there.
func existing(dir string) string {
	if dir == "" {
		return "."
	}
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

func (d storageChecks) intact(ctx context.Context, through bool) console.Finding {
	f := stored("intact", "database")
	if !through {
		return f.unread()
	}
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	err := d.o.Store.Intact(ctx)
	switch {
	case err == nil:
		return f.ok("The database file is whole.")
	case ctx.Err() != nil:
		return f.skipped(fmt.Sprintf("The database is too large to look through in %s.", lookLimit))
	default:
		return f.fail("The database file is damaged.", restoreLast)
	}
}

const sample = 100 // connections whose tokens are opened

// keys looks whether what is sealed can be opened.
func (d storageChecks) keys(ctx context.Context, through bool, wrong map[string]bool) []console.Finding {
	f, rows := stored("keys", "encryption keys"), stored("tokens", "sealed tokens")
	switch err := d.o.KeysErr; {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) && wrong["ENCRYPTION_KEYS"]:
		return []console.Finding{f.skipped("There is no keyset yet: ENCRYPTION_KEYS has to name one.")}
	case errors.Is(err, fs.ErrNotExist) && d.o.Config.EncryptionKeys.Empty():
		return []console.Finding{f.skipped("There is no keyset yet; the first serve makes it at " + d.o.KeysFile + ".")}
	default:
		return []console.Finding{
			f.fail(
				"The keyset cannot be used: "+sentence(err),
				"Put back the keyset that the database was made with, mode 0600, or name it in ENCRYPTION_KEYS.",
			),
		}
	}
	if d.o.Connect == nil {
		return []console.Finding{
			f.ok("The keyset can be read."),
			rows.skipped("Without a database there is nothing to open."),
		}
	}
	if err := d.o.Connect.Grants.Keys.KeysFit(ctx); err != nil {
		return []console.Finding{
			f.fail(
				"The keyset is not the one this database was made with.",
				"Set ENCRYPTION_KEYS to the one it was made with; nothing is lost until something is written over.",
			),
		}
	}
	out := []console.Finding{f.ok("The keyset is the one this database was made with.")}
	if !through {
		return append(out, rows.unread(), d.spool())
	}
	tried, shut, err := d.o.Connect.Grants.Keys.TryOpen(ctx, sample)
	old, oerr := d.o.Connect.Grants.Keys.Outdated(ctx)
	switch {
	case err != nil || oerr != nil:
		out = append(out, rows.unknown(errors.Join(err, oerr)))
	case shut > 0:
		out = append(
			out,
			rows.fail(
				fmt.Sprintf(
					"%s not open, of %d tried: changed in the database, or sealed with a key that is gone.",
					counted(shut, "stored token does", "stored tokens do"),
					tried,
				),
				"Put the old key back into the keyset, or let the creators reconnect.",
			),
		)
	case old > 0:
		out = append(
			out,
			rows.warn(
				counted(old, "account is", "accounts are")+" still sealed with an old key.",
				"Run truecount keys rotate again to finish it.",
			),
		)
	default:
		out = append(out, rows.ok("%s opened, none is on an old key.", counted(tried, "stored token", "stored tokens")))
	}
	return append(out, d.spool())
}

func (d storageChecks) spool() console.Finding {
	f := stored("spool", "spool")
	n, err := d.o.Connect.Grants.Spooled()
	switch {
	case err != nil:
		return f.unknown(err)
	case n > 0:
		return f.warn(
			counted(n, "renewed token waits", "renewed tokens wait")+" in a file for the database to take.",
			"Restart serve: it takes them up at its start.",
		)
	default:
		return f.ok("No renewed token waits outside the database.")
	}
}
