package backup

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
)

const openLimit = 5 * time.Second // of a database that may not be there

// OpenExisting opens the database, and makes none: without one it gives neither a store nor an error.
func OpenExisting(ctx context.Context, c config.Config) (*store.Store, error) {
	if c.DataDir == "" {
		return nil, errors.New(words.English.Say("errors.database.unusable"))
	}
	if path, ok := strings.CutPrefix(c.DatabaseURL.Reveal(), "sqlite://"); ok {
		if absent, err := store.Absent(path); absent || err != nil {
			return nil, err // an empty file is not made a database by being looked at
		}
	}
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	return store.Open(ctx, c.DatabaseURL.Reveal())
}
