package numbers

import (
	"context"
	"time"

	"github.com/truecount/truecount/app/numbers/listing"
	"github.com/truecount/truecount/app/numbers/period"
)

// listRead is one reading of the list of an account's posts.
type listRead struct {
	at    time.Time
	runID string // of an explanation; empty: not known
}

// readListings finds when the list of posts was read last, as it was known at the time that is asked for. Only a
// question of the past, or of which runs brought it, takes a statement.
func (n *Numbers) readListings(ctx context.Context, all books) error {
	tracks := all.tracks(sourcePosts)
	for _, of := range tracks {
		for _, t := range of {
			if at := t.postsAt(); at != nil && !at.After(t.now) {
				t.listed = &listRead{at: *at}
			}
		}
	}
	ids := all.accounts(sourcePosts)
	if len(ids) == 0 {
		return nil
	}
	if !all[0].query.AsOf.IsZero() {
		times, err := listing.Newest(ctx, n.db, ids, all[0].now)
		if err != nil {
			return err
		}
		for id, at := range times {
			for _, t := range tracks[id] {
				// A demo's past has readings from before its account was connected, but no list of posts.
				if t.listed == nil && !t.acc.Row.CreatedAt.After(t.now) {
					t.listed = &listRead{at: at}
				}
			}
		}
	}
	if !all.traced() {
		return nil
	}
	runs, err := listing.Runs(ctx, n.db, ids, all[0].now)
	for _, r := range runs {
		for _, t := range tracks[r.ConnectionID] {
			if t.listed != nil && !r.StartedAt.After(t.listed.at) {
				t.listed.runID = r.RunID
			}
		}
	}
	return err
}

// published counts the posts of the range. Days before the oldest stored post are not covered, unless all are stored.
func (t track) published(b *book, r period.Range, f figure) figure {
	if t.listed == nil {
		return t.nothing(f, false)
	}
	at, compared := t.listed.at, b.against != nil && r == *b.against && r != b.query.Range
	for d := r.From; d <= r.To; d++ {
		if d.End(r.Zone).After(t.since) && !d.Begin(r.Zone).After(at) {
			f.days++
			if !compared {
				f.value += float64(t.posts[d])
			}
		}
	}
	if compared { // those published in days that are not covered are not stored
		f.value = float64(t.before)
	}
	if f.days == 0 {
		return t.nothing(f, true)
	}
	f.state, f.at, f.took = StateDerived, utc(&at), time.Duration(f.days)*24*time.Hour
	return f
}

// postsAt is when the account's posts were last read; nil: never.
func (t track) postsAt() *time.Time {
	if t.acc.Schedule == nil {
		return nil
	}
	return utc(t.acc.Schedule.PostsReadAt)
}
