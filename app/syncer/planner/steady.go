package planner

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/store"
)

const trustedKey = "steady" // of a clock's row: when the time was last looked at, and until when it is not believed

const (
	// leap is by how much the time may have moved between two looks, after which it is believed at once: what a jump of
	// less makes go too early goes a day early at most.
	leap = 24 * time.Hour
	// settling is how long a clock that moved further must go on at its pace. Time services and people set a wrong one
	// right within that, and after a long time off nothing is kept a day longer for it.
	settling = 6 * time.Hour
)

// Trust is whether the time may decide that something is deleted for good.
type Trust struct {
	OK    bool
	Until time.Time     // when it may, if the clock goes on at its pace
	Leapt time.Duration // by how much it moved, when this look was the first to see it
}

// Trust looks at the clock, for all processes on this database. A clock that moved by more than a day between two looks
// is either wrong, or nobody was there to look: which of them nobody knows at once, and what is deleted does not come
// back. It is believed when it was looked at for some hours and went on at its pace; hours in which nobody looked do
// not count.
func (ck *Clock) Trusted(ctx context.Context) (Trust, error) {
	now := ck.o.Now()
	db := ck.o.Store.Client.Clock
	row, err := db.Get(ctx, trustedKey)
	if store.Missing(err) { // the first look at this database: there is nothing old in it
		if err := db.Create().SetID(trustedKey).SetLastAt(now).OnConflictColumns("id").Ignore().Exec(ctx); err != nil {
			return Trust{}, fmt.Errorf("look at the clock: %w", err)
		}
		return Trust{OK: true}, nil
	}
	if err != nil {
		return Trust{}, fmt.Errorf("read when the clock was last looked at: %w", err)
	}
	until := trustedFrom(row.LastAt, row.NextAt, now)
	u := db.UpdateOneID(trustedKey).SetLastAt(now).ClearNextAt()
	if until != nil {
		u = db.UpdateOneID(trustedKey).SetLastAt(now).SetNextAt(*until)
	}
	if err := u.Exec(ctx); err != nil {
		return Trust{}, fmt.Errorf("note that the clock was looked at: %w", err)
	}
	out := Trust{OK: until == nil}
	if until != nil {
		out.Until = *until
		if row.NextAt == nil {
			out.Leapt = now.Sub(*row.LastAt)
		}
	}
	return out, nil
}

// trustedFrom gives until when the time is not believed, nil when it is, from when it was last looked at and what held
// then.
func trustedFrom(seen, until *time.Time, now time.Time) *time.Time {
	if seen == nil {
		return nil
	}
	gap := now.Sub(*seen)
	left := settling
	switch {
	case until == nil && gap <= leap: // one that went back deletes less, not more
		return nil
	case until != nil:
		left = min(settling, until.Sub(*seen))
		if gap >= 0 && gap <= ClockSkew {
			left -= gap
		}
	}
	if left <= 0 {
		return nil
	}
	at := now.Add(left)
	return &at
}
