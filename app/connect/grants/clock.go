package grants

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/doubt"
	"github.com/truecount/truecount/ent/hold"
	"github.com/truecount/truecount/ent/predicate"
)

const (
	// wrong is how far ahead of our clock a moment may be that another process has written as "now". What is further
	// ahead was written while a clock was wrong.
	wrong = 10 * time.Minute
	// farthest is more than any renewal waits to be tried again: a platform may ask for a day.
	farthest = 26 * time.Hour
)

// realign brings back what was written while a clock was wrong. The lives of a pair are right, for they are what the
// platform answered: they begin now.
func (g *Grants) realign(ctx context.Context, now time.Time) error {
	db := g.o.Store.Client.Connection
	mine := connection.SourceEQ(g.o.source())
	rows, err := g.o.Store.Read.Connection.Query().
		Where(mine, connection.TokenIssuedAtGT(now.Add(wrong)), connection.StatusNEQ(connection.StatusDisconnected)).
		All(ctx)
	if err != nil {
		return fmt.Errorf("look for access of a time to come: %w", err)
	}
	for _, row := range rows {
		if err := g.restartLifetimes(ctx, row, now); err != nil {
			return err
		}
	}
	for what, set := range map[string]func() error{
		"failed renewals": func() error {
			return db.Update().Where(mine, connection.RefreshRetryAtGT(now.Add(farthest))).SetRefreshRetryAt(now).Exec(ctx)
		},
		"failures": func() error {
			return db.Update().Where(mine, connection.FailingSinceGT(now.Add(wrong))).SetFailingSince(now).Exec(ctx)
		},
		"renewals": func() error {
			return db.Update().
				Where(mine, connection.TokenIssuedAtIsNil(), connection.RefreshDueAtGT(now.Add(farthest))).
				SetRefreshDueAt(now).Exec(ctx)
		},
		"holds": func() error { return g.realignHolds(ctx, now) },
		"refusals": func() error {
			_, err := g.o.Store.Client.Doubt.Delete().
				Where(doubt.Or(doubt.AtGT(now.Add(wrong)), doubt.FirstAtGT(now.Add(wrong)))).Exec(ctx)
			return err
		},
		"deletions": func() error { return g.realignDeletions(ctx, now) },
	} {
		if err := set(); err != nil {
			return fmt.Errorf("realign %s: %w", what, err)
		}
	}
	return nil
}

// realignHolds brings back holds of platforms: a success ends only those that began before it. An admin's pause has no
// end that a clock sets.
func (hs *Holds) realignHolds(ctx context.Context, now time.Time) error {
	var ids []string
	for _, s := range hs.o.Platforms.Specs() {
		ids = append(ids, s.ID)
	}
	holds := hs.o.Store.Client.Hold
	err := holds.Update().Where(hold.IDIn(ids...), hold.SinceGT(now.Add(wrong))).SetSince(now).Exec(ctx)
	if err != nil {
		return err
	}
	return holds.Update().Where(hold.IDIn(ids...), hold.UntilGT(now.Add(probeEvery+wrong))).SetUntil(now).Exec(ctx)
}

// realignDeletions brings back deletions that are further away than any is set.
func (g *Grants) realignDeletions(ctx context.Context, now time.Time) error {
	for _, s := range g.o.Platforms.Specs() {
		for _, of := range []struct {
			keep  time.Duration
			which predicate.Connection
		}{
			{s.DeleteWithin, connection.StatusEQ(connection.StatusDisconnected)},
			{max(s.VerifyWithin, s.DeleteWithin), connection.StatusNEQ(connection.StatusDisconnected)},
		} {
			far := now.Add(of.keep)
			err := g.o.Store.Client.Connection.Update().
				Where(connection.Platform(s.ID), of.which, connection.DeleteByGT(far.Add(wrong))).
				SetDeleteBy(far).
				Exec(ctx)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// restartLifetimes has a pair's lives begin now.
func (g *Grants) restartLifetimes(ctx context.Context, row *ent.Connection, now time.Time) error {
	p, ok := g.o.Platforms.Get(row.Platform)
	if !ok {
		return nil
	}
	ahead := row.TokenIssuedAt.Sub(now)
	t := platform.Token{IssuedAt: now}
	if row.RefreshSealed != nil && len(*row.RefreshSealed) > 0 {
		t.Refresh = "sealed"
	}
	for to, from := range map[*time.Time]*time.Time{&t.ExpiresAt: row.TokenExpiresAt,
		&t.RefreshExpiresAt: row.RefreshExpiresAt} {
		if from != nil {
			*to = from.Add(-ahead)
		}
	}
	u := g.o.Store.Client.Connection.Update().Where(connection.ID(row.ID), connection.TokenVersion(row.TokenVersion)).
		SetTokenIssuedAt(now).SetRefreshDueAt(p.Spec().Renewal.Next(t))
	SetEnds(u, t)
	if err := u.Exec(ctx); err != nil {
		return fmt.Errorf("realign connection %s: %w", row.ID, err)
	}
	return nil
}
