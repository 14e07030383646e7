package lifecycle

import (
	"slices"

	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/run"
)

// MaxAttempts is how often a sync is tried before it becomes a dead letter, the first attempt included.
const MaxAttempts = 5

// ActiveRuns gives the states of a run that has not ended: it waits, runs, or is tried again.
func ActiveRuns() []run.State {
	return []run.State{run.StateQueued, run.StateDeferred, run.StateRunning, run.StateRetrying}
}

// WaitingRuns gives the states of a run that has not ended and is not running.
func WaitingRuns() []run.State {
	return []run.State{run.StateQueued, run.StateDeferred, run.StateRetrying}
}

// PostponedRuns gives the states of a run that waits for a time of its own: for a limit to end, or for the next
// attempt.
func PostponedRuns() []run.State { return []run.State{run.StateDeferred, run.StateRetrying} }

// GoodRuns gives the states of a run that ended and saved something.
func GoodRuns() []run.State { return []run.State{run.StateSuccess, run.StatePartial} }

// FailedRuns gives the states of a run that ended without a result: by a permanent error, or as a dead letter.
func FailedRuns() []run.State { return []run.State{run.StateFailed, run.StateDead} }

// EndedRuns gives the states of a run that is over.
func EndedRuns() []run.State { return append(GoodRuns(), FailedRuns()...) }

// RunActive reports whether a run in this state has not ended.
func RunActive(s run.State) bool { return slices.Contains(ActiveRuns(), s) }

// RunGood reports whether a run in this state ended and saved something.
func RunGood(s run.State) bool { return slices.Contains(GoodRuns(), s) }

// RunFailed reports whether a run in this state ended without a result.
func RunFailed(s run.State) bool { return slices.Contains(FailedRuns(), s) }

// SyncableConnections gives the statuses of a connection that the schedule syncs.
func SyncableConnections() []connection.Status {
	return []connection.Status{connection.StatusConnected, connection.StatusLimited, connection.StatusExpiring}
}

// Syncable reports whether a connection with this status can be synced as it is.
func Syncable(s connection.Status) bool { return slices.Contains(SyncableConnections(), s) }

// WaitingConnections gives the statuses of a connection that only a person can help: its access has ended, or will end
// and cannot be renewed.
func WaitingConnections() []connection.Status {
	return []connection.Status{connection.StatusNeedsReconnect, connection.StatusExpiring}
}

// RenewableConnections gives the statuses of a connection whose access is kept alive: those that are synced, and those
// that an admin has paused.
func RenewableConnections() []connection.Status {
	return append(SyncableConnections(), connection.StatusPaused)
}

// LiveConnections gives the statuses of a connection that has not been disconnected.
func LiveConnections() []connection.Status {
	return append(SyncableConnections(), connection.StatusNeedsReconnect, connection.StatusPaused)
}
