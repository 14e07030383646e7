package connect

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
)

// Comparison is what happened to the connections of a copy after it was made.
type Comparison struct {
	Present int            // connections of the present database that have not ended
	UsedUp  map[string]int // platform: those whose refresh token was exchanged for another since
	Known   bool           // the present database says so; else UsedUp is how many it may be
	Ended   int            // disconnected or deleted since
	Made    int            // connected since, so the copy does not hold them
}

// Compare tells what using a copy would mean for its connections. present is the database it would take the
// place of. With nil, or one without connections, there is nobody to ask: a grant that rotates then counts
// as used up once it is a day old.
func Compare(
	ctx context.Context,
	copied, present *store.Store,
	specs []platform.Spec,
	now time.Time,
) (out Comparison, err error) {
	out.UsedUp = map[string]int{}
	old, err := liveConnections(ctx, copied)
	if err != nil {
		return out, err
	}
	var today map[string]*ent.Connection
	if present != nil {
		if today, err = liveConnections(ctx, present); err != nil {
			return out, err
		}
	}
	out.Present, out.Known = len(today), len(today) > 0
	rotates := map[string]bool{}
	for _, s := range specs {
		rotates[s.ID] = s.Renewal.Mode == platform.RenewalRotates
	}
	for id, row := range old {
		is, there := today[id]
		if out.Known && !there {
			out.Ended++
		}
		if rotates[row.Platform] && row.Status != connection.StatusNeedsReconnect && replacedSince(row, is, out.Known, now) {
			out.UsedUp[row.Platform]++
		}
	}
	for id := range today {
		if _, there := old[id]; !there {
			out.Made++
		}
	}
	return out, nil
}

// replacedSince reports whether a row's refresh token was exchanged since. is is the same row today, if there is one.
func replacedSince(row, is *ent.Connection, known bool, now time.Time) bool {
	if known {
		return is != nil && is.TokenVersion > row.TokenVersion
	}
	return row.TokenIssuedAt != nil && now.Sub(*row.TokenIssuedAt) > platform.KeepAlive
}

// liveConnections reads the connections that have not ended. A copy may have an older schema: only columns that
// were always there are read.
func liveConnections(ctx context.Context, s *store.Store) (map[string]*ent.Connection, error) {
	rows, err := s.Read.Connection.Query().Where(connection.StatusNEQ(connection.StatusDisconnected)).
		Select(connection.FieldID, connection.FieldPlatform, connection.FieldStatus, connection.FieldTokenVersion,
			connection.FieldTokenIssuedAt).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the connections of %s: %w", s.Path, err)
	}
	out := make(map[string]*ent.Connection, len(rows))
	for _, row := range rows {
		out[row.ID] = row
	}
	return out, nil
}

// Forget ends in a copy every sign-in at a platform that was under way: nobody comes back from it.
func Forget(ctx context.Context, copied *store.Store) error {
	if _, err := copied.Client.PendingFlow.Delete().Exec(ctx); err != nil {
		return fmt.Errorf("end what was under way in the copy: %w", err)
	}
	return nil
}
