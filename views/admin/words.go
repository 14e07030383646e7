// Package admin owns the pages of those who look after syncing: how it goes, what failed and why,
// with the codes that creators are spared. It shows no creator's numbers and computes only words.
package admin

import (
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/views/layout"
	"github.com/truecount/truecount/views/ui"
)

func pace(c *console.Overview) string {
	if c.Running+c.Queued > 0 {
		return "every 2s, refresh"
	}
	return "every 30s, refresh"
}

func pageURL(filter string) string {
	if filter == "" || filter == "all" {
		return "/admin"
	}
	return "/admin?show=" + filter
}

func filters(current string) []ui.Option {
	if current == "" {
		current = "all"
	}
	out := []ui.Option{}
	for _, f := range []struct{ key, label string }{{"all", "All"}, {"failed", "Failed"}, {"limited", "Rate limited"}} {
		out = append(out, ui.Option{Label: f.label, Long: f.label + " runs", Href: pageURL(f.key), On: f.key == current})
	}
	return out
}

// look gives a run's state in the fixed words.
func look(p layout.Page, r console.RunRow) (tone, icon, word, tip string) {
	at := func(lead string) (word, tip string) {
		if r.NextAttemptAt == nil {
			return lead, ""
		}
		return lead + " " + ui.Clock(*r.NextAttemptAt, p.Now, p.Zone), ui.Stamp(*r.NextAttemptAt, p.Zone)
	}
	switch r.State {
	case "queued":
		return "neutral", "hourglass", "Queued", ""
	case "deferred":
		word, tip = at("Deferred until")
		return "neutral", "hourglass", word, tip
	case "running":
		return "info", "loader", "Running", ""
	case "retrying":
		word, tip = at("Retrying at")
		return "warn", "timer", word, tip
	case "success":
		return "ok", "circle-check", "Success", ""
	case "partial":
		return "warn", "circle-alert", "Partial", ""
	case "failed":
		return "err", "circle-x", "Failed", ""
	case "dead":
		return "err", "archive-x", "Dead letter", ""
	default:
		return "neutral", "circle-dashed", r.State, ""
	}
}

func statusLook(status string) (tone, icon, word string) {
	switch status {
	case "needs_reconnect":
		return "err", "circle-x", "Needs reconnect"
	case "expiring":
		return "warn", "clock", "Expiring"
	case "limited":
		return "warn", "circle-alert", "Partly connected"
	case "paused":
		return "neutral", "circle-pause", "Paused"
	case "disconnected":
		return "neutral", "circle-slash", "Disconnected"
	case "connected":
		return "ok", "circle-check", "Connected"
	default:
		return "neutral", "circle-dashed", status
	}
}

func panelIcon(tone string) string {
	switch tone {
	case "ok":
		return "circle-check"
	case "warn":
		return "circle-alert"
	case "err":
		return "circle-x"
	default:
		return "circle-dashed"
	}
}

// trigger says who asked for a run.
func trigger(t string) string {
	switch t {
	case "first":
		return "first sync"
	case "schedule":
		return "schedule"
	case "creator":
		return "creator"
	case "admin":
		return "admin"
	case "api":
		return "API"
	case "command":
		return "command"
	case "retry":
		return "retry by admin"
	default:
		return t
	}
}

func length(d *time.Duration) string {
	if d == nil {
		return ""
	}
	return ui.Length(*d)
}

func attempt(r console.RunRow) string {
	if r.MaxAttempts == 0 || r.Attempt < 1 || r.Attempt == 1 && r.State != "failed" {
		return ""
	}
	return "attempt " + strconv.Itoa(r.Attempt) + " of " + strconv.Itoa(r.MaxAttempts)
}

func bars(hours []health.Hour) []ui.Bar {
	out := make([]ui.Bar, len(hours))
	for i, h := range hours {
		out[i] = ui.Bar{Start: h.Start, Good: h.Good, Partial: h.Partial, Failed: h.Failed}
	}
	return out
}

func dayBars(days []health.Day) []ui.Bar {
	out := make([]ui.Bar, len(days))
	for i, d := range days {
		out[i] = ui.Bar{Start: d.Start, Good: d.Good, Partial: d.Partial, Failed: d.Failed}
	}
	return out
}

func percent(v *float64) string {
	if v == nil {
		return ""
	}
	return ui.Percent(*v, 1)
}

// figures are the page's big numbers.
func figures(p layout.Page, c *console.Overview) []ui.Big {
	runs := ui.Plural(int64(c.Runs24h), "run", "runs") + " in 24 h"
	success := ui.Big{Label: "Success rate, 24 h", Value: percent(c.Success24h), Why: why(c.Success24h == nil, "No runs ended in 24 h")}
	if c.Success24h != nil {
		success.Exact = runs
		if c.Success7d != nil {
			d := *c.Success24h - *c.Success7d
			success.Delta = ui.Signed(d, 1, " pt")
			if !strings.ContainsAny(success.Delta, "+−") {
				d = 0
			}
			success.Change, success.Against = &d, "against 7 days ("+percent(c.Success7d)+")"
		} else {
			success.Detail = runs
		}
	}
	failure := ui.Big{
		Label: "Failure rate, 24 h", Value: percent(c.Failure24h), Why: why(c.Failure24h == nil, "No runs ended in 24 h"),
		Detail: ui.Exact(int64(c.Failed24h)) + " of " + runs,
	}
	if c.Failure24h == nil {
		failure.Detail = ""
	} else {
		failure.Exact = failure.Detail
	}
	need := ui.Big{
		Label: "Connections needing a person", Value: ui.Exact(int64(c.NeedAction)),
		Detail: "of " + ui.Plural(int64(c.Connections), "connection", "connections"),
	}
	if c.Connections == 0 {
		need.Detail = "no connections yet"
	}
	if c.Expiring > 0 {
		need.Detail += " · " + strconv.Itoa(c.Expiring) + " whose access ends soon"
	}
	if c.NeedAction > 0 {
		need.Tone = "err"
		if c.OldestNeed != nil {
			need.Detail += " · oldest " + ui.Ago(*c.OldestNeed, p.Now, p.Zone)
		}
	}
	limits := ui.Big{Label: "Rate-limit hits, 24 h", Value: ui.Exact(int64(c.RateLimits)), Detail: "runs that had to wait for a platform"}
	took := ui.Big{Label: "Median sync duration", Value: length(c.MedianDuration), Why: why(c.MedianDuration == nil, "No runs ended in 24 h")}
	if c.P95Duration != nil {
		took.Detail = "p95 " + length(c.P95Duration)
	}
	if c.QueueWait != nil {
		took.Detail = strings.TrimPrefix(took.Detail+" · queue wait p95 "+length(c.QueueWait), " · ")
	}
	out := []ui.Big{success, failure, need, limits, took}
	for i := range out {
		if out[i].Exact == "" {
			out[i].Exact = out[i].Value
		}
	}
	return out
}

func why(missing bool, words string) string {
	if missing {
		return words
	}
	return ""
}

func emptyRuns(c *console.Overview) string {
	in := " (" + ui.Plural(int64(c.Runs24h), "run", "runs") + " in 24 h)."
	switch c.Filter {
	case "failed":
		return "No failed runs" + in
	case "limited":
		return "No run met a rate limit" + in
	default:
		return "No runs yet. The first one starts when an account is connected."
	}
}

func lastSuccess(pl console.Panel) string { return "No success yet on " + pl.Name }

// batchWords says how far a batch has come.
func batchWords(b *console.Batch) string {
	s := ui.Exact(int64(b.Ended)) + " of " + ui.Plural(int64(b.All), "sync", "syncs") + " done"
	if b.Left != nil {
		s += ", " + strconv.FormatFloat(b.Rate, 'f', 1, 64) + " a second, about " + ui.Length(*b.Left) + " left"
	}
	return s
}
