package migrations

import "embed"

// Files are the migrations in goose's format: sqlite/*.sql and postgres/*.sql.
//
//go:embed sqlite/*.sql postgres/*.sql
var Files embed.FS
