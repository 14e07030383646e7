package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
)

// storageChecks look at the database, its files and its keys.
type storageChecks struct{ o Options }

func storageFinding(what, subject string) finding {
	return newFinding(console.AreaStorage, "storage."+what, subject)
}

// storage looks at the database, its files and its keys. wrong are the settings that cannot be used.
func (d storageChecks) all(ctx context.Context, through bool, wrong map[string]bool) []console.Finding {
	in := func(checks func() []console.Finding) []console.Finding { return guarded(console.AreaStorage, checks) }
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

func (d storageChecks) database(ctx context.Context) []console.Finding {
	open, write := storageFinding("database", "database"), storageFinding("writable", "database")
	schema := storageFinding("migrations", "migrations")
	var lost interface{ Todo() string }
	switch {
	case errors.As(d.o.Lost, &lost):
		return []console.Finding{
			open.fail(words.New("doctor.storage.lost", "Path", d.path()), words.Plain(lost.Todo())),
		}
	case d.o.Store == nil && d.o.StoreErr == nil:
		return []console.Finding{open.skipped(words.New("doctor.storage.none", "Path", d.path()))}
	case d.o.Store == nil && store.Damaged(d.o.StoreErr):
		return []console.Finding{storageFinding("intact", "database").fail(
			words.New("doctor.storage.damaged"), words.New("doctor.storage.restore"))}
	case d.o.Store == nil:
		todo := words.New("doctor.storage.closedDo")
		var why *store.ReachError
		switch {
		case errors.As(d.o.StoreErr, &why) && why.Help != "":
			todo = words.Plain(why.Help)
		case errors.Is(d.o.StoreErr, store.ErrPooled):
			todo = words.New("doctor.storage.pooledDo")
		}
		return []console.Finding{open.fail(words.New("doctor.storage.closed", "Why", sentence(d.o.StoreErr)), todo)}
	}
	var out []console.Finding
	switch err := d.o.Store.Writable(ctx); {
	case errors.Is(err, store.ErrGone):
		out = append(
			out,
			write.fail(
				words.Plain(upper(sentence(err))), words.New("doctor.storage.goneDo"),
			),
		)
	case err != nil:
		out = append(
			out,
			write.fail(
				words.New("doctor.storage.readOnly"), words.New("doctor.storage.readOnlyDo", "Why", sentence(err)),
			),
		)
	default:
		out = append(out, write.ok(words.New("doctor.storage.writable")))
	}
	switch err := d.o.Migrated; {
	case err == nil:
		out = append(out, schema.ok(words.New("doctor.storage.migrated")))
	case d.o.Config.AutoMigrate && strings.Contains(err.Error(), "is not applied"):
		out = append(
			out,
			schema.warn(words.New("doctor.storage.older"), words.New("doctor.storage.olderDo")),
		)
	default:
		out = append(out, schema.fail(words.Plain(upper(sentence(err))), words.New("doctor.storage.migrateDo")))
	}
	return out
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (d storageChecks) files(path string) []console.Finding {
	f := storageFinding("files", "database files")
	open, err := store.Exposed(path)
	if err != nil {
		return []console.Finding{f.unknown(err)}
	}
	if len(open) > 0 {
		return []console.Finding{
			f.fail(
				words.New(
					"doctor.storage.exposed",
					"File",
					open[0],
				),
				words.New("doctor.storage.exposedDo", "Files", strings.Join(open, " ")),
			),
		}
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o007 != 0 {
		return []console.Finding{f.warn(
			words.New(
				"doctor.storage.openFolder",
				"Folder",
				dir,
			),
			words.New("doctor.storage.openFolderDo", "Folder", dir),
		)}
	}
	return []console.Finding{f.ok(words.New("doctor.storage.private"))}
}

const (
	spare  = 1 << 30   // bytes that should be free
	scarce = 200 << 20 // and that must be
)

func (d storageChecks) disk(path string) console.Finding {
	f := storageFinding("disk", "disk")
	dir := existing(d.o.Config.DataDir)
	n, err := d.o.Free(dir)
	if err != nil {
		return f.unknown(err)
	}
	free := int64(n >> 20) // #nosec G115 -- megabytes fit
	size := uint64(0)
	if path != "" {
		size = uint64(max(0, store.Size(path))) // #nosec G115 -- not negative
	}
	switch {
	case n < scarce:
		return f.fail(
			words.New("doctor.storage.full", "MB", free, "Folder", dir), words.New("doctor.storage.fullDo"))
	case n < spare || n < 2*size:
		return f.warn(
			words.New("doctor.storage.low", "MB", free, "Folder", dir), words.New("doctor.storage.lowDo"))
	default:
		return f.ok(words.New("doctor.storage.space", "MB", free, "Folder", dir))
	}
}

// local looks whether the database lies on a disk of this machine.
func (d storageChecks) local(path string) console.Finding {
	f := storageFinding("network", "disk")
	kind, err := d.o.Network(existing(filepath.Dir(path)))
	switch {
	case err != nil:
		return f.unknown(err)
	case kind != "":
		return f.fail(
			words.New("doctor.storage.network", "Kind", kind), words.New("doctor.storage.networkDo"),
		)
	default:
		return f.ok(words.New("doctor.storage.localDisk"))
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
	f := storageFinding("intact", "database")
	if !through {
		return f.unread()
	}
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	err := d.o.Store.Intact(ctx)
	switch {
	case err == nil:
		return f.ok(words.New("doctor.storage.intact"))
	case ctx.Err() != nil:
		return f.skipped(words.New("doctor.storage.large", "Limit", words.Length(lookLimit)))
	default:
		return f.fail(words.New("doctor.storage.damaged"), words.New("doctor.storage.restore"))
	}
}

const sample = 100 // connections whose tokens are opened

// keys looks whether what is sealed can be opened.
func (d storageChecks) keys(ctx context.Context, through bool, wrong map[string]bool) []console.Finding {
	f, rows := storageFinding("keys", "encryption keys"), storageFinding("tokens", "stored tokens")
	switch err := d.o.KeysErr; {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) && wrong["ENCRYPTION_KEYS"]:
		return []console.Finding{f.skipped(words.New("doctor.storage.keysNeeded"))}
	case errors.Is(err, fs.ErrNotExist) && d.o.Config.EncryptionKeys.Empty():
		return []console.Finding{f.skipped(words.New("doctor.storage.keysLater", "Path", d.o.KeysFile))}
	default:
		return []console.Finding{
			f.fail(
				words.New("doctor.storage.keysBad", "Why", sentence(err)), words.New("doctor.storage.keysBadDo"),
			),
		}
	}
	if d.o.Connect == nil {
		return []console.Finding{
			f.ok(words.New("doctor.storage.keysRead")), rows.skipped(words.New("doctor.storage.noTokens")),
		}
	}
	if err := d.o.Connect.Grants.Keys.KeysFit(ctx); err != nil {
		return []console.Finding{
			f.fail(
				words.New("doctor.storage.keysOther"), words.New("doctor.storage.keysOtherDo"),
			),
		}
	}
	out := []console.Finding{f.ok(words.New("doctor.storage.keys"))}
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
				words.New("doctor.storage.locked", "Count", shut, "All", tried), words.New("doctor.storage.lockedDo"),
			),
		)
	case old > 0:
		out = append(
			out,
			rows.warn(
				words.New("doctor.storage.oldKey", "Count", old), words.New("doctor.storage.oldKeyDo"),
			),
		)
	default:
		out = append(out, rows.ok(words.New("doctor.storage.tokens", "Count", tried)))
	}
	return append(out, d.spool())
}

func (d storageChecks) spool() console.Finding {
	f := storageFinding("spool", "unsaved tokens")
	n, err := d.o.Connect.Grants.Spooled()
	switch {
	case err != nil:
		return f.unknown(err)
	case n > 0:
		return f.warn(
			words.New("doctor.storage.waiting", "Count", n), words.New("doctor.storage.waitingDo"),
		)
	default:
		return f.ok(words.New("doctor.storage.noneWaiting"))
	}
}
