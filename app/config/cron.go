package config

import (
	"errors"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Cron is a daily schedule in its zone.
type Cron struct {
	Text     string
	Zone     *time.Location
	schedule cron.Schedule
}

const fiveFields = 5

// ParseCron reads a line of five fields, and refuses one whose time never comes: the clock would not take it.
func ParseCron(line string, zone *time.Location) (Cron, error) {
	if len(strings.Fields(line)) != fiveFields { // the library also takes "@every 1s" and a zone of its own
		return Cron{}, errors.New("a cron line has five fields")
	}
	s, err := cron.ParseStandard(line)
	if err != nil {
		return Cron{}, err
	}
	if s.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Cron{}, errors.New("a day like that never comes")
	}
	return Cron{Text: line, Zone: zone, schedule: s}, nil
}

// Next is the first time after t.
func (c Cron) Next(t time.Time) time.Time {
	if c.schedule == nil {
		return time.Time{}
	}
	// The line is read on the wall's clock alone: an hour that a day does not have is not skipped, and one
	// that comes twice counts once.
	l := t.In(c.Zone)
	wall := time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), l.Nanosecond(), time.UTC)
	for range 100 {
		if wall = c.schedule.Next(wall); wall.IsZero() {
			break
		}
		at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, c.Zone)
		if at.After(t) {
			return at.UTC()
		}
	}
	return time.Time{}
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
