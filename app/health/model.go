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
