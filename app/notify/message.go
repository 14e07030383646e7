package notify

import (
	"context"
	"time"
)

// Message is one thing to be told about an alert, in words that every channel can carry.
type Message struct {
	ID        string // of the alert
	Event     string // "opened", "reminder", "over", "test"
	Rule      string
	Severity  string // "critical" or "warning"
	Platform  string // its id; empty when it is about none
	Title     string
	Text      string
	Link      string
	Count     int
	FirstSeen time.Time
	LastSeen  time.Time
	OverAt    *time.Time
}

// Channel takes messages somewhere.
type Channel interface {
	Name() string // a label without any secret
	Send(ctx context.Context, m Message) error
}
