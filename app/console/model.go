package console

import (
	"time"

	"github.com/truecount/truecount/app/capacity"
	"github.com/truecount/truecount/app/health"
)

// Overview is the admin's sync-health page. Numbers that are not known are nil; times are UTC.
type Overview struct {
	Report         health.Report
	UpdatedAt      time.Time
	Banner         Banner
	SchedulerOn    bool
	LastTick       *time.Time
	Batch          *Batch   // nil: no batch is under way
	Running        int      // runs running now
	Queued         int      // runs queued, waiting or retrying
	Success24h     *float64 // percent; nil without runs
	Success7d      *float64
	Failure24h     *float64
	Runs24h        int
	Failed24h      int
	NeedAction     int // connections that need a person
	Expiring       int // of them those whose access ends soon
	Connections    int // live connections
	OldestNeed     *time.Time
	RateLimits     int            // hits in 24 h
	MedianDuration *time.Duration // of the same runs as the next: it cannot be more
	P95Duration    *time.Duration
	QueueWait      *time.Duration // p95, from asked for to started
	Days           []health.Day   // 14, oldest first
	Panels         []Panel
	Groups         []health.FailureGroup // reasons of failed syncs that wait, most first
	Failures       []RunRow              // failed and dead runs of 7 days not yet retried or dismissed, newest first
	Expired        []ConnectionRow
	Recent         []RunRow
	Filter         string // all, failed, limited: of Recent
}

// Batch is a number of runs asked for together that have not all ended.
type Batch struct {
	Since time.Time
	All   int
	Ended int
	Rate  float64        // ended a second, of the last minute
	Left  *time.Duration // at that rate; nil when none ended in the last minute
}

// Banner is the sentence on top of the page. Tone is ok, warn or err; an empty Head: there is nothing to say.
type Banner struct {
	Tone string
	Head string
	Text string
}

// Panel is one platform on the admin's page.
type Panel struct {
	health.Platform
	Name           string
	Tone           string        // ok, warn, err, neutral
	Word           string        // "Healthy", "Failing", "Not configured", "No runs yet"
	Hours          []health.Hour // 24, oldest first
	Connections    int
	Fresh          int    // of them those synced within 26 hours
	Schedule       string // "daily at 03:00 UTC"
	MedianDuration *time.Duration
	Paused         *time.Time     // since when, by an admin
	Plan           *capacity.Plan // of the next 24 hours; nil in a panel that is shown in place
}

// RunRow is one run in a table. Times are UTC; nil is not yet.
type RunRow struct {
	ID            string
	ConnectionID  string
	Platform      string
	Handle        string
	State         string // contract's run states
	Trigger       string // first, schedule, creator, admin, api, command, retry
	CreatedAt     time.Time
	StartedAt     *time.Time
	Duration      *time.Duration
	Items         int
	Code          string
	Words         string // what happened, in words
	Attempt       int
	MaxAttempts   int
	NextAttemptAt *time.Time
	RateLimited   bool
	CanRetry      bool
	CanSync       bool // its account can be synced as it is
	CanDismiss    bool // it failed or gave up, and nobody has dealt with it
	Active        bool // not ended: refreshes itself
}

// ConnectionRow is one connection in a list. Times are UTC; nil is never.
type ConnectionRow struct {
	ID       string
	Platform string
	Handle   string
	Owner    string // the creator's name
	Status   string
	Since    *time.Time
	Code     string
	Words    string // why it has its status, one sentence; may be empty

	LastSuccess *time.Time
	NextSync    *time.Time // nil where none is planned
}
