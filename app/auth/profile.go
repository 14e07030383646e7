package auth

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
)

// Profile is what people say of themselves.
type Profile struct {
	Name string // 1 to 100 characters
	Zone string // an IANA name, such as Europe/Lisbon
}

//go:embed zones.txt
var zoneList string

// zoneNames are the time zones that a form offers: UTC, and the others in alphabetical order. The first line is about
// where they come from.
var zoneNames = strings.Fields(zoneList[strings.IndexByte(zoneList, '\n'):])

// Zones lists the time zones that a form offers by their IANA names, UTC first.
func Zones() []string { return slices.Clone(zoneNames) }

// zoneNamed finds a time zone by its IANA name. The zone of the machine is none of a person.
func zoneNamed(name string) (*time.Location, bool) {
	if name == "" || name == "Local" {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

const longestName = 100 // characters

// nameable reports that people can be called so.
func nameable(name string) bool {
	return name != "" && len([]rune(name)) <= longestName && clean(name) == name &&
		!strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' })
}

func (p Profile) check() error {
	fields := map[string]words.Text{}
	var first words.Text
	if _, known := zoneNamed(p.Zone); !known {
		first = words.New("errors.auth.zone")
		fields["zone"] = first
	}
	if !nameable(p.Name) {
		first = words.New("errors.auth.name")
		fields["name"] = first
	}
	if len(fields) == 0 {
		return nil
	}
	return &fault.Error{Code: fault.Invalid, Message: first, Fields: fields}
}

// SetProfile changes what a person says of themselves, and lists what that changed: name, zone. INVALID names the
// fields; NOT_FOUND: there is no such person.
func (a *Auth) SetProfile(ctx context.Context, id string, p Profile) (changed []string, err error) {
	p.Name, p.Zone = strings.TrimSpace(p.Name), strings.TrimSpace(p.Zone)
	if err := p.check(); err != nil {
		return nil, err
	}
	err = a.store.Tx(ctx, func(tx store.Tx) error {
		u, err := tx.User.Get(ctx, clean(id))
		if store.Missing(err) {
			return fault.New(fault.NotFound, words.New("errors.auth.noPerson"))
		}
		if err != nil {
			return fmt.Errorf("read user: %w", err)
		}
		if u.Name != p.Name {
			changed = append(changed, "name")
		}
		if u.Timezone != p.Zone {
			changed = append(changed, "zone")
		}
		if len(changed) == 0 {
			return nil
		}
		if err := tx.User.UpdateOne(u).SetName(p.Name).SetTimezone(p.Zone).Exec(ctx); err != nil {
			return fmt.Errorf("save the profile: %w", err)
		}
		return nil
	})
	return changed, err
}
