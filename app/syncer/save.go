package syncer

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/profile"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/schedule"
)

// close decides what the attempt means and stores everything in one short transaction: what came,
// the log rows, the run's state and when the connection is due again. Whatever is half set, it ends.
func (a *attempt) close(ctx context.Context, decide Decider, err error, fell *Panic) (Decision, error) {
	a.ended = a.s.o.Now()
	o := &outcome{a: a, decide: decide, d: Decision{Panic: fell}}
	if _, fell := a.recovering(func() error { o.report = a.report(ctx, err); return nil }); fell != nil {
		o.report, o.d.Panic = Report{
			Platform: a.run.Platform,
			Attempt:  a.no,
			Err:      a.internalError("its report fell over", err),
		}, fell
	}
	o.d = o.judge()
	return a.s.settle(context.WithoutCancel(ctx), o) // an outcome is stored also when we are told to stop
}

func (a *attempt) report(ctx context.Context, err error) Report {
	r := Report{
		Platform: a.run.Platform,
		Attempt:  a.no,
		Err:      err,
		Saved:    a.profile != nil || a.insightCount() > 0,
		Stopped:  err != nil && ctx.Err() != nil,
		Away:     databaseDown(err),
	}
	if len(a.gaps) > 0 {
		r.Gap = a.gaps[0]
	}
	if p, ok := platform.AsError(err); ok {
		r.RetryAfter, r.NoCall = p.RetryAfter, p.Status < 0 || neverSent(p)
	}
	return r
}

// updateConnection writes how the run stands after this attempt, if it is still this attempt's and its connection is
// not over; else errTaken.
func (a *attempt) updateConnection(ctx context.Context, tx store.Tx, d Decision) error {
	u := tx.Run.Update().
		Where(run.ID(a.run.ID), run.CompletedAtIsNil(), run.StateEQ(run.StateRunning), run.Attempt(a.no),
			run.ClaimedBy(a.s.holder)).
		SetState(run.State(d.State)).
		SetErrorCode(string(d.Code)).
		SetErrorMessage(d.Words).
		AddAPICalls(a.meter.Calls()).
		SetItems(a.items()).
		ClearClaimedAt().
		SetClaimedBy("")
	if a.limited {
		u.SetRateLimited(true)
	}
	if d.Ended() {
		u.SetCompletedAt(a.ended)
	} else {
		u.SetNextAttemptAt(d.At)
		if d.State != planner.StateRetrying {
			u.SetAttempt(a.no - 1) // waiting is not trying
		}
	}
	n, err := u.Save(ctx)
	if err != nil {
		return fmt.Errorf("update run: %w", err)
	}
	live, err := tx.Connection.Query().
		Where(connection.ID(a.conn.ID), connection.StatusNEQ(connection.StatusDisconnected)).
		Exist(ctx)
	if err != nil {
		return fmt.Errorf("read connection: %w", err)
	}
	if n != 1 || !live {
		return errTaken
	}
	return nil
}

// save writes everything that came of the attempt, and how it ended.
func (a *attempt) save(ctx context.Context, tx store.Tx, d Decision, r Report) error {
	now := a.ended
	if err := a.updateConnection(ctx, tx, d); err != nil {
		return err
	}
	if a.meter.Calls() > 0 || (!r.NoCall && !r.Stopped) { // a wait that asked nobody is no step
		if err := tx.SyncLog.CreateBulk(a.rows(tx)...).Exec(ctx); err != nil {
			return fmt.Errorf("write log: %w", err)
		}
	}
	if a.profile != nil {
		if err := a.saveFetched(ctx, tx, now); err != nil {
			return err
		}
	}
	if err := a.keepInsights(ctx, tx, now); err != nil {
		return err
	}
	return a.reschedule(ctx, tx, d, r, now)
}

// reschedule says when the connection's turn comes again. A partial run whose missing part may come is
// repeated in an hour, once; one that the installation's refusal ended goes on when that is over; everything else waits
// for the schedule.
func (a *attempt) reschedule(ctx context.Context, tx store.Tx, d Decision, r Report, now time.Time) error {
	if !d.Ended() {
		return nil
	}
	if err := a.dueInsights(ctx, tx, d, now); err != nil || a.run.Kind == run.KindInsights {
		return err
	}
	next := a.s.o.Planner.Next(a.run.Platform, now)
	if d.State == planner.StatePartial && willPass(d.Code) {
		again, err := tx.Run.Query().
			Where(run.ConnectionID(a.conn.ID), run.IDNEQ(a.run.ID), run.KindEQ(run.KindSync), run.StateEQ(run.StatePartial),
				run.CompletedAtGT(now.Add(-2*partialAgain))).
			Exist(ctx)
		if err != nil {
			return fmt.Errorf("look for an earlier partial run: %w", err)
		}
		if soon := now.Add(partialAgain); !again && soon.Before(next) {
			next = soon
		}
	}
	if p, ok := platform.AsError(r.Err); ok && p.Code == fault.AppRefused && p.AppWide {
		if soon := now.Add(platform.DoubtFor); soon.Before(next) {
			next = soon
		}
	}
	u := tx.Schedule.Update().Where(schedule.ConnectionID(a.conn.ID)).SetDueAt(next)
	if d.State == planner.StateSuccess || d.State == planner.StatePartial {
		u.SetLastSuccessAt(now)
	}
	if a.read {
		u.SetPostsReadAt(now)
	}
	if err := u.Exec(ctx); err != nil {
		return fmt.Errorf("set when the connection is due: %w", err)
	}
	return nil
}

const partialAgain = time.Hour

// willPass reports whether a failure of this code may be gone in an hour.
func willPass(c fault.Code) bool {
	return c == fault.Timeout || c == fault.Network || c == fault.PlatformError || c == fault.BadResponse
}

func (a *attempt) items() int {
	n := len(a.posts) + len(a.snapshots()) + a.insightCount()
	if a.profile != nil {
		n++
	}
	return n
}

// saveFetched saves profile, posts and snapshots. All are upserts on natural keys: once more changes nothing.
func (a *attempt) saveFetched(ctx context.Context, tx store.Tx, now time.Time) error {
	var scope *platform.Error
	for _, g := range a.gaps {
		if g.Code == fault.ScopeMissing && !g.Unexplained {
			scope = g
			break
		}
	}
	detail := ""
	if scope != nil {
		detail = Words(scope)
	}
	if err := a.s.o.Grants.Seen(ctx, tx, a.conn.ID, a.version, *a.profile, a.blocked, scope != nil, detail); err != nil {
		return err
	}
	p := a.profile
	// What the platform stopped to tell is unknown from now on; what we could not read stays.
	keepOld := len(p.Gaps) > 0
	known, err := a.profileKnownAt(ctx, tx, keepOld)
	if err != nil {
		return err
	}
	listing := []string{profile.FieldListedAt, profile.FieldListedPosts, profile.FieldPageSize}
	row := tx.Profile.Create().
		SetConnectionID(a.conn.ID).
		SetDisplayName(p.DisplayName).
		SetBio(p.Bio).
		SetPictureURL(p.PictureURL).
		SetURL(p.URL).
		SetAccountType(p.AccountType).
		SetNillableFollowers(p.Followers).
		SetNillableFollowing(p.Following).
		SetNillablePostCount(p.Posts).
		SetNillableViewCount(p.Views).
		SetNillableLikeCount(p.Likes).
		SetNillableVerified(p.Verified).
		SetListing(p.Listing).
		SetObservedAt(now)
	if len(known) > 0 {
		row.SetKnownAt(known)
	}
	if a.listed {
		row.SetListedAt(now).SetNillableListedPosts(p.Posts).SetPageSize(a.page)
	}
	err = row.OnConflict(sql.ConflictColumns(profile.FieldConnectionID), sql.ResolveWith(func(u *sql.UpdateSet) {
		renew(profile.Table, keepOld, profile.Columns,
			append(listing, profile.FieldID, profile.FieldConnectionID, profile.FieldKnownAt)...)(u)
		u.SetExcluded(profile.FieldKnownAt)
		if a.listed {
			renew(profile.Table, false, listing)(u)
		}
	})).Exec(ctx)
	if err != nil {
		return fmt.Errorf("save profile: %w", err)
	}
	if err := saveReadings(ctx, tx, accountReading(tx, a.conn.ID, runID(a), *p, now)); err != nil {
		return err
	}
	if err := a.keepPosts(ctx, tx, now); err != nil {
		return err
	}
	if err := a.keepRefusals(ctx, tx, now); err != nil {
		return err
	}
	return a.keepSnapshots(ctx, tx, now)
}

// profileKnownAt dates the counts of the profile that are kept from an earlier reading, because this one did not bring
// them.
func (a *attempt) profileKnownAt(ctx context.Context, tx store.Tx, keepOld bool) (map[string]time.Time, error) {
	if !keepOld {
		return nil, nil
	}
	was, err := tx.Profile.Query().Where(profile.ConnectionID(a.conn.ID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the profile as it was: %w", err)
	}
	out := map[string]time.Time{}
	p := a.profile
	for _, c := range []struct {
		column  string
		was, is *int64
	}{
		{profile.FieldFollowers, was.Followers, p.Followers},
		{profile.FieldFollowing, was.Following, p.Following},
		{profile.FieldPostCount, was.PostCount, p.Posts},
		{profile.FieldViewCount, was.ViewCount, p.Views},
		{profile.FieldLikeCount, was.LikeCount, p.Likes},
	} {
		if c.was == nil || c.is != nil {
			continue
		}
		at, dated := was.KnownAt[c.column]
		if !dated {
			at = was.ObservedAt
		}
		out[c.column] = at.UTC()
	}
	return out, nil
}
