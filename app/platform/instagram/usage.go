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
	Regain platform.Count `json:"estimated_time_to_regain_access"`
}

// regain is the longest wait that an answer's usage headers ask for. Either may be absent.
func regain(h http.Header) time.Duration {
	var pools map[string][]usage
	_ = json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &pools)
	var app usage
	_ = json.Unmarshal([]byte(h.Get("X-App-Usage")), &app)
	longest := minutes(app)
	for _, list := range pools {
		for _, u := range list {
			if u.Type == "instagram" || u.Type == "" {
				longest = max(longest, minutes(u))
			}
		}
	}
	return longest
}

func minutes(u usage) time.Duration {
	const most = 30 * 24 * 60
	if u.Regain.N == nil {
		return 0
	}
	return time.Duration(min(*u.Regain.N, most)) * time.Minute
}

// heed remembers a block that an answer tells of, good answers too: calling on lengthens it.
func (a *adapter) heed(account string, h http.Header) {
	wait := regain(h)
	if wait == 0 || account == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for who, end := range a.blocked {
		if !now.Before(end) {
			delete(a.blocked, who)
		}
	}
	a.blocked[account] = now.Add(wait)
}

// blockedFor is how long an account's calls are still refused.
func (a *adapter) blockedFor(account string) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return max(0, a.blocked[account].Sub(a.now()))
}
