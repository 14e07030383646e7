package auth

import (
	"context"
	"fmt"
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
