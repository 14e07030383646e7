package planner

import "entgo.io/ent/dialect/sql"

func desc(o *sql.OrderTermOptions) { o.Desc = true }

// nullsFirst puts what never succeeded before everything else, on both databases.
func nullsFirst(o *sql.OrderTermOptions) { o.NullsFirst = true }
