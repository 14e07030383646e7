package alerts

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/words"
)

// lacks names what a rule must have and has not.
func lacks(r Rule) []string {
	var out []string
	need := func(part string, ok bool) {
		if !ok {
			out = append(out, part)
		}
	}
	need("ID", regexp.MustCompile(`^[A-Z]+(_[A-Z]+)+$`).MatchString(r.ID))
	need("Severity", r.Severity == SeverityCritical || r.Severity == SeverityWarning)
	for part, text := range map[string]words.Text{"Name": r.Name, "Means": r.Means, "Does": r.Does, "Todo": r.Todo} {
		need(part, strings.Contains(strings.TrimSpace(text.String()), " ")) // the id of a sentence that is missing has none
	}
	need("NameOf", r.NameOf == nil || strings.Count(r.NameOf("Toy").String(), "Toy") == 1)
	need("Check", r.Check != nil)
	for _, t := range r.Thresholds {
		need(
			"Thresholds",
			regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(t.Name) && !t.Label.IsZero() && !t.Unit.IsZero() && t.Min < t.Max && t.Min <= t.Default &&
				t.Default <= t.Max,
		)
	}
	return out
}

// A rule is one value, and a whole one. Its roots are rules that stand before it.
func TestRulesAreWhole(t *testing.T) {
	t.Parallel()
	seen, numbers := map[string]bool{}, map[string]bool{
		"off":        true,
		"on":         true,
		"quiet_from": true,
		"quiet_to":   true,
		"quiet_zone": true,
	}
	for _, r := range Rules {
		if what := lacks(r); len(what) > 0 {
			t.Errorf("rule %q: got it without %v, want a whole rule", r.ID, what)
		}
		if seen[r.ID] {
			t.Errorf("rule %s: got it twice", r.ID)
		}
		for _, root := range r.Roots {
			if !seen[root] {
				t.Errorf("rule %s: its root %s does not stand before it", r.ID, root)
			}
		}
		seen[r.ID] = true
		for _, n := range r.Thresholds {
			if numbers[n.Name] {
				t.Errorf("rule %s: another field of the form is called %s too", r.ID, n.Name)
			}
			numbers[n.Name] = true
		}
	}
}

// Half a rule is found, whichever half is missing.
func TestHalfARuleIsRefused(t *testing.T) {
	t.Parallel()
	for part, cut := range map[string]func(*Rule){
		"ID": func(r *Rule) { r.ID = "" }, "Severity": func(r *Rule) { r.Severity = "" }, "Name": func(r *Rule) { r.Name = words.Text{} },
		"Means": func(r *Rule) { r.Means = words.Text{} }, "Does": func(r *Rule) { r.Does = words.Plain(" ") }, "Todo": func(r *Rule) { r.Todo = words.Text{} },
		"NameOf": func(r *Rule) { r.NameOf = func(string) words.Text { return words.Plain("no platform") } }, "Check": func(r *Rule) { r.Check = nil },
		"Thresholds": func(r *Rule) { r.Thresholds = []Threshold{{Name: "x"}} },
	} {
		r := Rules[0]
		cut(&r)
		if got := lacks(r); !slices.Equal(got, []string{part}) {
			t.Errorf("without its %s: got %v found missing", part, got)
		}
	}
}

// Settings are stored as they always were, and what an older version stored is read.
func TestStoredSettings(t *testing.T) {
	t.Parallel()
	const stored = `{"failurePercent":25,"failureRuns":5,"lateMinutes":30,"quotaPercent":90,"deadLetters":2,"expired":3,"rateLimits":4,` +
		`"off":["DEAD_LETTER"],"quietFrom":"22:00","quietTo":"07:00","quietZone":"Europe/Berlin"}`
	s := DefaultSettings()
	if err := json.Unmarshal([]byte(stored), &s); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"failure_percent": 25, "failure_runs": 5, "late_minutes": 30, "quota_percent": 90, "dead_letters": 2, "expired": 3, "rate_limits": 4,
	}
	if fmt.Sprint(s.Values) != fmt.Sprint(want) || s.RuleOn(RuleDeadLetter) || !s.RuleOn(RuleQuotaSpent) ||
		s.QuietFrom != "22:00" ||
		s.QuietTo != "07:00" ||
		s.QuietZone != "Europe/Berlin" {
		t.Errorf("got %+v, want what was stored", s)
	}
	again, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var was, is map[string]any
	if err := json.Unmarshal([]byte(stored), &was); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(again, &is); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(was) != fmt.Sprint(is) {
		t.Errorf("got %v stored, want %v", is, was)
	}
	if err := json.Unmarshal([]byte(`{"expired":7}`), &s); err != nil || s.Value("expired") != 7 ||
		s.Value("late_minutes") != 30 {
		t.Errorf("a part of them: got %+v, %v, want the rest left as it was", s, err)
	}
}
