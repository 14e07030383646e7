package auth

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/auditevent"
	"github.com/truecount/truecount/ent/meta"
	"github.com/truecount/truecount/ent/user"
)

// Seals binds the end of the audit log to a key that the database does not hold: who can only write there can
// neither cut the log nor make another one.
type Seals interface {
	Seal(secret fault.Secret, purpose string) ([]byte, error)
	Open(sealed []byte, purpose string) (fault.Secret, error)
}

// Among the small facts.
const (
	auditHead  = "audit_head"  // the sealed end of the log
	auditBegun = "audit_begun" // the first event: the log is not empty from here on
)

// head is the end of the log as it was sealed.
type head struct {
	there bool // a seal
	opens bool // and it is one of ours
	id    int
	sum   []byte
}

func (l *AuditLog) head(ctx context.Context, db *ent.Client) (head, error) {
	row, err := db.Meta.Query().Where(meta.ID(auditHead)).Only(ctx)
	if store.Missing(err) {
		return head{}, nil
	}
	if err != nil {
		return head{}, fmt.Errorf("read the end of the audit log: %w", err)
	}
	text, err := l.seals.Open(row.Value, "audit:head")
	if err != nil {
		return head{there: true}, nil //nolint:nilerr // that is the finding
	}
	id, hash, _ := strings.Cut(text.Reveal(), " ")
	n, err := strconv.Atoi(id)
	sum, err2 := hex.DecodeString(hash)
	return head{there: true, opens: err == nil && err2 == nil, id: n, sum: sum}, nil
}

// end gives what the next event is chained to: the end that was sealed, not the last event there is. So a log that was
// cut does not become whole by being written on, and one whose seal was taken or spoilt never does again.
func (l *AuditLog) end(ctx context.Context, tx store.Tx) ([]byte, error) {
	var sum []byte
	last, err := tx.AuditEvent.Query().Where(auditevent.HashNotNil()).Order(auditevent.ByID(sql.OrderDesc())).First(ctx)
	if err != nil && !store.Missing(err) {
		return nil, err
	}
	if last != nil {
		sum = last.Hash
	}
	if l.seals == nil {
		return sum, nil
	}
	h, err := l.head(ctx, tx.Client)
	if err != nil || h.opens {
		return h.sum, err
	}
	begun, err := begun(ctx, tx.Client)
	if err != nil {
		return nil, err
	}
	if last == nil && !begun && !h.there {
		return nil, nil // the first of the chain
	}
	return link(sum, &ent.AuditEvent{Action: "the seal of the end was lost"}), nil
}

// sealHead seals the end of the log, and notes that there is one.
func (l *AuditLog) sealHead(ctx context.Context, tx store.Tx, id int, sum []byte) error {
	if l.seals == nil {
		return nil
	}
	sealed, err := l.seals.Seal(fault.Secret(strconv.Itoa(id)+" "+hex.EncodeToString(sum)), "audit:head")
	if err != nil {
		return err
	}
	if err := tx.Meta.Create().SetID(auditHead).SetValue(sealed).OnConflictColumns(meta.FieldID).UpdateValue().
		Exec(ctx); err != nil {
		return err
	}
	if there, err := begun(ctx, tx.Client); err != nil || there {
		return err
	}
	return tx.Meta.Create().SetID(auditBegun).SetValue([]byte(strconv.Itoa(id))).Exec(ctx)
}

func begun(ctx context.Context, db *ent.Client) (bool, error) {
	there, err := db.Meta.Query().Where(meta.ID(auditBegun)).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look whether the audit log has begun: %w", err)
	}
	return there, nil
}

// verifyHead checks that the log ends where it ended when it was last written to. An event that another process adds
// meanwhile is no fault.
func (l *AuditLog) verifyHead(ctx context.Context, v Verified, last int, sum []byte) (Verified, error) {
	if l.seals == nil {
		return v, nil
	}
	last = max(last, 1) // of an empty log
	h, err := l.head(ctx, l.store.Read)
	switch {
	case err != nil:
		return v, err
	case !h.there && sum == nil:
		return l.verifyEmpty(ctx, v)
	case !h.there:
		return v.broken(last, words.New("errors.audit.noSeal")), nil
	case !h.opens:
		return v.broken(last, words.New("errors.audit.badSeal")), nil
	case h.id > last || sum == nil:
		there, err := l.store.Read.AuditEvent.Query().Where(auditevent.ID(h.id)).Exist(ctx)
		if err != nil {
			return v, fmt.Errorf("read the end of the audit log: %w", err)
		}
		if !there {
			return v.broken(h.id, words.New("errors.audit.cut")), nil
		}
	case h.id < last || !bytes.Equal(h.sum, sum):
		return v.broken(last, words.New("errors.audit.otherEnd")), nil
	}
	return v, nil
}

// verifyEmpty checks that a log without a chained event never had one.
func (l *AuditLog) verifyEmpty(ctx context.Context, v Verified) (Verified, error) {
	had, err := begun(ctx, l.store.Read)
	if err != nil {
		return v, err
	}
	if had {
		return v.broken(1, words.New("errors.audit.all")), nil
	}
	// Both are noted since the same version, and every sign-in is an event.
	used, err := l.store.Read.User.Query().Where(user.SignedInAtNotNil()).Exist(ctx)
	if err != nil {
		return v, fmt.Errorf("look whether anybody signed in: %w", err)
	}
	if used {
		return v.broken(1, words.New("errors.audit.empty")), nil
	}
	return v, nil
}
