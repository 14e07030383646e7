package planner

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/clock"
)

// patience is how far ahead a slot may be taken: a longer wait goes back to the queue.
const patience = 5 * time.Second

// paceTries is how often a slot is asked for that other workers take first.
const paceTries = 20

// Slot gives how long to wait for the platform's next slot and takes it, unless the wait is too long:
// then nothing is taken. Slots keep the least time between the starts of two accounts' syncs; they
// stand in the database, so that all processes share them.
func (pl *Planner) Slot(
	ctx context.Context,
	platform string,
	delay time.Duration,
	now time.Time,
) (wait time.Duration, taken bool, err error) {
	if delay <= 0 {
		return 0, true, nil
	}
	id := "pace:" + platform
	for range paceTries {
		row, err := pl.o.Store.Read.Clock.Get(ctx, id)
		if store.Missing(err) {
			err = pl.o.Store.Client.Clock.Create().SetID(id).SetNextAt(now.Add(delay)).Exec(ctx)
			if store.Clash(err) {
				continue
			}
			if err != nil {
				return 0, false, fmt.Errorf("set the pace of %s: %w", platform, err)
			}
			return 0, true, nil
		}
		if err != nil {
			return 0, false, fmt.Errorf("read the pace of %s: %w", platform, err)
		}
		at := nextSlot(row, now, delay)
		if wait = at.Sub(now); wait > max(patience, delay) {
			return wait, false, nil
		}
		n, err := pl.o.Store.Client.Clock.Update().
			Where(clock.ID(id), clock.NextAtEQ(*row.NextAt)).
			SetNextAt(at.Add(delay)).
			Save(ctx)
		if err != nil {
			return 0, false, fmt.Errorf("keep the pace of %s: %w", platform, err)
		}
		if n == 1 {
			return wait, true, nil
		}
	}
	return delay, false, nil
}

// nextSlot is when the next slot is. One further ahead than any is ever given is of a clock that was wrong,
// or of a longer delay that was set before: it binds nobody.
func nextSlot(row *ent.Clock, now time.Time, delay time.Duration) time.Time {
	if row.NextAt.Before(now) || row.NextAt.Sub(now) > max(patience, delay)+2*delay {
		return now
	}
	return row.NextAt.UTC()
}
