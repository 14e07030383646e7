package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/meta"
)

// Settings say when an alert opens and when nobody is to be woken. The health route keeps to the contract's own bounds
// whatever is set here.
type Settings struct {
	Values    map[string]int // by a threshold's name; all of them are there
	Off       []string       // ids of the rules that open no alert
	QuietFrom string         // "22:00"; empty: never quiet
	QuietTo   string
	QuietZone string // an IANA name
}

// DefaultSettings gives the contract's.
func DefaultSettings() Settings {
	s := Settings{Values: map[string]int{}, QuietZone: "UTC"}
	for _, t := range Thresholds() {
		s.Values[t.Name] = t.Default
	}
	return s
}

// Value gives a threshold's number by the threshold's name.
func (s Settings) Value(name string) int { return s.Values[name] }

// RuleOn reports whether a rule opens alerts.
func (s Settings) RuleOn(id string) bool { return !slices.Contains(s.Off, id) }

// quiet is the part of the stored settings that is no threshold.
type quiet struct {
	Off       []string `json:"off"`
	QuietFrom string   `json:"quietFrom"`
	QuietTo   string   `json:"quietTo"`
	QuietZone string   `json:"quietZone"`
}

// MarshalJSON writes settings as they are stored: every threshold is a member of its own, in camel case.
func (s Settings) MarshalJSON() ([]byte, error) {
	out := map[string]any{"off": s.Off, "quietFrom": s.QuietFrom, "quietTo": s.QuietTo, "quietZone": s.QuietZone}
	for _, t := range Thresholds() {
		out[camel(t.Name)] = s.Value(t.Name)
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads them into s. What is not there is left as it is in s.
func (s *Settings) UnmarshalJSON(b []byte) error {
	q := quiet{s.Off, s.QuietFrom, s.QuietTo, s.QuietZone}
	if err := json.Unmarshal(b, &q); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	values := maps.Clone(s.Values)
	if values == nil {
		values = map[string]int{}
	}
	for _, t := range Thresholds() {
		raw, ok := members[camel(t.Name)]
		if !ok {
			continue
		}
		n := 0
		if err := json.Unmarshal(raw, &n); err != nil {
			return err
		}
		values[t.Name] = n
	}
	*s = Settings{values, q.Off, q.QuietFrom, q.QuietTo, q.QuietZone}
	return nil
}

// camel spells "failure_percent" as "failurePercent".
func camel(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

const settingsKey = "alert_settings"

// Settings gives what is set; without anything, the contract's.
func (al *Alerts) Settings(ctx context.Context) (Settings, error) {
	s := DefaultSettings()
	row, err := al.db.Meta.Query().Where(meta.ID(settingsKey)).Only(ctx)
	if store.Missing(err) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read the settings of alerts: %w", err)
	}
	if err := json.Unmarshal(row.Value, &s); err != nil {
		return DefaultSettings(), nil //nolint:nilerr // damaged settings must not silence the alerts
	}
	return s, nil
}

// SetSettings saves settings. INVALID names the fields that cannot be used, by the names of the form.
func (al *Alerts) SetSettings(ctx context.Context, s Settings) error {
	fields := map[string]words.Text{}
	for _, t := range Thresholds() {
		if n := s.Value(t.Name); n < t.Min || n > t.Max {
			fields[t.Name] = words.New("errors.alerts.number", "Least", t.Min, "Most", t.Max)
		}
	}
	for _, id := range s.Off {
		if !Known(id) {
			fields["off"] = words.New("errors.alerts.noSuchRule")
		}
	}
	_, okFrom := clockTime(s.QuietFrom)
	_, okTo := clockTime(s.QuietTo)
	if (s.QuietFrom != "" || s.QuietTo != "") && (!okFrom || !okTo) {
		fields["quiet_from"] = words.New("errors.alerts.quiet")
	}
	if _, err := time.LoadLocation(s.QuietZone); err != nil || s.QuietZone == "Local" {
		fields["quiet_zone"] = words.New("errors.alerts.zone")
	}
	if len(fields) > 0 {
		refused := fault.New(fault.Invalid, words.New("errors.alerts.notSaved"))
		refused.Fields = fields
		return refused
	}
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	err = al.store.Client.Meta.Create().
		SetID(settingsKey).
		SetValue(b).
		OnConflictColumns(meta.FieldID).
		UpdateValue().
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("save the settings of alerts: %w", err)
	}
	return nil
}

// clockTime reads "22:00" as minutes since midnight.
func clockTime(s string) (int, bool) {
	hh, mm, ok := strings.Cut(s, ":")
	h, err := strconv.Atoi(hh)
	m, err2 := strconv.Atoi(mm)
	return h*60 + m, ok && err == nil && err2 == nil && len(mm) == 2 && h >= 0 && h < 24 && m >= 0 && m < 60
}

// afterQuietHours is a moment, or the end of the quiet hours it is within; what is critical does not wait.
func (s Settings) afterQuietHours(rule string, at time.Time) time.Time {
	if until, quiet := s.quietUntil(at); quiet && RuleOf(rule).Severity != SeverityCritical {
		return until
	}
	return at
}

// quietUntil gives when quiet hours end, if a moment is within them.
func (s Settings) quietUntil(now time.Time) (time.Time, bool) {
	from, ok := clockTime(s.QuietFrom)
	to, ok2 := clockTime(s.QuietTo)
	if !ok || !ok2 || from == to {
		return time.Time{}, false
	}
	zone, err := time.LoadLocation(s.QuietZone)
	if err != nil {
		zone = time.UTC
	}
	quiet := func(t time.Time) bool {
		local := t.In(zone)
		at := local.Hour()*60 + local.Minute()
		if from > to {
			return at >= from || at < to
		}
		return at >= from && at < to
	}
	if !quiet(now) {
		return time.Time{}, false
	}
	// Minute by minute, as a wall clock is read: an end that the clocks skip comes when they jump over it, and one that
	// they repeat comes the next time they show it.
	end := now.Truncate(time.Minute).Add(time.Minute)
	for quiet(end) {
		end = end.Add(time.Minute)
	}
	return end, true
}
