package auth

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/ent"
)

// DeviceLife is how long a browser stays known.
const DeviceLife = 180 * 24 * time.Hour

const devicePurpose = "auth:device"

// device is a browser that somebody has signed in with before. It opens nothing: its guesses alone are counted apart.
type device struct {
	id     string
	userID string
	mark   string // of the password it signed in with: a new one ends it
	since  time.Time
}

// Device gives what a browser keeps so that it is known when this person signs in again; empty without keys.
func (a *Auth) Device(u User) fault.Secret {
	if a.seals == nil {
		return ""
	}
	text := strings.Join([]string{fault.Random().Reveal(), u.ID, u.mark, strconv.FormatInt(a.now().Unix(), 10)}, "\n")
	sealed, err := a.seals.Seal(fault.Secret(text), devicePurpose)
	if err != nil {
		return ""
	}
	return fault.Secret(base64.RawURLEncoding.EncodeToString(sealed))
}

const longestDevice = 2 << 10

// readDevice reads what Device gave; the zero device for anything else.
func (a *Auth) readDevice(s fault.Secret) device {
	if a.seals == nil || s.Empty() || len(s.Reveal()) > longestDevice {
		return device{}
	}
	sealed, err := base64.RawURLEncoding.DecodeString(s.Reveal())
	if err != nil {
		return device{}
	}
	text, err := a.seals.Open(sealed, devicePurpose)
	if err != nil {
		return device{}
	}
	parts := strings.Split(text.Reveal(), "\n")
	if len(parts) != 4 {
		return device{}
	}
	since, err := strconv.ParseInt(parts[3], 10, 64)
	if err != nil {
		return device{}
	}
	return device{id: parts[0], userID: parts[1], mark: parts[2], since: time.Unix(since, 0)}
}

// of reports whether it is this account's, now.
func (d device) of(u *ent.User, now time.Time) bool {
	age := now.Sub(d.since)
	return d.id != "" && d.userID == u.ID && d.mark == passwordMark(u.PasswordHash) && age > -skew && age < DeviceLife
}

// guesses are its own counters.
func (d device) guesses(email string) []limit {
	return []limit{
		{
			key:  accountKey("known", email) + ":" + fault.Secret(d.id).Digest()[:digestPart],
			most: perAccount,
			span: window,
			own:  true,
		},
	}
}

// passwordMark stands for one password of an account.
func passwordMark(hash string) string { return fault.Secret("password " + hash).Digest()[:16] }
