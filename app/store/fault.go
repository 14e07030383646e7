package store

import (
	"strings"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/ent"
)

// Fault turns a database error into a fault: no such row is NOT_FOUND, a broken constraint is
// CONFLICT, all else INTERNAL. nil and faults pass through.
func Fault(err error) error {
	switch {
	case err == nil:
		return nil
	case ent.IsNotFound(err):
		return fault.Wrap(fault.NotFound, "There is nothing here.", err)
	case ent.IsConstraintError(err):
		return fault.Wrap(fault.Conflict, "That is already there.", err)
	default:
		return err
	}
}

// Missing reports whether err says that there is no such row.
func Missing(err error) bool { return ent.IsNotFound(err) }

// Clash reports whether err is a broken unique constraint.
func Clash(err error) bool { return ent.IsConstraintError(err) }

// Down reports whether the database itself refuses: full, locked, read-only or gone.
func Down(err error) bool {
	if err == nil {
		return false
	}
	s := err.Error()
	for _, sign := range []string{"SQLITE_FULL", "SQLITE_BUSY", "SQLITE_READONLY", "SQLITE_IOERR", "disk is full", "readonly database", "connection refused"} {
		if strings.Contains(s, sign) {
			return true
		}
	}
	return false
}
