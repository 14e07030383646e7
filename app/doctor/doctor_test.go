package doctor

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/words"
)

func some(n float64) *float64 { return &n }

// A schedule at the end of the quota's day is spoken of when the quota is short, and not before.
func TestShortage(t *testing.T) {
	t.Parallel()
	spec := all.Platforms().Makers()[2].Spec
	carries := 4000
	early := capacity.Change{
		Setting: "YOUTUBE_SYNC_CRON",
		To:      "30 8 * * *",
		Why:     words.New("capacity.why.early", "Hours", 4),
	}
	for name, tc := range map[string]struct {
		f    capacity.Forecast
		want []string
	}{
		"enough":               {capacity.Forecast{Accounts: 4000, Carries: &carries, Changes: []capacity.Change{early}}, nil},
		"too many accounts":    {capacity.Forecast{Accounts: 4001, Carries: &carries, Changes: []capacity.Change{early}}, []string{"youtube.capacity", "youtube.sync-cron"}},
		"tonight is too short": {capacity.Forecast{Accounts: 9, Carries: &carries, Changes: []capacity.Change{early}, Plan: capacity.Plan{Needs: []capacity.Need{{Units: some(30), Left: 20}}}}, []string{"youtube.sync-cron"}},
		"not known yet":        {capacity.Forecast{Accounts: 4001}, nil},
	} {
		var got []string
		for _, f := range shortage(spec, tc.f) {
			got = append(got, f.ID)
			if f.State != console.FindingWarning || f.Todo.IsZero() {
				t.Errorf("%s: got %+v, want a warning with what to do", name, f)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
}

// What is not open is said so, check by check, and nothing falls over it.
func TestWithNothing(t *testing.T) {
	t.Parallel()
	d := New(Options{Problems: []error{errors.New("read the environment: x")}, KeysErr: errors.New("no")})
	found := d.Check(t.Context(), false)
	if console.Good(found) || len(found) < 8 {
		t.Errorf("got %v, want it not well", found)
	}
	for _, f := range found {
		if f.Words.IsZero() || !slices.Contains(console.Areas(), f.Area) {
			t.Errorf("got %+v, want a sentence in an area", f)
		}
	}
}

// A backup is old when two were due since.
func TestBackups(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		last time.Time
		err  error
		want console.FindingState
	}{
		"fresh": {now.Add(-20 * time.Hour), nil, console.FindingOK}, "one late": {now.Add(-47 * time.Hour), nil, console.FindingOK}, "old": {now.Add(-49 * time.Hour), nil, console.FindingWarning},
		"none": {time.Time{}, nil, console.FindingWarning}, "the last try failed": {now.Add(-20 * time.Hour), errors.New("disk full"), console.FindingFailed},
	} {
		d := New(
			Options{
				Now:         func() time.Time { return now },
				BackupEvery: 24 * time.Hour,
				LastBackup:  func() (time.Time, error) { return tc.last, tc.err },
			},
		)
		if got := (clockworkChecks{d.o}).backup(); got.State != tc.want {
			t.Errorf("%s: got %+v, want %s", name, got, tc.want)
		}
	}
}

// A database on a network disk is a failure, on a disk of this machine it is well.
func TestADatabaseOnANetworkDisk(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]console.FindingState{"NFS": console.FindingFailed, "": console.FindingOK} {
		d := New(Options{
			Config:  config.Config{DatabaseURL: "sqlite://" + fault.Secret(t.TempDir()) + "/x.db", DataDir: t.TempDir()},
			Network: func(string) (string, error) { return kind, nil },
		})
		found := false
		for _, f := range d.Check(t.Context(), true) {
			if f.ID == "storage.network" {
				found = true
				if f.State != want || (kind != "" && !strings.Contains(f.Words.String(), kind)) {
					t.Errorf("%q: got %+v, want %s", kind, f, want)
				}
			}
		}
		if !found {
			t.Errorf("%q: got nothing of it", kind)
		}
	}
}
