package health

import (
	"strings"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
)

// The codes of reasons, as the health route spells them. Alerts has a rule of the same id for each.
const (
	ReasonSchedulerSilent     = "SCHEDULER_SILENT"
	ReasonScheduleLate        = "SCHEDULE_LATE"
	ReasonFailureRate         = "FAILURE_RATE"
	ReasonAppRefused          = "APP_REFUSED"
	ReasonPlatformDown        = "PLATFORM_DOWN"
	ReasonDatabaseNotWritable = "DATABASE_NOT_WRITABLE"
	ReasonRunStuck            = "RUN_STUCK" // under way, without a sign of life
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

// Bounds say from where on something is a reason. Contract gives the health route's; alerts makes its own of what an
// admin has set.
type Bounds struct {
	Runs int           // fewer runs that ended say nothing of a rate
	Rate float64       // more than this part of them failed, from 0 to 1
	Late time.Duration // a schedule that has not started for longer than this is late
}

// Contract gives the bounds of the health route, which no setting changes.
func Contract() Bounds { return Bounds{enoughRuns, tooMany, lateAfter} }

// Judge gives the reasons why syncing is not well, platform by platform in their order, within each the worst first. A
// failure rate of all platforms together is a reason only where no single platform's is.
func (h *Health) Judge(f *Facts, l Bounds) []Reason {
	var out []Reason
	if r := h.silent(f); r != nil {
		out = append(out, *r)
	}
	all, rated := &PlatformFacts{}, false
	for _, s := range h.platforms.Specs() {
		p := f.Platforms[s.ID]
		all.Counts.Success += p.Counts.Success
		all.Counts.Partial += p.Counts.Partial
		all.Counts.Failed += p.Counts.Failed
		if !h.platforms.Configured(s.ID) {
			continue
		}
		if p.Refused > 0 {
			message := words.New("health.reason.refused", "Platform", s.Name, "Count", p.Refused)
			out = append(out, reason(ReasonAppRefused, s.ID, words.Sentences(message, saidBy(s.Name, p.Refusal))))
		}
		if p.Stuck > 0 {
			message := words.New("health.reason.stuck", "Platform", s.Name, "Count", p.Stuck)
			out = append(out, reason(ReasonRunStuck, s.ID, message))
		}
		if p.Broken >= enoughDown {
			message := words.New("health.reason.down", "Platform", s.Name, "Count", p.Broken)
			out = append(out, reason(ReasonPlatformDown, s.ID, message))
		}
		if late, ok := h.late(f, s.ID, l.Late); ok {
			message := words.New("health.reason.late", "Platform", s.Name, "At", moment(late))
			out = append(out, reason(ReasonScheduleLate, s.ID, message))
		}
		if l.exceeds(p) {
			rated = true
			message := words.New(
				"health.reason.rate", "Platform", s.Name, "Failed", p.Counts.Failed, "Count", p.Ended(), "Percent", p.percent())
			out = append(out, reason(ReasonFailureRate, s.ID, message))
		}
	}
	if !rated && l.exceeds(all) {
		out = append(out, Reason{Code: ReasonFailureRate, Message: words.New(
			"health.reason.rateAll", "Failed", all.Counts.Failed, "Count", all.Ended(), "Percent", all.percent())})
	}
	return out
}

func saidBy(platform, detail string) words.Text {
	if detail == "" {
		return words.Text{}
	}
	return words.New("health.reason.saidBy", "Platform", platform, "Detail", strings.TrimSuffix(detail, "."))
}

// moment is a time in a message that is stored and read later: always with its date.
func moment(t time.Time) words.Value { return words.Clock(t, time.Time{}, nil) }

func reason(code, platform string, message words.Text) Reason {
	return Reason{Code: code, Platform: &platform, Message: message}
}

// percent is the failure rate as people read it; something has ended.
func (p *PlatformFacts) percent() words.Value { return words.Percent(*p.FailureRate()*100, 0) }

// FailureRate is the failed part of the runs that ended in 24 hours, from 0 to 1; nil without any.
func (p *PlatformFacts) FailureRate() *float64 {
	n := p.Ended()
	if n == 0 {
		return nil
	}
	v := float64(p.Counts.Failed) / float64(n)
	return &v
}

func (l Bounds) exceeds(p *PlatformFacts) bool {
	return p.Ended() > 0 && p.Ended() >= l.Runs && *p.FailureRate() > l.Rate
}

// SchedulerRuns reports that the scheduler ticks, or that this process has only just begun.
func (h *Health) SchedulerRuns(f *Facts) bool { return h.silent(f) == nil }

// silent reports a scheduler that has not ticked. A process that has just begun has its grace.
func (h *Health) silent(f *Facts) *Reason {
	last := h.started
	if c := f.clocks[tick]; c != nil && c.LastAt != nil && c.LastAt.After(last) {
		last = c.LastAt.UTC()
	}
	if f.Now.Sub(last) <= silentAfter {
		return nil
	}
	return &Reason{
		Code:    ReasonSchedulerSilent,
		Message: words.New("health.reason.silent", "At", moment(last)),
	}
}

// late gives the time a platform's schedule should have started at, if that is too long ago.
func (h *Health) late(f *Facts, id string, after time.Duration) (time.Time, bool) {
	c := f.clocks[id]
	if c == nil || c.NextAt == nil {
		return time.Time{}, false
	}
	due := c.NextAt.UTC()
	counted := due
	if counted.Before(h.started) {
		counted = h.started
	}
	return due, f.Now.Sub(counted) > after
}

// next is when the platform's schedule starts next.
func (h *Health) next(f *Facts, id string) *time.Time {
	if !h.platforms.Configured(id) {
		return nil
	}
	if c := f.clocks[id]; c != nil && c.NextAt != nil {
		return store.UTC(c.NextAt)
	}
	s, ok := h.platforms.Settings(id)
	if !ok {
		return nil
	}
	at := s.Cron.Next(f.Now)
	return store.UTC(&at)
}
