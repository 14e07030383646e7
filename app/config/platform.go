package config

import (
	"time"

	"github.com/truecount/truecount/app/fault"
)

// Declared is what a platform asks of the environment. Names are suffixes: the variable is the
// upper-case platform id, an underscore and the suffix (INSTAGRAM_CLIENT_ID).
type Declared struct {
	ID           string
	ClientID     string // suffix of the public half: "CLIENT_ID" or "CLIENT_KEY"
	ClientSecret string // suffix of the secret half
	URLs         []URL
	Options      []Option
	Quotas       []Quota
	Cron         string        // default of _SYNC_CRON
	Delay        time.Duration // default of _SYNC_DELAY
	PostLimit    int           // default of _POST_LIMIT
}

// URL is one address of the platform that a setting may move.
type URL struct {
	Suffix  string // "TOKEN_URL"
	Default string // the real one
}

// Option is a setting with few values; Allowed nil takes what Check takes.
type Option struct {
	Suffix  string
	Default string
	Allowed []string
	Pattern string // a regular expression for the whole value, when Allowed is nil
	Example string
}

// Quota is what the platform lets us spend, e.g. suffix "QUOTA", default "600/minute".
type Quota struct {
	Suffix  string
	Default string
}

// Rate is one window of a quota. Per is "minute", "hour" or "day"; a day is Pacific where the
// platform says so.
type Rate struct {
	Limit int64
	Per   string
}

// Platform is the settings of one platform, read and checked.
type Platform struct {
	ID           string
	ClientID     string
	ClientSecret fault.Secret
	RedirectURI  string
	URLs         map[string]string // suffix -> address, no trailing slash unless the default has one
	Options      map[string]string // suffix -> value
	Quotas       map[string][]Rate // suffix -> windows; empty means unlimited, a Limit of 0 means not to be used
	Moved        map[string]bool   // suffix -> the address is not the real platform's
	Cron         Cron
	Delay        time.Duration // least time between two accounts
	PostLimit    int
	Derived      bool // rates, growth and totals may mix in this platform's numbers
}

// Configured reports whether both halves of the credentials are there.
func (p Platform) Configured() bool { return p.ClientID != "" && !p.ClientSecret.Empty() }
