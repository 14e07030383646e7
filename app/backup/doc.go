// Package backup owns the copies of an SQLite database: the scheduled ones, bringing one back, and knowing that there
// was a database where none is now. It also clears what an erasure leaves behind in files: the gaps in the database
// file, and the databases that a restore moved aside.
//
// A copy is made by store, whole and consistent; backup decides when, keeps the last ones, and refuses to bring back
// what would lock everything in or let in who was shut out since. On PostgreSQL it does nothing: pg_dump and pg_restore
// do. Jobs calls it every minute; the commands backup, restore, migrate and serve call it, and doctor and alerts ask
// how the last copy went.
package backup
