package connect

import (
	"context"
	"fmt"
	"path/filepath"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/ent/connection"
)

// KeysFit is CheckKeys for whoever may write nothing: a database without a word to check against fits.
func (c *Connect) KeysFit(ctx context.Context) error { return Opens(ctx, c.o.Store, c.o.Vault) }

// TryOpen opens the tokens of the n connections made last, and gives how many it tried and how many of
// them stayed shut. Nothing of them is kept.
func (c *Connect) TryOpen(ctx context.Context, n int) (tried, shut int, err error) {
	rows, err := c.o.Store.Read.Connection.Query().Where(connection.AccessSealedNotNil()).Order(connection.ByID(sql.OrderDesc())).Limit(n).All(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read sealed tokens: %w", err)
	}
	for _, row := range rows {
		if len(sealedOf(row.AccessSealed)) == 0 {
			continue
		}
		tried++
		if _, err := c.open(row); err != nil {
			shut++
		}
	}
	return tried, shut, nil
}

// Spooled counts the tokens that wait in files for the database to take them.
func (c *Connect) Spooled() (int, error) {
	if c.o.Spool == "" {
		return 0, nil
	}
	files, err := filepath.Glob(filepath.Join(c.o.Spool, "*"+spoolSuffix))
	if err != nil {
		return 0, fmt.Errorf("look into the spool: %w", err)
	}
	return len(files), nil
}
