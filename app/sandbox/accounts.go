package sandbox

import (
	"fmt"
	"time"
)

// Begin is when the growth of most accounts begins; they are flat before it.
var Begin = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// Account is one account of one platform, as its owner knows it.
type Account struct {
	Platform   string
	No         int    // its place among the platform's accounts, from 0
	ID         string // the external id, by which the platform names the account to an app
	AltID      string // a second id, where the platform has one
	Handle     string // without "@"
	Name       string
	Bio        string
	Website    string
	Country    string
	Kind       AccountKind
	Following  int64
	Verified   bool
	Hidden     bool   // does not show its followers
	Unreadable string // why the platform has no numbers of it, as its adapter calls it ("not_professional"); empty: it has
	Language   string // of the titles the platform sends
	Why        string // one sentence: what this account is good for
	Generated  bool   // made by AddAccounts
	MemberFrom time.Time
}

// DemoBio is what the demo creator says of herself on every platform; every reader of it must survive it.
const DemoBio = "🧶 small things, made slowly\nSeoul → Lisbon · new project every Sunday\n<b>&\"quotes\"</b> welcome · מחכה לכם"

// AccountKind is the sort of account; a fake may have kinds of its own.
type AccountKind string

// The kinds that every platform has.
const (
	KindCreator  AccountKind = "creator"
	KindBusiness AccountKind = "business"
)

// Seed is an account before the world gives it ids: who it is, how it grows and what it posts.
type Seed struct {
	Account
	Since time.Time // the followers are Base at this time and grow from here on
	Base  float64
	Daily float64 // followers gained a day, on average
	Jump  float64 // followers gained in a lucky week

	First    time.Time     // slot of the first post
	Every    time.Duration // from one post to the next; 0: the account posts nothing
	Kinds    [8]PostKind   // one of them is drawn for each post
	ViewRate float64       // views of an ordinary post, as a part of the followers
	Spread   float64       // how far the views of posts differ
	LikeRate float64       // likes per view
	Ended    time.Time     // the account posts nothing after this; zero: it goes on

	InsightsLate      time.Duration // posts younger than this have no insights yet
	ProfessionalSince time.Time     // posts older than this never have insights
	MissingCounters   bool          // counters are missing here and there
}

// population is one platform's accounts, in order; the index is part of every post's id.
type population struct {
	traits  Traits
	seeds   int // how many are not AddAccounts'
	waiting int // how many the journal knows and that are made once the fake is there
	all     []*accountModel
	byID    map[string]*accountModel
	byAlt   map[string]*accountModel
}

// populate gives a platform its accounts. The caller holds mu.
func (w *World) populate(platform string, t Traits, seeds []Seed) {
	p := w.population(platform)
	if p.seeds > 0 || len(p.all) > 0 {
		return // mounted before: its accounts are there
	}
	p.traits = t.whole()
	for _, s := range seeds {
		w.addSeed(platform, s)
	}
	p.seeds = len(p.all)
	w.generate(platform, p.waiting)
	p.waiting = 0
}

// population is a platform's accounts, made empty when nobody named the platform before. The caller holds mu.
func (w *World) population(platform string) *population {
	p := w.populations[platform]
	if p == nil {
		p = &population{byID: map[string]*accountModel{}, byAlt: map[string]*accountModel{}}
		w.populations[platform] = p
	}
	return p
}

// traits is what a mounted fake said of its platform.
func (w *World) traits(platform string) (Traits, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.populations[platform]
	if p == nil || p.traits.PostID == nil {
		return Traits{}, false
	}
	return p.traits, true
}

// addSeed gives an account its ids and the key of its growth. The caller holds mu.
func (w *World) addSeed(platform string, s Seed) *accountModel {
	p := w.populations[platform]
	no := uint64(len(p.all))
	l := accountModel{Seed: s, no: no, memo: new(totals)}
	l.No, l.Platform = int(no), platform
	l.key = mix(mix(w.seed)^hashWord(platform)) + mix(no+1)
	l.ID = p.traits.ExternalID(l.key)
	if p.traits.AltID != nil {
		l.AltID = p.traits.AltID(l.key)
	}
	if l.MemberFrom.IsZero() {
		l.MemberFrom = l.Since.Add(-time.Duration(200+pick(l.key, 5, 900)) * day)
	}
	p.all = append(p.all, &l)
	p.byID[l.ID] = &l
	if l.AltID != "" {
		p.byAlt[l.AltID] = &l
	}
	return &l
}

// Accounts lists a platform's accounts in a stable order; the first is the demo creator's.
func (w *World) Accounts(platform string) []Account {
	w.mu.RLock()
	defer w.mu.RUnlock()
	t := w.populations[platform]
	if t == nil {
		return nil
	}
	out := make([]Account, len(t.all))
	for i, l := range t.all {
		out[i] = l.Account
	}
	return out
}

// Account finds an account by its external id.
func (w *World) Account(platform, externalID string) (Account, bool) {
	if l := w.model(platform, externalID); l != nil {
		return l.Account, true
	}
	return Account{}, false
}

// AccountByAlt finds an account by the platform's second id.
func (w *World) AccountByAlt(platform, altID string) (Account, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if t := w.populations[platform]; t != nil {
		if l := t.byAlt[altID]; l != nil {
			return l.Account, true
		}
	}
	return Account{}, false
}

// AccountByHandle finds an account by its handle.
func (w *World) AccountByHandle(platform, handle string) (Account, bool) {
	for _, a := range w.Accounts(platform) {
		if a.Handle == handle {
			return a, true
		}
	}
	return Account{}, false
}

func (w *World) model(platform, externalID string) *accountModel {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if t := w.populations[platform]; t != nil {
		return t.byID[externalID]
	}
	return nil
}

func (w *World) modelByNumber(platform string, no uint64) *accountModel {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if t := w.populations[platform]; t != nil && no < uint64(len(t.all)) {
		return t.all[no]
	}
	return nil
}

// AddAccounts adds n more ordinary accounts, deterministic too, and returns them. They are
// remembered by the journal.
func (w *World) AddAccounts(platform string, n int) []Account {
	w.mu.Lock()
	var out []Account
	if p := w.populations[platform]; p != nil && p.traits.PostID != nil {
		out = w.generate(platform, n)
	}
	w.mu.Unlock()
	if len(out) > 0 {
		// A full disk costs the memory of the new accounts, not the accounts.
		_ = w.record(entry{E: "accounts", P: platform, N: len(out)})
	}
	return out
}

// remember notes accounts of the journal, which is read before the fakes are mounted.
func (w *World) remember(platform string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.population(platform).waiting += n
}

// generate makes n ordinary accounts. The caller holds mu.
func (w *World) generate(platform string, n int) []Account {
	p := w.populations[platform]
	kinds := [8]PostKind{PostVideo, PostVideo, PostVideo, PostVideo, PostVideo, PostVideo, PostVideo, PostVideo}
	if len(p.all) > 0 {
		kinds = p.all[0].Kinds
	}
	var out []Account
	for range n {
		no := len(p.all)
		key := mix(w.seed) + mix(hashWord(platform)+uint64(no))
		size := 800 * (1 + 300*unit(key, 1)*unit(key, 2)*unit(key, 3))
		out = append(out, w.addSeed(platform, Seed{
			Account: Account{
				Handle:    fmt.Sprintf("%s.%s%d", pickWord(firstNames, key, 4), pickWord(crafts, key, 5), no),
				Name:      fmt.Sprintf("%s %s", pickWord(firstNames, key, 4), pickWord(crafts, key, 5)),
				Bio:       "Small things, made slowly.",
				Kind:      KindCreator,
				Following: int64(50 + pick(key, 6, 900)),
				Generated: true,
				Why:       "One of many, for load.",
			},
			Since: Begin, Base: size, Daily: size / 900, Jump: size / 60,
			First: Begin.AddDate(1, 0, 0), Every: 4 * day, Kinds: kinds,
			ViewRate: 0.3, Spread: 0.7, LikeRate: 0.05, MissingCounters: no%3 == 0,
		}).Account)
	}
	return out
}

// Followers is what the platform would tell at a time, also in the past: nil where it does not tell.
func (w *World) Followers(platform, externalID string, at time.Time) *int64 {
	l := w.model(platform, externalID)
	if l == nil || l.Hidden || l.Unreadable != "" {
		return nil
	}
	n := int64(l.followers(at.UTC()))
	if t, _ := w.traits(platform); t.RoundedFollowers {
		n = ThreeFigures(n)
	}
	return &n
}
