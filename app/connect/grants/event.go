package grants

import (
	"context"
	"fmt"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
)

// EventKind names an event of a connection's timeline.
type EventKind string

// Kinds of event.
const (
	EventConnected EventKind = "connected"
	EventFailing   EventKind = "failing"   // renewing access fails, and is tried again
	EventRecovered EventKind = "recovered" // it works again
	EventLost      EventKind = "lost"      // access is over: a person must act
	EventTampered  EventKind = "tampered"  // the stored token is not what we stored
	EventEnded     EventKind = "ended"     // disconnected
	EventNotice    EventKind = "notice"    // the creator was asked to reconnect
	EventPaused    EventKind = "paused"    // by an admin
	EventResumed   EventKind = "resumed"
	EventEmptied   EventKind = "emptied" // its data was deleted by the platform's terms; the access stays
)

// AddEvent adds to a connection's timeline, inside the transaction that makes it true.
func (g *Grants) AddEvent(ctx context.Context, tx store.Tx, id string, k EventKind, code, words string) error {
	err := tx.ConnectionEvent.Create().
		SetConnectionID(id).
		SetAt(g.o.Now()).
		SetKind(string(k)).
		SetCode(code).
		SetWords(words).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("add to the timeline of connection %s: %w", id, err)
	}
	return nil
}

func (g *Grants) PlatformName(platformID string) string {
	if p, ok := g.o.Platforms.Get(platformID); ok {
		return p.Spec().Name
	}
	return platformID
}

// LostWords tells the creator who ended access.
func LostWords(name string, code fault.Code, detail string) string {
	w := words.English
	if detail == platform.DetailStopped {
		return w.Say("creator.event.stopped", "Platform", name)
	}
	said := w.Say("creator.event.ended", "Platform", name)
	switch code {
	case fault.AuthExpired:
		said = w.Say("creator.event.expired", "Platform", name)
	case fault.ScopeMissing:
		said = w.Say("creator.event.permission", "Platform", name)
	case fault.NotFound:
		said = w.Say("creator.event.accountGone", "Platform", name)
	default: // as it stands
	}
	if detail != "" {
		said += " (" + detail + ")"
	}
	return said
}
