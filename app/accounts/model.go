package accounts

import (
	"time"

	"github.com/truecount/truecount/app/words"
)

// Freshness says how far a number can be trusted. Source is "live" or "sandbox".
type Freshness struct {
	Status  string     `json:"status"` // fresh, stale, expired, never
	AsOf    *time.Time `json:"asOf"`   // end of the last successful sync
	Source  string     `json:"source"`
	Missing []string   `json:"missing"` // of followers likes comments views reach saves shares
}

// Pill is a status in the fixed words: tone is ok, warn, err, info or neutral.
type Pill struct {
	// Lucide name: circle-check, loader, timer, hourglass, circle-alert, clock, circle-x, circle-pause, circle-slash,
	// circle-dashed
	Icon string
	Word words.Text // "Up to date", "Needs reconnect", "Waiting until 08:00"
	Tone string
	Tip  words.Text // exact time and why
}

// Notice is one broken state in four parts; empty parts are left out.
type Notice struct {
	Platform     string
	Handle       string
	ConnectionID string
	Tone         string // warn or err
	Happened     words.Text
	Means        words.Text
	We           words.Text
	You          words.Text
	Action       string     // reconnect, grant, or empty
	ActionLabel  words.Text // "Reconnect @mina"
}

// Connections is every connection of one creator, and what else could be connected.
type Connections struct {
	Items  []Connection `json:"connections"`
	Offers []Offer      `json:"-"`
}

// Connection is one connection's state in words.
type Connection struct {
	ID            string     `json:"id"`
	Platform      string     `json:"platform"`
	Handle        string     `json:"handle"`
	Connected     bool       `json:"connected"`
	Status        string     `json:"status"`
	FollowerCount *int64     `json:"followerCount"`
	PostCount     *int64     `json:"postCount"`
	LastSynced    *time.Time `json:"lastSynced"`
	NextSync      *time.Time `json:"nextSync"`
	ExpiresAt     *time.Time `json:"expiresAt"`

	Name         string     `json:"-"` // "Instagram"
	FollowersWhy words.Text `json:"-"` // why there is no count
	FollowersAt  *time.Time `json:"-"` // when they were read, where the last sync did not bring them
	DisplayName  string     `json:"-"`
	Initials     string     `json:"-"`
	Primary      bool       `json:"-"`
	Freshness    Freshness  `json:"-"`
	Source       string     `json:"-"` // live or sandbox
	Pill         Pill       `json:"-"`
	Says         Notice     `json:"-"` // the state's sentences; Happened is empty when all is well
	Access       words.Text `json:"-"` // how long access lasts, in words
	Steps        []Step     `json:"-"` // of the run under way, in order
	Running      bool       `json:"-"` // a run is queued, running, deferred or retrying
	CanSync      bool       `json:"-"`
	SyncAfter    *time.Time `json:"-"` // when "Sync now" is allowed again, nil when it is
	KeepsData    bool       `json:"-"` // what a disconnect does to the data
	Revokes      bool       `json:"-"` // a disconnect ends access at the platform; else it only forgets it
	AccessURL    string     `json:"-"` // where a person sees and removes what has access
	AccessPath   string     `json:"-"` // how to get there by hand
	DeleteDays   int        `json:"-"` // when it does not: days until it is deleted
	DeleteBy     *time.Time `json:"-"` // when its data is deleted by the platform's terms
	FollowerWord words.Text `json:"-"`
	Rounded      bool       `json:"-"`
	History      []Event    `json:"-"` // of its access, newest first
}

// Event is one thing that happened to a connection.
type Event struct {
	At    time.Time
	Tone  string // ok, warn, err or info
	Words string
}

// Step is one part of a run as the creator sees it.
type Step struct {
	Label words.Text // "Profile", "Posts", "Access", "Daily numbers"
	State string     // done, active, waiting, partial, failed
	Items int
}

// Offer is a platform one can connect.
type Offer struct {
	Platform    string
	Name        string
	Configured  bool
	Another     bool // the creator already has an account there
	AccountKind string
	Permissions []Permission
}

// Permission is one scope with the reason for it.
type Permission struct {
	Label    string
	Why      string
	Required bool
}
