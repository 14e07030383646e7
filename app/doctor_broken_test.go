package app_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/viewer"
)

// breakages are ways in which one part of an installation is broken, each with what doctor must then say is wrong. They
// are applied in order: a file that is gone is not damaged any more.
var breakages = []struct {
	name  string
	wrong string // the finding that must not be well
	apply func(p *patient) error
}{
	{"the database is damaged", "storage", func(p *patient) error {
		return os.WriteFile(
			filepath.Join(p.dir, "truecount.db"),
			[]byte("SQLite format 3\x00 and then nothing that fits"),
			0o600,
		)
	}},
	{
		"the database is gone",
		"storage.database",
		func(p *patient) error { return os.Remove(filepath.Join(p.dir, "truecount.db")) },
	},
	{
		"the keyset is garbage",
		"storage.keys",
		func(p *patient) error { return os.WriteFile(p.vars["ENCRYPTION_KEYS"], []byte("{"), 0o600) },
	},
	{
		"the keyset is readable by others",
		"storage.keys",
		func(p *patient) error { return os.Chmod(p.vars["ENCRYPTION_KEYS"], 0o644) },
	}, //nolint:gosec // that is the fault
	{
		"the spool is a file",
		"",
		func(p *patient) error { return os.WriteFile(filepath.Join(p.dir, "spool"), []byte("x"), 0o600) },
	},
	{"the marker is garbage", "", func(p *patient) error {
		return os.WriteFile(filepath.Join(p.dir, "truecount.db.installation"), []byte("\x00{"), 0o600)
	}},
	{"the copies' directory is a file", "", func(p *patient) error {
		p.vars["BACKUP_DIR"] = filepath.Join(p.dir, "copies")
		return os.WriteFile(p.vars["BACKUP_DIR"], []byte("x"), 0o600)
	}},
	{"a setting is nonsense", "settings", func(p *patient) error { p.vars["SYNC_WORKERS"] = "many"; return nil }},
}

// D9: every check of doctor survives the failure of every other part, in all combinations, and each broken part is
// named whatever else is broken.
func TestDoctorSurvivesEveryCombinationOfBrokenParts(t *testing.T) {
	t.Parallel()
	if storetest.Postgres() {
		t.Skip("the files are SQLite's")
	}
	w, address := abroad(t, publicBase, nil)
	whole := newPatient(t, w, address)
	whole.open(func(a *app.App) { // a log with a head, as after the first sign-in
		if err := a.Auth.Log.Record(viewer.System(t.Context(), viewer.ReasonTest), auth.Event{Action: "sign_in", Result: "ok"}); err != nil {
			t.Fatal(err)
		}
	})
	for set := range 1 << len(breakages) {
		p := whole.copied()
		var names []string
		for i, b := range breakages {
			if set&(1<<i) != 0 {
				names = append(names, b.name)
				if err := b.apply(p); err != nil {
					t.Fatalf("%s: %v", b.name, err)
				}
			}
		}
		found := p.check(true)
		for _, f := range found {
			if strings.HasSuffix(f.ID, ".check") {
				t.Errorf("%v: got %s: %s, want every check to survive", names, f.ID, f.Words)
			}
		}
		for i, b := range breakages {
			if set&(1<<i) != 0 && b.wrong != "" && !alarmed(found, b.wrong) {
				t.Errorf("%v: got no alarm of %s, want one: %s", names, b.wrong, fmt.Sprint(alarms(found)))
			}
		}
	}
}

// copied is the same set-up in another folder.
func (p *patient) copied() *patient {
	p.Helper()
	q := *p
	q.dir, q.vars = filepath.Join(p.TempDir(), "data"), maps.Clone(p.vars)
	if err := os.CopyFS(q.dir, os.DirFS(p.dir)); err != nil {
		p.Fatal(err)
	}
	keys, err := os.ReadFile(p.vars["ENCRYPTION_KEYS"])
	if err != nil {
		p.Fatal(err)
	}
	q.vars["ENCRYPTION_KEYS"] = filepath.Join(p.TempDir(), "keys.json")
	q.vars["DATABASE_URL"] = "sqlite://" + filepath.Join(q.dir, "truecount.db")
	if err := os.WriteFile(q.vars["ENCRYPTION_KEYS"], keys, 0o600); err != nil {
		p.Fatal(err)
	}
	return &q
}

func alarmed(found []console.Finding, id string) bool {
	for _, f := range found {
		if strings.HasPrefix(f.ID, id) && (f.State == console.FindingFailed || f.State == console.FindingWarning) {
			return true
		}
	}
	return false
}

// A keyset that cannot be read gives no vault at all: one without keys crashed whoever opened something with it.
func TestAKeysetThatCannotBeReadGivesNoVault(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{", "{}", filepath.Join(t.TempDir(), "none.json")} {
		if v, err := vault.Load(fault.Secret(text)); v != nil || err == nil {
			t.Errorf("%q: got %v, %v, want no vault and an error", text, v, err)
		}
	}
}
