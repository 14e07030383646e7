package backup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
)

// OpenStore opens the configured database. An SQLite file that is missing or empty although there was one is refused,
// unless the configuration says to begin anew.
func OpenStore(ctx context.Context, c config.Config) (*store.Store, error) {
	if !c.New {
		if err := Lost(ctx, c, nil); err != nil {
			return nil, err
		}
	}
	s, err := store.Open(ctx, c.DatabaseURL.Reveal())
	if store.Damaged(err) {
		path := strings.TrimPrefix(c.DatabaseURL.Reveal(), "sqlite://")
		return nil, fmt.Errorf(
			"the database %s is damaged: %w. %s",
			path,
			err,
			(&LostError{path: path, copies: knownCopies(c)}).Todo(),
		)
	}
	if err != nil || c.New {
		return s, err
	}
	if err := Lost(ctx, c, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Lost says that the SQLite database is missing or empty although there was one: its marker is there, or a
// scheduled copy of it. A keyset alone proves nothing: it can be made before the first start. Nil: nothing is missing,
// or nothing says that there was anything.
func Lost(ctx context.Context, c config.Config, opened *store.Store) error {
	path, ok := strings.CutPrefix(c.DatabaseURL.Reveal(), "sqlite://")
	if !ok {
		return nil
	}
	missing, err := store.Absent(path)
	if err != nil {
		return err
	}
	if !missing && opened != nil {
		if missing, err = opened.Blank(ctx); err != nil {
			return err
		}
	}
	if !missing {
		return nil
	}
	list := knownCopies(c)
	_, marked := store.ReadMarker(path)
	if !marked && len(list) == 0 {
		return nil
	}
	return &LostError{path: path, marked: marked, copies: list}
}

// knownCopies are the scheduled copies, oldest first; none of a directory that cannot be read, which proves nothing
// either way.
func knownCopies(c config.Config) []file {
	list, err := listCopies(c.Backup.Dir)
	if err != nil {
		return nil
	}
	return list
}

// LostError is a database that is missing or empty although there was one.
type LostError struct {
	path   string
	marked bool
	copies []file // oldest first
}

// Error says what is missing, how one knows, and what to do.
func (e *LostError) Error() string {
	w := words.English
	proof := w.Say("commands.lost.marker", "Path", store.MarkerPath(e.path))
	if !e.marked {
		proof = w.Say("commands.lost.copy")
	}
	return w.Say("commands.lost.error", "Path", e.path, "Proof", proof, "Todo", e.Todo())
}

// Todo names the command that brings the newest copy back.
func (e *LostError) Todo() string {
	if len(e.copies) == 0 {
		return words.English.Say("commands.lost.todo")
	}
	last := e.copies[len(e.copies)-1]
	return words.English.Say("commands.lost.newest", "At", words.Minute(last.at, time.UTC), "Path", last.path)
}

const installationKey = "installation"

// Mark writes down, in the database and beside it, that an installation lives here, sealed with a keyset. An SQLite
// file that vanishes is then not mistaken for a first start.
func Mark(ctx context.Context, s *store.Store, keysetID string) error {
	if !s.Embedded() {
		return nil
	}
	id, err := installation(viewer.System(ctx, viewer.ReasonBackup), s)
	if err != nil {
		return err
	}
	return store.WriteMarker(
		s.Path,
		store.Marker{Installation: id, Keyset: keysetID, Written: time.Now().UTC().Truncate(time.Second)},
	)
}

// MarkNew is for a command that migrates before there is a keyset: it leaves a marker where there is none.
func MarkNew(ctx context.Context, s *store.Store) error {
	if !s.Embedded() {
		return nil
	}
	if _, there := store.ReadMarker(s.Path); there {
		return nil
	}
	id, err := installation(viewer.System(ctx, viewer.ReasonStart), s)
	if err != nil {
		return err
	}
	return store.WriteMarker(s.Path, store.Marker{Installation: id, Written: time.Now().UTC().Truncate(time.Second)})
}

// installation gives the installation's id, and makes one the first time.
func installation(ctx context.Context, s *store.Store) (string, error) {
	m, err := s.Client.Meta.Get(ctx, installationKey)
	if err == nil {
		return string(m.Value), nil
	}
	if !store.Missing(err) {
		return "", fmt.Errorf("read the installation's id: %w", err)
	}
	id := uuid.NewString()
	if old, there := store.ReadMarker(s.Path); there && old.Installation != "" {
		id = old.Installation // a copy from before ids were kept was brought back
	}
	err = s.Client.Meta.Create().SetID(installationKey).SetValue([]byte(id)).Exec(ctx)
	if store.Clash(err) {
		return installation(ctx, s) // another process was first
	}
	if err != nil {
		return "", fmt.Errorf("store the installation's id: %w", err)
	}
	return id, nil
}
