package syncer

import "entgo.io/ent/dialect/sql"

func newest(o *sql.OrderTermOptions) { o.Desc, o.NullsLast = true, true }
