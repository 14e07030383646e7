package console

// Finding is what one check of the set-up came to.
type Finding struct {
	ID      string `json:"id"`      // "tiktok.redirect-uri"
	Area    string `json:"area"`    // "settings", "storage", "platforms", "channels", "clockwork"
	Subject string `json:"subject"` // what was looked at: a setting, a platform
	State   string `json:"status"`  // one of the states below
	Words   string `json:"message"` // one sentence
	Todo    string `json:"todo"`    // what to do about it; empty when there is nothing
	Copy    string `json:"copy"`    // exact text that a person has to paste elsewhere; mostly empty
}

// States of a finding.
const (
	FindingOK      = "ok"
	FindingWarning = "warn"
	FindingFailed  = "fail"
	FindingUnknown = "unknown" // it could not be told now: no answer came
	FindingSkipped = "skipped" // left out: nothing to look at, or not asked for
	FindingManual  = "manual"  // only a person can tell; Todo says how
)

// Good reports that none of them is a failure, nor something that could not be told.
func Good(all []Finding) bool {
	for _, f := range all {
		if f.State == FindingFailed || f.State == FindingUnknown {
			return false
		}
	}
	return true
}
