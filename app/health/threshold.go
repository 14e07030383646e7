package health

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/meta"
)

// AlertSettings say when an alert opens and when nobody is to be woken. The health route keeps to the contract's own
// figures whatever is set here.
type AlertSettings struct {
	FailurePercent int      `json:"failurePercent"` // more than so many of 100 runs failed in 24 h
	FailureRuns    int      `json:"failureRuns"`    // of at least so many
	LateMinutes    int      `json:"lateMinutes"`    // a schedule has not started
	QuotaPercent   int      `json:"quotaPercent"`   // of a quota is spent
	DeadLetters    int      `json:"deadLetters"`    // at least
	Expired        int      `json:"expired"`        // connections without access, at least
	RateLimits     int      `json:"rateLimits"`     // hits in 24 h, at least
	Off            []string `json:"off"`            // rules that open no alert
	QuietFrom      string   `json:"quietFrom"`      // "22:00"; empty: never quiet
	QuietTo        string   `json:"quietTo"`
	QuietZone      string   `json:"quietZone"`
}

// DefaultAlerts are the contract's.
func DefaultAlerts() AlertSettings {
	return AlertSettings{FailurePercent: 10, FailureRuns: enoughRuns, LateMinutes: 15, QuotaPercent: spentPercent, DeadLetters: 1, Expired: 1, RateLimits: 1, QuietZone: "UTC"}
}

// Thresholds lists the numbers that can be set, with their names in a form.
func (s *AlertSettings) Thresholds() []Threshold {
	return []Threshold{
		{"failure_percent", "Failed syncs, more than", "% of 24 h", &s.FailurePercent, 0, 99},
		{"failure_runs", "of at least", "runs", &s.FailureRuns, 1, 1_000_000},
		{"late_minutes", "A schedule is late", "minutes", &s.LateMinutes, 5, 1440},
		{"quota_percent", "A quota is spent to", "%", &s.QuotaPercent, 1, 100},
		{"dead_letters", "Gave up, at least", "runs", &s.DeadLetters, 1, 1_000_000},
		{"expired", "Access ended, at least", "accounts", &s.Expired, 1, 1_000_000},
		{"rate_limits", "Rate limits, at least", "runs in 24 h", &s.RateLimits, 1, 1_000_000},
	}
}

// Threshold is one number that an admin may set.
type Threshold struct {
	Name, Label, Unit string
	Value             *int
	Min, Max          int
}

const alertSettings = "alert_settings"

// AlertSettings gives what is set; without anything, the contract's.
func (h *Health) AlertSettings(ctx context.Context) (AlertSettings, error) {
	s := DefaultAlerts()
	row, err := h.db.Meta.Query().Where(meta.ID(alertSettings)).Only(ctx)
	if store.Missing(err) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read the settings of alerts: %w", err)
	}
	if err := json.Unmarshal(row.Value, &s); err != nil {
		return DefaultAlerts(), nil //nolint:nilerr // damaged settings must not silence the alerts
	}
	return s, nil
}

// SetAlerts saves settings. INVALID names the fields.
func (h *Health) SetAlerts(ctx context.Context, s AlertSettings) error {
	fields := map[string]string{}
	for _, t := range s.Thresholds() {
		if *t.Value < t.Min || *t.Value > t.Max {
			fields[t.Name] = fmt.Sprintf("A whole number from %d to %d.", t.Min, t.Max)
		}
	}
	for _, id := range s.Off {
		if !slices.ContainsFunc(Rules, func(r Rule) bool { return r.ID == id }) {
			fields["off"] = "There is no such rule."
		}
	}
	_, okFrom := clockTime(s.QuietFrom)
	_, okTo := clockTime(s.QuietTo)
	if (s.QuietFrom != "" || s.QuietTo != "") && (!okFrom || !okTo) {
		fields["quiet_from"] = "Two times of the day, like 22:00 and 07:00, or none."
	}
	if _, err := time.LoadLocation(s.QuietZone); err != nil || s.QuietZone == "Local" {
		fields["quiet_zone"] = "A time zone, like Europe/Berlin."
	}
	if len(fields) > 0 {
		refused := fault.New(fault.Invalid, "Some of it cannot be used.")
		refused.Fields = fields
		return refused
	}
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	err = h.store.Client.Meta.Create().SetID(alertSettings).SetValue(b).OnConflictColumns(meta.FieldID).UpdateValue().Exec(ctx)
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

// awake is a moment, or the end of the quiet hours it is within; what is critical does not wait.
func (s AlertSettings) awake(rule string, at time.Time) time.Time {
	if until, quiet := s.quietUntil(at); quiet && RuleOf(rule).Severity != Critical {
		return until
	}
	return at
}

// quietUntil gives when quiet hours end, if a moment is within them.
func (s AlertSettings) quietUntil(now time.Time) (time.Time, bool) {
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
