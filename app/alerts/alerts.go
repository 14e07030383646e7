package alerts

import (
	"context"
	"sync"
	"time"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/alert"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
)

const day = 24 * time.Hour

// Options is what an Alerts is made of.
type Options struct {
	Store     *store.Store
	Platforms *platform.Registry
	Health    *health.Health
	Capacity  *capacity.Capacity
	Source    string           // "live" or "sandbox": whose alerts these are
	Now       func() time.Time // nil: the machine's clock
	Started   time.Time        // of this process: a queue that did not move before that is no sign of trouble
	BaseURL   string           // for the links in messages
	// Channels gives the channels that messages are delivered on now. Nil: no message is sent, and alerts appear only on
	// their page.
	Channels func(context.Context) ([]notify.Channel, error)
	// BackupTrouble says in a sentence that no copy of the database was made in time; empty: all is well. Nil: this
	// program makes no copies.
	BackupTrouble func(context.Context) string
}

// Alerts is the room. All its methods may be called at once, in several processes.
type Alerts struct {
	sender *sender

	store         *store.Store
	db            *ent.Client
	platforms     *platform.Registry
	health        *health.Health
	capacity      *capacity.Capacity
	source        connection.Source
	clock         func() time.Time
	started       time.Time
	backupTrouble func(context.Context) string

	checking sync.Mutex // one check at a time; guards what follows
	idle     time.Time  // no other check before this
	outage   *outage    // of the database; nil while it takes writes
	// reportedOutages are the times in the last day at which an outage was reported on at least one channel.
	reportedOutages []time.Time
	off             []string  // the rules that are switched off, as last read
	pruned          time.Time // when old alerts were last deleted
}

// New makes the alerts of one database.
func New(o Options) *Alerts {
	if o.Now == nil {
		o.Now = time.Now
	}
	al := &Alerts{
		store: o.Store, db: o.Store.Read, platforms: o.Platforms, health: o.Health, capacity: o.Capacity,
		source: connection.Source(o.Source),
		clock:  o.Now, started: o.Started.UTC(), backupTrouble: o.BackupTrouble,
	}
	al.sender = &sender{
		store: o.Store, source: al.source, now: al.now, base: o.BaseURL, channels: o.Channels, nameOf: al.nameOf,
		tests: map[string]testResult{},
	}
	return al
}

func (al *Alerts) now() time.Time { return al.clock().UTC().Truncate(time.Second) }

// mine selects the alerts of our connections: demo data opens no alerts of a live installation. Alerts from
// before there were two modes have no source.
func (al *Alerts) mine() predicate.Alert { return own(al.source) }

func own(source connection.Source) predicate.Alert { return alert.SourceIn(string(source), "") }

func (al *Alerts) nameOf(platformID string) string {
	if s, ok := al.platforms.Spec(platformID); ok {
		return s.Name
	}
	return platformID
}
