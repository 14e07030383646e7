package health

import (
	"fmt"
	"strings"
	"time"

	"github.com/truecount/truecount/app/config"
)

// Codes of a reason for illness; the alerts use them too.
const (
	SchedulerSilent     = "SCHEDULER_SILENT"
	ScheduleLate        = "SCHEDULE_LATE"
	FailureRate         = "FAILURE_RATE"
	AppRefused          = "APP_REFUSED"
	PlatformDown        = "PLATFORM_DOWN"
	DatabaseNotWritable = "DATABASE_NOT_WRITABLE"
	RunStuck            = "RUN_STUCK" // under way, without a sign of life
)

const (
	silentAfter = 5 * time.Minute
	lateAfter   = 15 * time.Minute
	deadAfter   = 5 * time.Minute // a run under way without a sign of life: its process gives one four times a minute
	enoughRuns  = 10              // fewer runs say nothing of a rate
	tooMany     = 0.1             // of them failed
	enoughDown  = 3               // runs in a row that the platform failed
	tick        = "tick"
)

// bounds are from where on the rules hold.
type bounds struct {
	enough int     // fewer runs say nothing of a rate
	rate   float64 // of them failed
	late   time.Duration
}

// contract's own.
var contract = bounds{enoughRuns, tooMany, lateAfter}

func (s AlertSettings) bounds() bounds {
	return bounds{s.FailureRuns, float64(s.FailurePercent) / 100, time.Duration(s.LateMinutes) * time.Minute}
}

// judge applies the rules to the facts, worst first.
func (h *Health) judge(f *facts, l bounds) []Reason {
	var out []Reason
	if r := h.silent(f); r != nil {
		out = append(out, *r)
	}
	all, rated := &platformFacts{}, false
	for _, s := range h.platforms.Specs() {
		p := f.platform[s.ID]
		all.counts.Success += p.counts.Success
		all.counts.Partial += p.counts.Partial
		all.counts.Failed += p.counts.Failed
		if !h.platforms.Configured(s.ID) {
			continue
		}
		if p.refused > 0 {
			out = append(out, reason(AppRefused, s.ID, fmt.Sprintf("%s refuses this server's credentials or review status (%s).", s.Name, runs(p.refused))+because(p.refusal)))
		}
		if p.stuck > 0 {
			out = append(out, reason(RunStuck, s.ID, fmt.Sprintf("%s of %s %s stuck: no sign of life for 5 minutes.", runs(p.stuck), s.Name, plural(p.stuck, "is", "are"))))
		}
		if p.broken >= enoughDown {
			out = append(out, reason(PlatformDown, s.ID, fmt.Sprintf("%s has failed %s without a success.", s.Name, runs(p.broken))))
		}
		if late, ok := h.late(f, s.ID, l.late); ok {
			out = append(out, reason(ScheduleLate, s.ID, fmt.Sprintf("The %s sync of %s has not started.", s.Name, late.Format("2 Jan 15:04 MST"))))
		}
		if l.exceeds(p) {
			rated = true
			out = append(out, reason(FailureRate, s.ID, rateWords(s.Name, p)))
		}
	}
	if !rated && l.exceeds(all) {
		out = append(out, Reason{Code: FailureRate, Message: rateWords("Syncs", all)})
	}
	return out
}

func because(detail string) string {
	if detail == "" {
		return ""
	}
	return " It says: " + detail + "."
}

func reason(code, platform, message string) Reason {
	return Reason{Code: code, Platform: &platform, Message: message}
}

func rateWords(name string, p *platformFacts) string {
	return fmt.Sprintf("%s failing: %d of %s (%.0f%%) in 24 h.", name, p.counts.Failed, runs(p.ended()), *p.rate()*100)
}

func runs(n int) string {
	if n == 1 {
		return "1 run"
	}
	return fmt.Sprintf("%d runs", n)
}

// rate is the failed part of the runs that ended; nil without any.
func (p *platformFacts) rate() *float64 {
	n := p.ended()
	if n == 0 {
		return nil
	}
	v := float64(p.counts.Failed) / float64(n)
	return &v
}

func (l bounds) exceeds(p *platformFacts) bool {
	return p.ended() > 0 && p.ended() >= l.enough && *p.rate() > l.rate
}

// silent reports a scheduler that has not ticked. A process that has just begun has its grace.
func (h *Health) silent(f *facts) *Reason {
	last := h.started
	if c := f.clocks[tick]; c != nil && c.LastAt != nil && c.LastAt.After(last) {
		last = c.LastAt.UTC()
	}
	if f.now.Sub(last) <= silentAfter {
		return nil
	}
	return &Reason{Code: SchedulerSilent, Message: "The scheduler has not ticked since " + last.Format("2 Jan 15:04 MST") + "."}
}

// late gives the time a platform's schedule should have started at, if that is too long ago.
func (h *Health) late(f *facts, id string, after time.Duration) (time.Time, bool) {
	c := f.clocks[id]
	if c == nil || c.NextAt == nil {
		return time.Time{}, false
	}
	due := c.NextAt.UTC()
	counted := due
	if counted.Before(h.started) {
		counted = h.started
	}
	return due, f.now.Sub(counted) > after
}

// next is when the platform's schedule starts next.
func (h *Health) next(f *facts, id string) *time.Time {
	if !h.platforms.Configured(id) {
		return nil
	}
	if c := f.clocks[id]; c != nil && c.NextAt != nil {
		return utc(c.NextAt)
	}
	s, ok := h.platforms.Settings(id)
	if !ok {
		return nil
	}
	at := s.Cron.Next(f.now)
	return utc(&at)
}

// planned puts a schedule into words: "daily at 03:00 UTC".
func planned(c config.Cron) string {
	zone := "UTC"
	if c.Zone != nil {
		zone = c.Zone.String()
	}
	fields := strings.Fields(c.Text)
	if len(fields) == 5 && strings.Join(fields[2:], " ") == "* * *" {
		if at, err := time.Parse("15 4", fields[1]+" "+fields[0]); err == nil {
			return "daily at " + at.Format("15:04") + " " + zone
		}
	}
	if c.Text == "" {
		return ""
	}
	return c.Text + " (" + zone + ")"
}
