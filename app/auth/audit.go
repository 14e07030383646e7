package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/auditevent"
)

// Command is the actor of what a command did.
const Command = "command"

// Event is one thing somebody did.
type Event struct {
	ActorID   string // a user's id; Command; empty for nobody
	Action    string // "sign_in", "connect", "disconnect", "sync", "retry", …
	Target    string // an id or an e-mail's hash, never a secret
	Result    string // "ok" or a code
	IP        string
	RequestID string
	// Seldom keeps what can be done again and again from filling the log: at most one with the same actor, action, target
	// and result is kept in five minutes, and of all targets of an actor together so many. Strangers are one actor.
	Seldom bool
}

const auditLock = 4_711_201_127

// Record appends an event to the audit log. Each event holds the hash of the one before it.
func (l *AuditLog) Record(ctx context.Context, e Event) error {
	err := l.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.Alone(ctx, auditLock); err != nil {
			return err
		}
		at := l.now().UTC().Truncate(time.Microsecond)
		if e.Seldom {
			if enough, err := enough(ctx, tx, e, at); err != nil || enough {
				return err
			}
		}
		prev, err := l.end(ctx, tx)
		if err != nil {
			return err
		}
		row := &ent.AuditEvent{
			At:        at,
			ActorID:   clean(e.ActorID),
			Action:    clean(e.Action),
			Target:    clean(e.Target),
			Result:    clean(e.Result),
			IP:        clean(e.IP),
			RequestID: clean(e.RequestID),
		}
		sum := link(prev, row)
		made, err := tx.AuditEvent.Create().
			SetAt(at).
			SetActorID(row.ActorID).
			SetAction(row.Action).
			SetTarget(row.Target).
			SetResult(row.Result).
			SetIP(row.IP).
			SetRequestID(row.RequestID).
			SetPrevHash(prev).
			SetHash(sum).
			Save(ctx)
		if err != nil {
			return err
		}
		return l.sealHead(ctx, tx, made.ID, sum)
	})
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	return nil
}

const (
	seldom     = 5 * time.Minute
	seldomMost = 100 // of an action with a result, whatever the target
	seldomLook = 500 // events back, whatever their age: the log may be long
)

// enough reports that a seldom event is in the log already, or too many like it.
func enough(ctx context.Context, tx store.Tx, e Event, now time.Time) (bool, error) {
	rows, err := tx.AuditEvent.Query().Order(auditevent.ByID(sql.OrderDesc())).Limit(seldomLook).
		Select(auditevent.FieldAt, auditevent.FieldActorID, auditevent.FieldAction, auditevent.FieldTarget,
			auditevent.FieldResult).
		All(ctx)
	if err != nil {
		return false, err
	}
	like := 0
	for _, r := range rows {
		if r.ActorID != clean(e.ActorID) || r.Action != clean(e.Action) || r.Result != clean(e.Result) ||
			now.Sub(r.At) >= seldom {
			continue
		}
		if like++; r.Target == clean(e.Target) || like >= seldomMost {
			return true, nil
		}
	}
	return false, nil
}

// clean keeps what a database takes.
func clean(s string) string {
	return text.CutBytes(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), ""), 500)
}

// link is the hash of an event and of the one before it; each field has its length before it, so that nothing can be
// moved from one to the next.
func link(prev []byte, e *ent.AuditEvent) []byte {
	h := sha256.New()
	part := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		_, _ = h.Write(n[:])
		_, _ = h.Write(b)
	}
	part(prev)
	part([]byte(strconv.FormatInt(e.At.UTC().UnixMicro(), 10)))
	for _, s := range []string{e.ActorID, e.Action, e.Target, e.Result, e.IP, e.RequestID} {
		part([]byte(s))
	}
	return h.Sum(nil)
}

// Verified is what a check of the audit log found.
type Verified struct {
	Rows   int
	Before int        // of them from before the log was chained
	Broken int        // the id of the first event that is not as it was written; 0: none
	Why    words.Text // what is wrong; no words: nothing
}

// Verify reads the whole audit log and checks that no event was changed, taken out or added by other hands. It cannot
// find that somebody put the whole database back as it was once, nor that they took out the log with every trace that
// there was one: the sealed end, the note that it has begun, and that anybody ever signed in.
func (l *AuditLog) Verify(ctx context.Context) (Verified, error) {
	const batch = 2000
	var v Verified
	var prev []byte
	last, chained := math.MinInt, false
	for {
		rows, err := l.store.Read.AuditEvent.Query().
			Where(auditevent.IDGT(last)).
			Order(auditevent.ByID()).
			Limit(batch).
			All(ctx)
		if err != nil {
			return v, fmt.Errorf("read the audit log: %w", err)
		}
		for _, e := range rows {
			v.Rows++
			last = e.ID
			switch {
			case e.ID < 1: // numbers are given from 1 on
				return v.broken(e.ID, words.New("errors.audit.added")), nil
			case len(e.Hash) == 0 && !chained:
				v.Before++
				continue
			case len(e.Hash) == 0:
				return v.broken(e.ID, words.New("errors.audit.unchained")), nil
			case !bytes.Equal(e.PrevHash, prev):
				return v.broken(e.ID, words.New("errors.audit.previous")), nil
			case !bytes.Equal(e.Hash, link(prev, e)):
				return v.broken(e.ID, words.New("errors.audit.changed")), nil
			}
			chained, prev = true, e.Hash
		}
		if len(rows) < batch {
			break
		}
	}
	return l.verifyHead(ctx, v, last, prev)
}

func (v Verified) broken(id int, why words.Text) Verified {
	v.Broken, v.Why = id, why
	return v
}

// Did reports whether somebody did something to a target, or to one that begins with it.
func (l *AuditLog) Did(ctx context.Context, actorID, action, target string) (bool, error) {
	ctx = viewer.System(ctx, viewer.ReasonAudit)
	there, err := l.store.Read.AuditEvent.Query().
		Where(auditevent.ActorID(actorID), auditevent.Action(action), auditevent.TargetHasPrefix(target)).
		Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look into the audit log: %w", err)
	}
	return there, nil
}

// LinkMade tells when an admin last made a link for a new password of this account; nil: not in the last two weeks. The
// account's owner is told, for whoever holds the link can become them.
func (l *AuditLog) LinkMade(ctx context.Context, userID string) (*time.Time, error) {
	ctx = viewer.System(ctx, viewer.ReasonAudit)
	row, err := l.store.Read.AuditEvent.Query().
		Where(auditevent.Action(PasswordLink), auditevent.Target(userID), auditevent.AtGT(l.now().Add(-linkTold))).
		Order(auditevent.ByID(sql.OrderDesc())).
		First(ctx)
	if store.Missing(err) {
		return nil, nil //nolint:nilnil // none is an answer
	}
	if err != nil {
		return nil, fmt.Errorf("look for a link in the audit log: %w", err)
	}
	at := row.At.UTC()
	return &at, nil
}

// PasswordLink is the action of an admin who makes a link for somebody's new password.
const PasswordLink = "password_link"

const linkTold = 14 * 24 * time.Hour
