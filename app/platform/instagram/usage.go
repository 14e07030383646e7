package instagram

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/truecount/truecount/app/platform"
)

// usage is one pool of a usage header. Its numbers are percent; the time is in minutes, and 0 means
// no more than not blocked now.
type usage struct {
	Type   string         `json:"type"`
	Calls  platform.Count `json:"call_count"`
	CPU    platform.Count `json:"total_cputime"`
	Time   platform.Count `json:"total_time"`
	Regain platform.Count `json:"estimated_time_to_regain_access"`
}

// load is how much of an allowance a header said is spent.
type load struct {
	percent int64
	at      time.Time
}

const (
	heavy    = 80               // percent from which we go easy
	slower   = 4                // by how much the delay between accounts grows
	loadLife = 15 * time.Minute // how long a header is believed
)

// meters reads both usage headers: of the app, and of the account. Either may be absent; ok says
// which are there.
func meters(h http.Header) (app, account usage, appOK, accountOK bool) {
	appOK = json.Unmarshal([]byte(h.Get("X-App-Usage")), &app) == nil
	var pools map[string][]usage
	_ = json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &pools)
	for _, list := range pools {
		for _, u := range list {
			if u.Type != "instagram" && u.Type != "" {
				continue
			}
			accountOK = true
			if u.percent() >= account.percent() {
				regain := account.Regain
				account = u
				if minutes(usage{Regain: regain}) > minutes(u) {
					account.Regain = regain
				}
			} else if minutes(u) > minutes(account) {
				account.Regain = u.Regain
			}
		}
	}
	return app, account, appOK, accountOK
}

// percent is the fullest of a pool's three measures.
func (u usage) percent() int64 {
	var most int64
	for _, c := range []platform.Count{u.Calls, u.CPU, u.Time} {
		if c.N != nil {
			most = max(most, *c.N)
		}
	}
	return most
}

// regain is the longest wait that an answer's usage headers ask for.
func regain(h http.Header) time.Duration {
	app, account, _, _ := meters(h)
	return max(minutes(app), minutes(account))
}

func minutes(u usage) time.Duration {
	const most = 30 * 24 * 60
	if u.Regain.N == nil {
		return 0
	}
	return time.Duration(min(*u.Regain.N, most)) * time.Minute
}

// heed remembers what an answer tells of the allowances, good answers too: calling on while blocked
// lengthens the block.
func (a *adapter) heed(account string, h http.Header) {
	app, own, appOK, ownOK := meters(h)
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for who, end := range a.blocked {
		if !now.Before(end) {
			delete(a.blocked, who)
		}
	}
	for who, l := range a.loads {
		if now.Sub(l.at) >= loadLife {
			delete(a.loads, who)
		}
	}
	if appOK {
		a.note("", app, now)
	}
	if ownOK && account != "" {
		a.note(account, own, now)
	}
}

func (a *adapter) note(who string, u usage, now time.Time) {
	a.loads[who] = load{u.percent(), now}
	if wait := minutes(u); wait > 0 {
		a.blocked[who] = now.Add(wait)
	}
}

// blockedFor is how long an account's calls are still refused; app: everybody's are.
func (a *adapter) blockedFor(account string) (wait time.Duration, app bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	whole, own := a.blocked[""].Sub(now), time.Duration(0)
	if account != "" {
		own = a.blocked[account].Sub(now)
	}
	return max(0, whole, own), whole > 0 && whole >= own
}

// busy reports that most of an allowance is spent: what can wait does.
func (a *adapter) busy(who string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	l, ok := a.loads[who]
	return ok && l.percent >= heavy && a.now().Sub(l.at) < loadLife
}

// Slower implements platform.Paced.
func (a *adapter) Slower() float64 {
	if a.busy("") {
		return slower
	}
	return 1
}
