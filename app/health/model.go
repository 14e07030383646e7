// Package health tells how syncing is going, for monitors and for the admin's page, and decides
// when something is to be said. It shows states and timings, never a creator's numbers.
package health

import "time"

// Report is the truth about syncing for an outside monitor: counts only, nobody's handle.
type Report struct {
	Healthy   bool       `json:"healthy"`
	CheckedAt time.Time  `json:"checkedAt"`
	Reasons   []Reason   `json:"reasons"`
	Platforms []Platform `json:"platforms"`
}

// Reason is one cause of illness.
type Reason struct {
	Code     string  `json:"code"`
	Platform *string `json:"platform"`
	Message  string  `json:"message"`
}

// Platform is one platform's last day.
type Platform struct {
	Platform      string     `json:"platform"`
	Configured    bool       `json:"configured"`
	LastSuccess   *time.Time `json:"lastSuccess"`
	NextRun       *time.Time `json:"nextRun"`
	Last24h       Counts     `json:"last24h"`
	FailureRate   *float64   `json:"failureRate"` // 0 to 1, nil without runs
	ExpiredTokens int        `json:"expiredTokens"`
	DeadLetters   int        `json:"deadLetters"`
}

// Counts are ended runs by state, and how many met a rate limit.
type Counts struct {
	Success     int `json:"success"`
	Partial     int `json:"partial"`
	Failed      int `json:"failed"` // failed and dead
	RateLimited int `json:"rateLimited"`
}

// Console is the admin's sync-health page.
type Console struct {
	Report         Report
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
	Days           []Day          // 14, oldest first
	Panels         []Panel
	Groups         []Group  // reasons of failed syncs that wait, most first
	Failures       []RunRow // failed and dead runs of 7 days not yet retried or dismissed, newest first
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

// Banner is one sentence on top; tone ok, warn or err.
type Banner struct {
	Tone string
	Head string
	Text string
}

// Panel is one platform on the admin's page.
type Panel struct {
	Platform
	Name           string
	Tone           string // ok, warn, err, neutral
	Word           string // "Healthy", "Failing", "Not configured", "No runs yet"
	Hours          []Hour // 24, oldest first
	Connections    int
	Fresh          int    // of them those synced within 26 hours
	Schedule       string // "daily at 03:00 UTC"
	MedianDuration *time.Duration
	Paused         *time.Time // since when, by an admin
	Plan           *Plan      // of the next 24 hours; nil in a panel that is shown in place
}

// Hour is one bar of the hour strip.
type Hour struct {
	Start   time.Time
	Good    int
	Partial int
	Failed  int
}

// Day is one bar of the fortnight: a UTC day's runs that ended.
type Day struct {
	Start   time.Time
	Good    int
	Partial int
	Failed  int
}

// RunRow is one run in a table.
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

// ConnectionRow is one connection that needs a person.
type ConnectionRow struct {
	ID       string
	Platform string
	Handle   string
	Owner    string // the creator's name
	Status   string
	Since    *time.Time
	Code     string
	Words    string

	LastSuccess *time.Time
	NextSync    *time.Time // nil where none is planned
}
