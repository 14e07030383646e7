package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/refusal"
)

// ofConnections are the refusals of a platform to accounts of our source: what the sandbox refuses says nothing of
// the platform itself.
func (s *Syncer) ofConnections(platformID string) predicate.Refusal {
	return refusal.And(refusal.Platform(platformID), refusal.HasConnectionWith(connection.SourceEQ(s.source())))
}

// withdrawn lists the metrics that a connection is not asked for at present: those it was refused
// itself lately, and those that its platform refuses everybody.
func (s *Syncer) withdrawn(ctx context.Context, platformID, connectionID string) ([]string, error) {
	rows, err := s.o.Store.Read.Refusal.Query().
		Where(s.ofConnections(platformID), refusal.AtGT(s.o.Now().Add(-platform.WithdrawnFor)),
			refusal.Or(refusal.ConnectionID(connectionID), refusal.Lone(false))).
		Select(refusal.FieldMetric, refusal.FieldConnectionID, refusal.FieldLone).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what %s refuses: %w", platformID, err)
	}
	count := map[string]int{}
	for _, r := range rows {
		if r.ConnectionID == connectionID {
			count[r.Metric] += platform.WithdrawnFrom
		} else {
			count[r.Metric]++
		}
	}
	var out []string
	for metric, n := range count {
		if n >= platform.WithdrawnFrom {
			out = append(out, metric)
		}
	}
	slices.Sort(out)
	return out, nil
}

// keepRefusals notes the metrics this account was refused altogether. What it was given is forgotten of
// it, and marks the refusals of others as theirs alone: the platform has not withdrawn it.
func (a *attempt) keepRefusals(ctx context.Context, tx store.Tx, now time.Time) error {
	given := a.metricsGiven()
	var rows []*ent.RefusalCreate
	for _, g := range a.gaps {
		if g.Refused && g.Metric != "" && !given[g.Metric] {
			rows = append(
				rows,
				tx.Refusal.Create().
					SetConnectionID(a.conn.ID).
					SetPlatform(a.run.Platform).
					SetMetric(g.Metric).
					SetNative(g.Native).
					SetAt(now),
			)
		}
	}
	if len(rows) > 0 {
		err := tx.Refusal.CreateBulk(rows...).
			OnConflict(sql.ConflictColumns(refusal.FieldConnectionID, refusal.FieldMetric),
				sql.ResolveWith(func(u *sql.UpdateSet) {
					u.SetExcluded(refusal.FieldAt)
					u.SetExcluded(refusal.FieldNative)
					u.SetExcluded(refusal.FieldLone)
				})).
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("note what was refused: %w", err)
		}
	}
	noted, err := tx.Refusal.Query().
		Where(a.s.ofConnections(a.run.Platform), refusal.Or(refusal.Lone(false), refusal.ConnectionID(a.conn.ID))).
		Unique(true).
		Select(refusal.FieldMetric).
		Strings(ctx)
	if err != nil {
		return fmt.Errorf("read what was refused: %w", err)
	}
	noted = slices.DeleteFunc(noted, func(m string) bool { return !given[m] })
	if len(noted) == 0 {
		return nil
	}
	if _, err := tx.Refusal.Delete().Where(refusal.ConnectionID(a.conn.ID), refusal.MetricIn(noted...)).
		Exec(ctx); err != nil {
		return fmt.Errorf("forget what was refused: %w", err)
	}
	err = tx.Refusal.Update().Where(a.s.ofConnections(a.run.Platform), refusal.MetricIn(noted...)).SetLone(true).Exec(ctx)
	if err != nil {
		return fmt.Errorf("mark what was refused to some alone: %w", err)
	}
	return nil
}

// metricsGiven are the metrics that at least one post came with.
func (a *attempt) metricsGiven() map[string]bool {
	out := map[string]bool{}
	for _, p := range a.posts {
		for i, n := range p.Counters() {
			if n != nil {
				out[reading.Counter(i).String()] = true
			}
		}
	}
	return out
}

// markLost takes an error that ended a step that asked for data. Whose it is decides: what is the installation's, or
// nobody can explain yet, blames no connection; an account that is held back keeps its access; a grant or an account
// that is over says so.
func (a *attempt) markLost(ctx context.Context, err error, profile bool) error {
	p, ok := platform.AsError(err)
	if !ok {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if p.Blocked {
		a.blocked = true
		return errors.Join(err, a.s.o.Grants.Block(ctx, a.conn.ID, a.version, Words(err)))
	}
	// A renewal was judged where it was made; after a profile that came, what is refused is a part.
	proven := !p.Unexplained
	if p.Status > 0 && p.Step != platform.StepToken && a.profile == nil {
		whose, derr := a.s.o.Grants.Doubt(ctx, a.conn.ID, p)
		if derr != nil {
			return errors.Join(err, derr)
		}
		if whose == platform.BlameInstallation && p.Unexplained { // no attempt of this connection's is used up for it
			held := *p
			held.Code, held.AppWide, held.Status, held.RetryAfter, held.Unexplained = fault.AppRefused, true, -1,
				platform.DoubtFor, false
			return &held
		}
		proven = whose == platform.BlameConnection
		p.Unexplained = p.Unexplained && !proven
	}
	over := p.Code == fault.AuthFailed || p.Code == fault.AuthRevoked || p.Code == fault.AuthExpired
	if profile {
		over = over || p.Code == fault.ScopeMissing || p.Code == fault.NotFound
	}
	if !over {
		return err
	}
	if !proven {
		p.RetryAfter = max(p.RetryAfter, platform.DoubtFor)
		return err
	}
	return errors.Join(err, a.s.o.Grants.Lost(ctx, a.conn.ID, a.version, p.Code, Words(err)))
}
