package config

import (
	"time"

	"github.com/robfig/cron/v3"
)

// Cron is a daily schedule in its zone.
type Cron struct {
	Text     string
	Zone     *time.Location
	schedule cron.Schedule
}

// ParseCron reads a line of five fields.
func ParseCron(line string, zone *time.Location) (Cron, error) {
	s, err := cron.ParseStandard(line)
	if err != nil {
		return Cron{}, err
	}
	return Cron{Text: line, Zone: zone, schedule: s}, nil
}

// Next is the first time after t.
func (c Cron) Next(t time.Time) time.Time {
	if c.schedule == nil {
		return time.Time{}
	}
	return c.schedule.Next(t.In(c.Zone)).UTC()
}

// Last is the newest time at or before t; zero when there was none in two months.
func (c Cron) Last(t time.Time) time.Time {
	if c.schedule == nil {
		return time.Time{}
	}
	for _, back := range []time.Duration{26 * time.Hour, 8 * 24 * time.Hour, 62 * 24 * time.Hour} {
		var last time.Time
		for at := c.Next(t.Add(-back)); !at.IsZero() && !at.After(t); at = c.Next(at) {
			last = at
		}
		if !last.IsZero() {
			return last
		}
	}
	return time.Time{}
}
