// Package storetest opens a fresh, migrated database for a test: SQLite by default, PostgreSQL when TEST_DB=postgres (a
// temporary cluster, or the one that TEST_POSTGRES_URL names). Nothing but tests imports it.
package storetest
