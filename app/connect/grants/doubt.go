package grants

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/lifecycle"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/doubt"
	"github.com/truecount/truecount/ent/hold"
	"github.com/truecount/truecount/ent/predicate"
)

// So many refusals that no table names, without a success between them, are the installation's.
const (
	doubtedFrom   = 3 // connections
	doubtedOwners = 2 // of so many creators
	doubtEnds     = 26 * time.Hour
)

// Doubt takes a refusal of a connection's call. One that the installation is named in holds the platform. One that
// nobody can explain is noted: when others meet it, too, it is the installation's.
func (hs *Holds) Doubt(ctx context.Context, connectionID string, e *platform.Error) (platform.Blame, error) {
	return hs.doubt(ctx, connectionID, callData, e)
}

func (hs *Holds) doubt(ctx context.Context, connectionID string, kind callKind, e *platform.Error) (platform.Blame,
	error) {
	switch {
	case e.Code == fault.AppRefused && e.AppWide:
		return platform.BlameInstallation, hs.hold(ctx, e, probeEvery)
	case !e.Unexplained && e.Code != fault.AppRefused:
		return platform.BlameConnection, nil
	}
	now := hs.o.Now()
	var first time.Time
	err := hs.o.Store.Tx(ctx, func(tx store.Tx) (err error) {
		first, err = hs.noteDoubt(ctx, tx, connectionID, kind, e, now)
		return err
	})
	if err != nil {
		return platform.BlameUnknown, err
	}
	// Counted when it is noted for all to see: of several refused at once the last one to count finds them all.
	all, err := hs.refusedForAll(ctx, kind, e, now)
	proven := !all && !first.After(now.Add(-platform.DoubtFor))
	switch {
	case err != nil:
		return platform.BlameUnknown, err
	case all:
		refused := *e
		refused.Detail = words.English.Say("errors.detail.several")
		return platform.BlameInstallation, hs.hold(
			ctx,
			&refused,
			probeEvery-othersFirst,
		) // those who were refused wait the rest
	case proven:
		return platform.BlameConnection, nil
	default:
		return platform.BlameUnknown, nil
	}
}

// refusedForAll reports that several accounts of several creators are refused, or that the platform is held already.
func (hs *Holds) refusedForAll(ctx context.Context, kind callKind, e *platform.Error, now time.Time) (bool, error) {
	db := hs.o.Store.Client
	var met []struct {
		ConnectionID string `sql:"connection_id"`
		OwnerID      string `sql:"owner_id"`
	}
	err := db.Doubt.Query().
		Where(doubt.Platform(e.Platform), doubt.Kind(string(kind)), doubt.Lone(false),
			doubt.AtGT(now.Add(-platform.DoubtFor))).
		Modify(func(s *sql.Selector) {
			of := sql.Table(connection.Table)
			s.Join(of).
				On(s.C(doubt.FieldConnectionID), of.C(connection.FieldID)).
				Where(sql.EQ(of.C(connection.FieldSource), hs.o.source()))
			s.Select(s.C(doubt.FieldConnectionID), of.C(connection.FieldOwnerID))
		}).
		Scan(ctx, &met)
	if err != nil {
		return false, fmt.Errorf("count who was refused by %s: %w", e.Platform, err)
	}
	owners := map[string]bool{}
	for _, m := range met {
		owners[m.OwnerID] = true
	}
	several := len(met) >= doubtedFrom && len(owners) >= doubtedOwners
	held, err := db.Hold.Query().Where(hold.ID(e.Platform)).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("read the hold of %s: %w", e.Platform, err)
	}
	return several || held, nil
}

// noteDoubt writes a refusal down and gives since when the connection is refused so.
func (hs *Holds) noteDoubt(
	ctx context.Context,
	tx store.Tx,
	connectionID string, kind callKind,
	e *platform.Error,
	now time.Time,
) (time.Time, error) {
	first, lone := now, false
	old, err := tx.Doubt.Query().Where(doubt.ConnectionID(connectionID), doubt.Kind(string(kind))).Only(ctx)
	if err != nil && !store.Missing(err) {
		return first, fmt.Errorf("read the refusals of connection %s: %w", connectionID, err)
	}
	if old != nil && now.Sub(old.At) < doubtEnds {
		first, lone = old.FirstAt, old.Lone // others were served since: it goes on being this one's own
	}
	err = tx.Doubt.Create().
		SetConnectionID(connectionID).
		SetPlatform(e.Platform).
		SetKind(string(kind)).
		SetNative(e.Native).
		SetFirstAt(first).
		SetAt(now).
		SetLone(lone).
		OnConflictColumns(doubt.FieldConnectionID, doubt.FieldKind).
		Update(func(u *ent.DoubtUpsert) { u.UpdateNative().UpdateFirstAt().UpdateAt().UpdateLone() }).
		Exec(ctx)
	if err != nil {
		return first, fmt.Errorf("note the refusal of connection %s: %w", connectionID, err)
	}
	return first, nil
}

// Served says that a platform gave a connection its data, by a call made at that time: a hold that began before
// it is over, and what was refused to others is not the installation's.
func (hs *Holds) Served(ctx context.Context, platformID, connectionID string, at time.Time) error {
	return hs.markServed(ctx, platformID, connectionID, callData, at)
}

func (hs *Holds) markServed(ctx context.Context, platformID, connectionID string, kind callKind, at time.Time) error {
	ended := []predicate.Hold{hold.ID(platformID), hold.SinceLTE(at)}
	if kind == callToken { // that access is renewed does not say that data is given
		ended = append(ended, hold.KindNEQ(string(callData)))
	}
	over, err := hs.o.Store.Read.Hold.Query().Where(ended...).Exist(ctx)
	if err != nil {
		return fmt.Errorf("read the hold of %s: %w", platformID, err)
	}
	doubted, err := hs.o.Store.Read.Doubt.Query().
		Where(doubt.Platform(platformID), doubt.Kind(string(kind)),
			doubt.Or(doubt.Lone(false), doubt.ConnectionID(connectionID))).
		Exist(ctx)
	if err != nil {
		return fmt.Errorf("read what %s refused: %w", platformID, err)
	}
	if !over && !doubted {
		return nil
	}
	// One statement at a time: in one transaction with their own refusals, two that are served at once would wait for each
	// other's. The hold comes last: whatever stops this before it is done again by the next that is served.
	db := hs.o.Store.Client
	_, err = db.Doubt.Delete().Where(doubt.ConnectionID(connectionID), doubt.Kind(string(kind))).Exec(ctx)
	if err == nil {
		err = db.Doubt.Update().
			Where(doubt.Platform(platformID), doubt.Kind(string(kind)), doubt.Lone(false), doubt.AtLTE(at)).
			SetLone(true).
			Exec(ctx)
	}
	if err == nil {
		_, err = db.Hold.Delete().Where(ended...).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("end the hold of %s: %w", platformID, err)
	}
	if over {
		return hs.o.Resume(ctx, platformID) // what waited for it goes on at once
	}
	return nil
}

// Block notes that the platform holds an account back until its owner does something there. Access is kept.
func (g *Grants) Block(ctx context.Context, id string, version int64, detail string) error {
	err := g.o.Store.Tx(ctx, func(tx store.Tx) error {
		n, err := tx.Connection.Update().
			Where(connection.ID(id), connection.TokenVersion(version),
				connection.StatusIn(lifecycle.RenewableConnections()...), connection.StatusNEQ(connection.StatusPaused),
				connection.StatusCodeNEQ(platform.BlockedCode),
			).
			SetStatusCode(platform.BlockedCode).
			SetStatusDetail(detail).
			SetStatusSince(g.o.Now()).
			Save(ctx)
		if err != nil || n == 0 {
			return err
		}
		row, err := tx.Connection.Get(ctx, id)
		if err != nil {
			return err
		}
		return g.AddEvent(
			ctx,
			tx,
			id,
			EventFailing,
			platform.BlockedCode,
			words.English.Say("creator.event.blocked", "Platform", g.PlatformName(row.Platform)),
		)
	})
	if err != nil {
		return fmt.Errorf("note that connection %s is held back: %w", id, err)
	}
	return nil
}

// classifyRefusal sorts an error of a refresh: one that nobody can explain is no proof that the grant is over.
// One that was forced, as the platform refused data, belongs to that.
func (g *Grants) classifyRefusal(
	ctx context.Context,
	row *ent.Connection,
	e *platform.Error,
	force bool,
) (failureKind, error) {
	kind, of := kindOf(e), callToken
	if force {
		of = callData
	}
	if e.Status <= 0 || (!e.Unexplained && e.Code != fault.AppRefused) {
		return kind, nil
	}
	whose, err := g.doubt(ctx, row.ID, of, e)
	if err == nil && kind == dead && whose != platform.BlameConnection {
		kind, e.RetryAfter = doubted, max(e.RetryAfter, platform.DoubtFor)
	}
	if whose == platform.BlameConnection {
		e.Unexplained = false
	}
	if whose == platform.BlameInstallation && e.Unexplained { // nobody's attempt is used up for it
		e.Code, e.AppWide, e.Status, e.RetryAfter, e.Unexplained = fault.AppRefused, true, -1, platform.DoubtFor, false
	}
	return kind, err
}
