package health

import (
	"time"

	"github.com/truecount/truecount/app/words"
)

// Report is what an outside monitor is told about syncing: counts only, nobody's handle. Its JSON is the contract's.
type Report struct {
	Healthy   bool       `json:"healthy"`
	CheckedAt time.Time  `json:"checkedAt"`
	Reasons   []Reason   `json:"reasons"`
	Platforms []Platform `json:"platforms"`
}

// Reason is one cause of illness. Platform is nil for what is of no platform; Message is one sentence that names
// nobody.
type Reason struct {
	Code     string     `json:"code"`
	Platform *string    `json:"platform"`
	Message  words.Text `json:"message"`
}

// Platform is one platform's last day, as the health route shows it. Times are UTC; nil is never and not known.
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

// Counts are the runs that ended, by state. RateLimited counts those that met a rate limit, also those that still wait
// for it; these are among the others once they end.
type Counts struct {
	Success     int `json:"success"`
	Partial     int `json:"partial"`
	Failed      int `json:"failed"` // failed and dead
	RateLimited int `json:"rateLimited"`
}

// Hour counts the runs that ended within one hour from Start.
type Hour struct {
	Start   time.Time
	Good    int
	Partial int
	Failed  int
}

// Day counts the runs that ended within one UTC day.
type Day struct {
	Start   time.Time
	Good    int
	Partial int
	Failed  int
}
