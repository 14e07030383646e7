package syncer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/posthistory"
	"github.com/truecount/truecount/ent/schedule"
	"github.com/truecount/truecount/ent/total"
)

// Past is what the sandbox remembers of an account.
type Past struct {
	Posts int // newest posts to begin with
	Days  int // of daily counts and running totals
	Grown int // newest posts that also get their growth, of at most 30 days
	// Followers is the count at a time; nil when it is unknown.
	Followers func(externalID string, at time.Time) *int64
	// Views is the account's own count of views at a time, on a platform that has one; nil when it is unknown.
	Views func(externalID string, at time.Time) *int64
	// Counters is a post as it was at a time; false before it was there.
	Counters func(externalID string, at time.Time) (platform.Post, bool)
}

// remembered is an attempt that saves what the sandbox remembers of an account.
type remembered struct {
	*attempt
	past Past
}

// Backfill saves an account's past, as only the sandbox can tell it.
func (s *Syncer) Backfill(ctx context.Context, connectionID string, past Past) error {
	c, err := s.o.Store.Read.Connection.Get(ctx, connectionID)
	if err != nil {
		return fmt.Errorf("read connection %s: %w", connectionID, err)
	}
	p, ok := s.o.Platforms.Get(c.Platform)
	if !ok || c.Source != connection.SourceSandbox {
		return errors.New("only the sandbox remembers a past")
	}
	a := &attempt{s: s, conn: c, p: p}
	r := remembered{a, past}
	if err := r.fetch(ctx); err != nil {
		return fmt.Errorf("backfill %s: %w", connectionID, err)
	}
	now := s.o.Now()
	return s.o.Store.Tx(ctx, func(tx store.Tx) error {
		if err := a.keepPosts(ctx, tx, now); err != nil {
			return err
		}
		if err := a.keepInsights(ctx, tx, now); err != nil {
			return err
		}
		if err := r.saveCounts(ctx, tx, now); err != nil {
			return err
		}
		if err := r.saveTotals(ctx, tx, now); err != nil {
			return err
		}
		if every := p.Spec().InsightsEvery; every > 0 {
			if err := tx.Schedule.Update().Where(schedule.ConnectionID(connectionID)).
				SetInsightsDueAt(now.Add(every)).Exec(ctx); err != nil {
				return fmt.Errorf("set when the account's insights are due: %w", err)
			}
		}
		return r.saveHistory(ctx, tx, now)
	})
}

// fetch reads what the sandbox tells now.
func (r remembered) fetch(ctx context.Context) error {
	a, past := r.attempt, r.past
	token, _, err := a.s.o.Grants.Fresh(ctx, a.conn.ID, 0)
	if err != nil {
		return err
	}
	who, err := a.p.Profile(ctx, token)
	if err != nil {
		return err
	}
	a.profile = &who
	batch, err := a.p.Posts(ctx, token, platform.PostQuery{Limit: past.Posts, Profile: who})
	if err != nil {
		return err
	}
	a.posts = batch.Posts
	teller, ok := a.p.(platform.Insighter)
	if !ok {
		return nil
	}
	today := a.s.o.Now().UTC().Truncate(24 * time.Hour)
	a.insights, err = teller.Insights(ctx, token, platform.InsightQuery{
		From: today.AddDate(0, 0, -max(insightsFirst, past.Days)), To: today.AddDate(0, 0, -1), Profile: who,
	})
	return err
}

// saveCounts writes the account's own counts, a row a day.
func (r remembered) saveCounts(ctx context.Context, tx store.Tx, now time.Time) error {
	a, past := r.attempt, r.past
	var rows []*ent.AccountReadingCreate
	for d := past.Days; d >= 1; d-- {
		at := now.AddDate(0, 0, -d)
		p := platform.Profile{Followers: past.Followers(a.conn.ExternalID, at)}
		if a.profile.Views != nil {
			p.Views = past.Views(a.conn.ExternalID, at)
		}
		if p.Followers != nil {
			if err := saveSnapshots(ctx, tx, a.conn.ID, at, []dailyValue{{"follower_count", *p.Followers}}); err != nil {
				return err
			}
		}
		rows = append(rows, accountReading(tx, a.conn.ID, "", p, at))
	}
	return saveReadings(ctx, tx, rows...)
}

// saveTotals writes how the account's running totals came to be, a row a day and media type, up to now.
func (r remembered) saveTotals(ctx context.Context, tx store.Tx, now time.Time) error {
	a, past := r.attempt, r.past
	if restricted(a) {
		return nil
	}
	begin := now.AddDate(0, 0, -past.Days)
	var first reading.Firsts
	for i := range first {
		first[i] = &begin
	}
	was := map[string]reading.Counters{}
	sum := map[string]reading.Counters{}
	var rows []*ent.TotalCreate
	ages, last := map[string]aged{}, map[string]time.Time{}
	for d := past.Days; d >= 0; d-- {
		at := now.AddDate(0, 0, -d)
		gained, came := reading.Growth{}, map[string]int{}
		for _, p := range a.posts {
			is := p.Counters()
			if d > 0 {
				then, there := past.Counters(p.ExternalID, at)
				if !there {
					continue
				}
				is = then.Counters()
			}
			g := reading.Gained{MediaType: string(p.MediaType), PostedAt: p.PostedAt, Was: was[p.ExternalID], Is: is}
			gained.Add(g, first)
			if views := is[reading.Views]; views != nil {
				var before *reading.Point
				if n := was[p.ExternalID][reading.Views]; n != nil {
					before = &reading.Point{At: last[p.ExternalID], N: *n}
				}
				reached := ages[p.ExternalID]
				reached.settle(before, reading.Point{At: at, N: *views}, p.PostedAt, p.PostedAt.After(begin))
				ages[p.ExternalID], last[p.ExternalID] = reached, at
			}
			was[p.ExternalID] = reading.Latest(was[p.ExternalID], is)
			came[g.MediaType]++
		}
		for mediaType := range gained {
			if _, known := sum[mediaType]; !known {
				sum[mediaType] = reading.Counters{}
			}
		}
		for _, mediaType := range slices.Sorted(maps.Keys(sum)) {
			sum[mediaType] = reading.Plus(sum[mediaType], gained[mediaType])
			rows = append(rows, store.SetTotalCounters(tx.Total.Create(), sum[mediaType]).
				SetConnectionID(a.conn.ID).
				SetMediaType(mediaType).
				SetObservedAt(at).
				SetPosts(came[mediaType]))
		}
	}
	// A sync that came first began its totals at nothing, minutes ago.
	if _, err := tx.Total.Delete().Where(total.ConnectionID(a.conn.ID)).Exec(ctx); err != nil {
		return fmt.Errorf("begin the running totals anew: %w", err)
	}
	if err := saveAges(ctx, tx, a.conn.ID, ages); err != nil {
		return err
	}
	return saveTotals(ctx, tx, rows)
}

// saveHistory writes how the newest posts came to their numbers, a row a day.
func (r remembered) saveHistory(ctx context.Context, tx store.Tx, now time.Time) error {
	a, past := r.attempt, r.past
	rows, err := tx.Post.Query().Where(post.ConnectionID(a.conn.ID)).Order(post.ByPostedAt(newest)).Limit(past.Grown).
		Select(post.FieldExternalID).All(ctx)
	if err != nil {
		return fmt.Errorf("read the newest posts: %w", err)
	}
	var history []*ent.PostHistoryCreate
	for _, r := range rows {
		for d := min(past.Days, 30); d >= 1; d-- {
			at := now.AddDate(0, 0, -d)
			was, ok := past.Counters(r.ExternalID, at)
			if h := historyRow(tx, nil, was); ok && h != nil {
				history = append(history, h.SetPostID(r.ID).SetObservedAt(at))
			}
		}
	}
	for part := range slices.Chunk(history, postBatch) {
		err := tx.PostHistory.CreateBulk(part...).
			OnConflictColumns(posthistory.FieldPostID, posthistory.FieldObservedAt).
			UpdateNewValues().
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("save how posts grew: %w", err)
		}
	}
	return nil
}
