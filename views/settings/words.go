package settings

import (
	"slices"
	"strings"
	"time"

	"github.com/truecount/truecount/app/words"
)

// ProfileForm is the form of the profile, as it is stored or as it was typed.
type ProfileForm struct {
	Name   string
	Zone   string                // an IANA name
	Zones  []string              // that are offered, by IANA name
	Errors map[string]words.Text // what is wrong with a field: name, zone
}

// region is the time zones of a part of the world.
type region struct {
	name  string // "Europe"; empty: of the whole world
	zones []string
}

// regions are the zones by the first part of their names, in the order in which they come. The zone of the form is
// among them, whatever is offered.
func regions(f ProfileForm) []region {
	zones := f.Zones
	if f.Zone != "" && !slices.Contains(zones, f.Zone) && known(f.Zone) {
		zones = append([]string{f.Zone}, zones...)
	}
	var out []region
	at := map[string]int{}
	for _, z := range zones {
		name, _, found := strings.Cut(z, "/")
		if !found {
			name = ""
		}
		if _, there := at[name]; !there {
			at[name] = len(out)
			out = append(out, region{name: name})
		}
		out[at[name]].zones = append(out[at[name]].zones, z)
	}
	return out
}

func known(zone string) bool {
	_, err := time.LoadLocation(zone)
	return err == nil
}

// zoneLabel names a time zone as people look for it, with how far it is from UTC now: "Lisbon (UTC+0)".
func zoneLabel(zone string, now time.Time) string {
	location, err := time.LoadLocation(zone)
	if err != nil {
		return zone
	}
	place := zone
	if _, city, found := strings.Cut(zone, "/"); found {
		place = city
	}
	place = strings.ReplaceAll(strings.ReplaceAll(place, "_", " "), "/", ", ")
	if zone == "UTC" {
		return place
	}
	return place + " (UTC" + offset(now.In(location)) + ")"
}

// offset writes how far a time's zone is from UTC: +0, −3:30.
func offset(t time.Time) string {
	s := t.Format("-07:00")
	sign, hours, minutes := s[:1], strings.TrimPrefix(s[1:3], "0"), s[3:]
	if sign == "-" {
		sign = "−"
	}
	if minutes == ":00" {
		minutes = ""
	}
	return sign + hours + minutes
}
