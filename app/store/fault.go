package store

import (
	"slices"
	"strings"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
)

// Fault turns a database error into a fault: no such row is NOT_FOUND, a broken constraint is
// CONFLICT, all else INTERNAL. nil and faults pass through.
func Fault(err error) error {
	switch {
	case err == nil:
		return nil
	case ent.IsNotFound(err):
		return fault.Wrap(fault.NotFound, words.New("errors.nothing"), err)
	case ent.IsConstraintError(err):
		return fault.Wrap(fault.Conflict, words.New("errors.exists"), err)
	default:
		return err
	}
}

// Missing reports whether err says that there is no such row.
func Missing(err error) bool { return ent.IsNotFound(err) }

// Clash reports whether err is a broken unique constraint.
func Clash(err error) bool { return ent.IsConstraintError(err) }

// downSigns are in what the drivers say of a database that itself refuses or is not there.
var downSigns = []string{
	"SQLITE_FULL", "SQLITE_BUSY", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN", "disk is full",
	"readonly database", "unable to open database",
	"connection refused", "connection reset", "broken pipe", "failed to connect", "unexpected EOF", "conn closed",
	"bad connection",
	"SQLSTATE 08", "SQLSTATE 53", "SQLSTATE 57P0", "SQLSTATE 58", // connection, resources, shutdown, the system's own
}

// Down reports whether the database itself refuses: full, locked, read-only or gone.
func Down(err error) bool {
	if err == nil {
		return false
	}
	s := err.Error()
	return slices.ContainsFunc(downSigns, func(sign string) bool { return strings.Contains(s, sign) })
}
