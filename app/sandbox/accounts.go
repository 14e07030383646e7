package sandbox

import (
	"fmt"
	"time"
)

// Account is one account of one platform, as its owner knows it.
type Account struct {
	Platform   string
	No         int    // its place among the platform's accounts, from 0
	ID         string // the external id: Instagram's user_id, TikTok's open_id, YouTube's channel id
	AltID      string // Instagram's app-scoped id
	Handle     string // without "@"
	Name       string
	Bio        string
	Website    string
	Country    string
	Kind       AccountKind
	Following  int64
	Verified   bool
	Hidden     bool   // does not show its followers
	Language   string // of the titles the platform sends
	Why        string // one sentence: what this account is good for
	Generated  bool   // made by AddAccounts
	MemberFrom time.Time
}

// AccountKind is the sort of account.
type AccountKind string

// The kinds of account.
const (
	Creator   AccountKind = "creator"
	Business  AccountKind = "business"
	Personal  AccountKind = "personal"   // Instagram: no API
	NoChannel AccountKind = "no_channel" // Google: nothing behind the sign-in
)

// settle gives a cast member its ids and its growth. The caller holds people, or the world is not open yet.
func (w *World) settle(platform string, c role) *life {
	t := w.towns[platform]
	no := uint64(len(t.all))
	l := c.life
	l.no, l.No, l.Platform = no, int(no), platform
	l.memo = new(totals)
	l.key = mix(mix(w.seed)^text(platform)) + mix(no+1)
	l.ID = t.trait.externalID(l.key)
	if t.trait.altID != nil {
		l.AltID = t.trait.altID(l.key)
	}
	if l.MemberFrom.IsZero() {
		l.MemberFrom = l.since.Add(-time.Duration(200+pick(l.key, 5, 900)) * day)
	}
	t.all = append(t.all, &l)
	t.byID[l.ID] = &l
	if l.AltID != "" {
		t.byAlt[l.AltID] = &l
	}
	return &l
}

// Accounts lists a platform's accounts in a stable order; the first is the demo creator's.
func (w *World) Accounts(platform string) []Account {
	w.people.RLock()
	defer w.people.RUnlock()
	t := w.towns[platform]
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
	if l := w.life(platform, externalID); l != nil {
		return l.Account, true
	}
	return Account{}, false
}

// AccountByAlt finds an account by the platform's second id.
func (w *World) AccountByAlt(platform, altID string) (Account, bool) {
	w.people.RLock()
	defer w.people.RUnlock()
	if t := w.towns[platform]; t != nil {
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

func (w *World) life(platform, externalID string) *life {
	w.people.RLock()
	defer w.people.RUnlock()
	if t := w.towns[platform]; t != nil {
		return t.byID[externalID]
	}
	return nil
}

func (w *World) lifeNo(platform string, no uint64) *life {
	w.people.RLock()
	defer w.people.RUnlock()
	if t := w.towns[platform]; t != nil && no < uint64(len(t.all)) {
		return t.all[no]
	}
	return nil
}

// AddAccounts adds n more ordinary accounts, deterministic too, and returns them. They are
// remembered by the journal.
func (w *World) AddAccounts(platform string, n int) []Account {
	out := w.addAccounts(platform, n)
	if len(out) > 0 {
		// A full disk costs the memory of the new accounts, not the accounts.
		_ = w.note(entry{E: "accounts", P: platform, N: len(out)})
	}
	return out
}

func (w *World) addAccounts(platform string, n int) []Account {
	w.people.Lock()
	defer w.people.Unlock()
	t := w.towns[platform]
	if t == nil {
		return nil
	}
	var out []Account
	for range n {
		no := len(t.all)
		key := mix(w.seed) + mix(text(platform)+uint64(no))
		size := 800 * (1 + 300*unit(key, 1)*unit(key, 2)*unit(key, 3))
		c := role{life{
			Account: Account{
				Handle:    fmt.Sprintf("%s.%s%d", pickWord(firstNames, key, 4), pickWord(crafts, key, 5), no),
				Name:      fmt.Sprintf("%s %s", pickWord(firstNames, key, 4), pickWord(crafts, key, 5)),
				Bio:       "Small things, made slowly.",
				Kind:      Creator,
				Following: int64(50 + pick(key, 6, 900)),
				Generated: true,
				Why:       "One of many, for load.",
			},
			since: worldStart, base: size, daily: size / 900, jump: size / 60,
			first: worldStart.AddDate(1, 0, 0), gap: 4 * day, kinds: casts[platform][0].kinds,
			pull: 0.3, spread: 0.7, eager: 0.05, holes: no%3 == 0,
		}}
		out = append(out, w.settle(platform, c).Account)
	}
	return out
}

// Followers is what the platform would tell at a time, also in the past: nil where it does not tell.
func (w *World) Followers(platform, externalID string, at time.Time) *int64 {
	l := w.life(platform, externalID)
	if l == nil || l.Hidden || l.Kind == Personal || l.Kind == NoChannel {
		return nil
	}
	n := int64(l.followers(at.UTC()))
	if traits[platform].rounded {
		n = ThreeFigures(n)
	}
	return &n
}
