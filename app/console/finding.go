package console

import "github.com/truecount/truecount/app/words"

// Finding is what one check of the setup came to. Doctor makes it; the command and the setup page show it.
type Finding struct {
	ID      string       `json:"id"` // "tiktok.redirect-uri"
	Area    Area         `json:"area"`
	Subject string       `json:"subject"` // what was looked at: a setting, a platform
	State   FindingState `json:"status"`
	Words   words.Text   `json:"message"` // one sentence
	Todo    words.Text   `json:"todo"`    // what to do about it; empty when there is nothing
	Copy    string       `json:"copy"`    // exact text that a person has to paste elsewhere; mostly empty
}

// Area is a part of the setup that checks look at.
type Area string

// The areas, as the JSON of the command spells them.
const (
	AreaSettings  Area = "settings"
	AreaStorage   Area = "storage"
	AreaPlatforms Area = "platforms"
	AreaChannels  Area = "channels"  // mail and alerts
	AreaClockwork Area = "clockwork" // the server, its queue and its clock
)

// Areas lists the areas in the order in which a person should fix them.
func Areas() []Area {
	return []Area{AreaSettings, AreaStorage, AreaPlatforms, AreaChannels, AreaClockwork}
}

// FindingState says how a check ended.
type FindingState string

// The states of a finding, as the JSON of the command spells them.
const (
	FindingOK      FindingState = "ok"
	FindingWarning FindingState = "warn"
	FindingFailed  FindingState = "fail"
	FindingUnknown FindingState = "unknown" // it could not be told now: no answer came
	FindingSkipped FindingState = "skipped" // left out: nothing to look at, or not asked for
	FindingManual  FindingState = "manual"  // only a person can tell; Todo says how
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
