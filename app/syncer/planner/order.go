package planner

import "entgo.io/ent/dialect/sql"

func desc(o *sql.OrderTermOptions) { o.Desc = true }

// newest puts what has no date at the end, on both databases.
func newest(o *sql.OrderTermOptions) { o.Desc, o.NullsLast = true, true }

// nullsFirst puts what never succeeded before everything else, on both databases.
func nullsFirst(o *sql.OrderTermOptions) { o.NullsFirst = true }
