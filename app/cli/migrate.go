package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/backup"
	"github.com/truecount/truecount/app/jobs"
)

type migrateCmd struct {
	Status bool `help:"List the migrations instead of applying them."`
}

// Run applies or lists migrations.
func (m migrateCmd) Run(w *World) (err error) {
	c, err := w.config()
	if err != nil {
		return err
	}
	s, err := backup.OpenStore(w.Context, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if !m.Status {
		if err := s.Migrate(w.Context, jobs.Migrate); err != nil {
			return err
		}
		if err := backup.MarkNew(w.Context, s); err != nil {
			return err
		}
	}
	list, err := s.Migrations(w.Context)
	if err != nil {
		return err
	}
	for _, g := range list {
		state := "pending"
		if g.AppliedAt != nil {
			state = "applied " + g.AppliedAt.UTC().Format(time.RFC3339)
		}
		w.say(fmt.Sprintf("%d %s %s", g.Version, g.Name, state))
	}
	return nil
}
