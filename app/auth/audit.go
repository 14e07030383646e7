package auth

import (
	"context"
	"fmt"

	"github.com/truecount/truecount/ent/auditevent"
)

// Event is one thing somebody did.
type Event struct {
	ActorID   string // a user's id; empty for a program or nobody
	Action    string // "sign_in", "connect", "disconnect", "sync", "retry", …
	Target    string // an id or an e-mail's hash, never a secret
	Result    string // "ok" or a code
	IP        string
	RequestID string
}

// Record appends an event to the audit log.
func (a *Auth) Record(ctx context.Context, e Event) error {
	err := a.store.Client.AuditEvent.Create().SetAt(a.now()).SetActorID(e.ActorID).SetAction(e.Action).SetTarget(e.Target).
		SetResult(e.Result).SetIP(e.IP).SetRequestID(e.RequestID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	return nil
}

// Did reports whether somebody did something to a target, or to one that begins with it.
func (a *Auth) Did(ctx context.Context, actorID, action, target string) (bool, error) {
	there, err := a.store.Read.AuditEvent.Query().Where(auditevent.ActorID(actorID), auditevent.Action(action), auditevent.TargetHasPrefix(target)).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("look into the audit log: %w", err)
	}
	return there, nil
}
