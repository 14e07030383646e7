// Package migrations owns the history of the schema: one folder for each database, numbered, append only. It refuses to
// run anything: store applies it.
package migrations
