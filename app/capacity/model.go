package capacity

import (
	"time"

	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/words"
)

// Forecast is how many accounts one platform's limits carry, and when growth meets that. What is not
// known yet is nil, never 0.
type Forecast struct {
	Platform   string
	Name       string
	Configured bool // the rest is empty without
	Accounts   int  // connections that are not disconnected
	Limits     []Limit
	Cost       *float64 // units of the limit that binds, or else of the first, that an account costs a day
	// accounts that can be synced whole as often as the schedule says; nil: not known yet, or Unlimited
	Carries   *int
	Unlimited bool       // no limit is set that more accounts would meet
	Binding   string     // the setting whose limit is met first; empty with Carries nil
	Growth    *float64   // new accounts a day, of the last 30; nil in an installation's first week
	MetOn     *time.Time // the day on which growth meets Carries; nil: not within ten years, or not known
	Plan      Plan
	Changes   []Change // what other settings would come to; empty with Carries nil
}

// Limit is one window of a quota, or the pace between two accounts.
type Limit struct {
	Setting string      // "YOUTUBE_QUOTA", "YOUTUBE_SYNC_DELAY"
	By      outbound.By // what it is counted for; empty for the pace
	Max     int64       // units a window, of the pace starts of accounts; 0: not to be used
	Per     time.Duration
	Pacific bool          // its day is one in Los Angeles
	Pace    time.Duration // the least time between two accounts; 0 for a quota
	Kept    int64         // units of a day that the schedule leaves to people who ask
	Used    int64         // units of the window that holds now; of several endpoints or accounts the fullest one's
	Ends    *time.Time    // when that window ends; of one that slides, when all that is spent now has left it
	Cost    *float64      // units an account costs a day; nil: not known yet
	Carries *int          // accounts; nil: not known yet, or it limits each account by itself
	bucket  string
}

// Shared reports that more accounts meet this limit: it is used, and not counted for each by itself.
func (l Limit) Shared() bool { return l.Max > 0 && l.By != outbound.ByAccount }

// Plan is what the next 24 hours ask of a platform.
type Plan struct {
	Accounts int           // syncs that are due or wait
	Takes    time.Duration // until the last of them has begun, at the set pace
	Needs    []Need        // of every quota that is counted by the day
}

// Need is what one day of a quota is asked for within the next 24 hours, and what it has left.
type Need struct {
	Setting  string
	Until    time.Time // the day's end, or the 24 hours'
	Accounts int
	Units    *float64 // nil: the price is not known yet
	Left     int64    // units that the schedule may spend
}

// Change is another value of a setting, and how many accounts the platform then carries.
type Change struct {
	Setting  string
	From, To string
	Carries  int        // accounts
	Binding  string     // the setting whose limit would then be met first
	Why      words.Text // one sentence
}
