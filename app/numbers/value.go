package numbers

import (
	"time"

	"github.com/truecount/truecount/app/words"
)

// State says what a value is, in the words of the API.
type State string

// The states, in the order in which they are looked for: the first that holds is the value's.
const (
	StateWithheld State = "withheld" // the platform's terms forbid it, or it would mislead
	StateMissing  State = "missing"  // nothing to make it of
	StatePartial  State = "partial"  // some of its accounts or days are missing
	StateStale    State = "stale"    // it reaches into today, and a reading it needs is late
	StateDerived  State = "derived"  // we computed it
	StateMeasured State = "measured" // the platform said it
)

// Unit is what a value counts.
type Unit string

// The units.
const (
	UnitCount   Unit = "count"
	UnitPercent Unit = "percent"
	UnitPoints  Unit = "points" // the difference of two percentages
	UnitRatio   Unit = "ratio"
	UnitSeconds Unit = "seconds"
	UnitMinutes Unit = "minutes"
)

// ReasonCode says why there is no value, in the words of the API.
type ReasonCode string

// The reasons.
const (
	ReasonNotReported       ReasonCode = "not_reported"       // the platform never gives it
	ReasonNotGranted        ReasonCode = "not_granted"        // the permission for it is missing
	ReasonNotYet            ReasonCode = "not_yet"            // it has not come yet
	ReasonNeverRead         ReasonCode = "never_read"         // there was no reading by then
	ReasonTooFewPosts       ReasonCode = "too_few_posts"      // not enough posts to compare
	ReasonTooFewDays        ReasonCode = "too_few_days"       // the period has no reading at both ends
	ReasonLowCoverage       ReasonCode = "low_coverage"       // too much of a period was not read
	ReasonDefinitionChanged ReasonCode = "definition_changed" // the platform changed what it counts
	ReasonNotFinal          ReasonCode = "not_final"          // a value that still grows against one that does not
	ReasonNoBase            ReasonCode = "no_base"            // there is no percent of nothing
	ReasonPlatformTerms     ReasonCode = "platform_terms"     // the platform's terms
	ReasonBelowThreshold    ReasonCode = "below_threshold"    // the platform hides small numbers
	ReasonGone              ReasonCode = "gone"               // the post was removed
	ReasonConnectionEnded   ReasonCode = "connection_ended"   // access ended before
)

// Reason is why a value is missing or withheld.
type Reason struct {
	Code    ReasonCode `json:"code"`
	Message words.Text `json:"message"` // one or two sentences for the person
}

func because(code ReasonCode, message words.Text) *Reason { return &Reason{code, message} }

// Value is one figure with everything that is needed to believe it.
type Value struct {
	Value      *float64   `json:"value"` // nil exactly when the state is missing or withheld
	Unit       Unit       `json:"unit"`
	State      State      `json:"state"`
	Calculated bool       `json:"calculated"` // the formula is ours
	AsOf       *time.Time `json:"asOf"`       // of each part the newest reading it rests on; the oldest of these
	Final      *float64   `json:"final"`      // how complete a value of this age usually is, 0 to 1; nil: not known
	Definition string     `json:"definition"` // key@version
	Reason     *Reason    `json:"reason"`     // of what is missing or withheld; else nil
	Parts      []Part     `json:"parts,omitempty"`
	Coverage   *Coverage  `json:"coverage"`
	// Marked says that we computed it from numbers of a platform whose terms want that told apart.
	Marked bool `json:"-"`
}

// Part is the value of one account.
type Part struct {
	Connection string     `json:"connection"`
	Platform   string     `json:"platform"`
	Handle     string     `json:"handle"`
	Value      *float64   `json:"value"`
	State      State      `json:"state"`
	AsOf       *time.Time `json:"asOf"`
	Reason     *Reason    `json:"reason"`
	Marked     bool       `json:"-"` // as of the value
}

// Coverage is how much of what was asked for the value rests on; nil where it does not apply.
type Coverage struct {
	Days    *int `json:"days"`
	OfDays  *int `json:"ofDays"`
	Posts   *int `json:"posts"`
	OfPosts *int `json:"ofPosts"`
}

// known reports that there is a number.
func (s State) known() bool { return s != StateMissing && s != StateWithheld }

// missing makes a value of nothing.
func (v Value) missing(r *Reason) Value { return v.without(StateMissing, r) }

func (v Value) withheld(r *Reason) Value { return v.without(StateWithheld, r) }

func (v Value) without(s State, r *Reason) Value {
	v.Value, v.State, v.Reason, v.AsOf, v.Final = nil, s, r, nil, nil
	return v
}
