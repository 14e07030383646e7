package admin

import (
	"strings"
	"time"

	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/words"
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

func filters(w words.Printer, current string) []ui.Option {
	if current == "" {
		current = "all"
	}
	out := []ui.Option{}
	for _, f := range []struct{ key, label string }{{"all", "admin.common.all"}, {"failed", "admin.run.failed"},
		{"limited", "admin.run.limited"}} {
		out = append(
			out,
			ui.Option{Label: w.Say(f.label), Long: w.Say("admin.health.filterLong"), Href: pageURL(f.key), On: f.key == current},
		)
	}
	return out
}

// look gives a run's state in the fixed words.
func look(w words.Printer, p layout.Page, r console.RunRow) (tone, icon, word, tip string) {
	var next words.Value = words.Plain("")
	if r.NextAttemptAt != nil {
		next, tip = words.Clock(*r.NextAttemptAt, p.Now, p.Zone), w.Stamp(*r.NextAttemptAt, p.Zone)
	}
	switch r.State {
	case "queued":
		return "neutral", "hourglass", w.Say("admin.run.queued"), ""
	case "deferred":
		if r.NextAttemptAt == nil {
			return "neutral", "hourglass", w.Say("admin.run.deferred"), ""
		}
		return "neutral", "hourglass", w.Say("admin.run.waitingUntil", "At", next), tip
	case "running":
		return "info", "loader", w.Say("admin.run.running"), ""
	case "retrying":
		if r.NextAttemptAt == nil {
			return "warn", "timer", w.Say("admin.run.retrying"), ""
		}
		return "warn", "timer", w.Say("admin.run.retryingAt", "At", next), tip
	case "success":
		return "ok", "circle-check", w.Say("admin.run.success"), ""
	case "partial":
		return "warn", "circle-alert", w.Say("admin.run.partial"), ""
	case "failed":
		return "err", "circle-x", w.Say("admin.run.failed"), ""
	case "dead":
		return "err", "archive-x", w.Say("admin.run.failed"), w.Say("admin.run.afterAttempts")
	default:
		return "neutral", "circle-dashed", r.State, ""
	}
}

func statusLook(w words.Printer, status string) (tone, icon, word string) {
	switch status {
	case "needs_reconnect":
		return "err", "circle-x", w.Say("creator.state.reconnect")
	case "expiring":
		return "warn", "clock", w.Say("creator.state.expiring")
	case "limited":
		return "warn", "circle-alert", w.Say("creator.state.limited")
	case "paused":
		return "neutral", "circle-pause", w.Say("creator.state.paused")
	case "disconnected":
		return "neutral", "circle-slash", w.Say("creator.state.disconnected")
	case "connected":
		return "ok", "circle-check", w.Say("admin.accounts.connected")
	default:
		return "neutral", "circle-dashed", status
	}
}

// trigger says who asked for a run.
func trigger(t string) words.Text {
	switch t {
	case "first":
		return words.New("admin.trigger.first")
	case "schedule":
		return words.New("admin.trigger.schedule")
	case "creator":
		return words.New("admin.trigger.creator")
	case "admin":
		return words.New("admin.trigger.admin")
	case "api":
		return words.New("admin.trigger.api")
	case "command":
		return words.New("admin.trigger.command")
	case "retry":
		return words.New("admin.trigger.retry")
	default:
		return words.Plain(t)
	}
}

func length(w words.Printer, d *time.Duration) string {
	if d == nil {
		return ""
	}
	return w.Length(*d)
}

func attempt(r console.RunRow) words.Text {
	if r.MaxAttempts == 0 || r.Attempt < 1 || r.Attempt == 1 && r.State != "failed" {
		return words.Text{}
	}
	return words.New("admin.run.attempt", "Number", r.Attempt, "Most", r.MaxAttempts)
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

func percent(w words.Printer, v *float64) string {
	if v == nil {
		return ""
	}
	return w.Percent(*v, 1)
}

// figures are the page's big numbers.
func figures(w words.Printer, p layout.Page, c *console.Overview) []ui.Big {
	runs := w.Say("admin.kpi.runs", "Count", c.Runs24h)
	none := w.Say("admin.health.noneEnded")
	success := ui.Big{
		Label: w.Say("admin.kpi.success"),
		Value: percent(w, c.Success24h),
		Why:   why(c.Success24h == nil, none),
	}
	if c.Success24h != nil {
		success.Exact = runs
		if c.Success7d != nil {
			d := *c.Success24h - *c.Success7d
			success.Delta = w.SignedPoints(d, 1)
			if !strings.ContainsAny(success.Delta, "+−") {
				d = 0
			}
			success.Change, success.Against = &d, w.Say("admin.kpi.vs7d", "Percent", percent(w, c.Success7d))
		} else {
			success.Detail = runs
		}
	}
	failure := ui.Big{
		Label: w.Say("admin.kpi.failure"), Value: percent(w, c.Failure24h), Why: why(c.Failure24h == nil, none),
		Detail: w.Say("admin.kpi.failed", "Failed", c.Failed24h, "Runs", runs),
	}
	if c.Failure24h == nil {
		failure.Detail = ""
	} else {
		failure.Exact = failure.Detail
	}
	out := []ui.Big{success, failure, needs(w, p, c), {
		Label: w.Say("admin.kpi.limited"), Value: w.Exact(int64(c.RateLimits)), Detail: w.Say("admin.kpi.limitedMeans"),
	}, took(w, c)}
	for i := range out {
		if out[i].Exact == "" {
			out[i].Exact = out[i].Value
		}
	}
	return out
}

// needs is how many connections wait for their creators.
func needs(w words.Printer, p layout.Page, c *console.Overview) ui.Big {
	parts := []words.Text{words.New("admin.kpi.ofConnections", "Count", c.Connections)}
	if c.Connections == 0 {
		parts = []words.Text{words.New("admin.kpi.noConnections")}
	}
	if c.Expiring > 0 {
		parts = append(parts, words.New("admin.kpi.expiring", "Number", c.Expiring))
	}
	need := ui.Big{Label: w.Say("admin.kpi.waiting"), Value: w.Exact(int64(c.NeedAction))}
	if c.NeedAction > 0 {
		need.Tone = "err"
		if c.OldestNeed != nil {
			parts = append(parts, words.New("admin.kpi.oldest", "Ago", words.Ago(*c.OldestNeed, p.Now, p.Zone)))
		}
	}
	need.Detail = w.Text(words.Dots(parts...))
	return need
}

// took is how long syncs take, and how long they wait before.
func took(w words.Printer, c *console.Overview) ui.Big {
	var parts []words.Text
	if c.P95Duration != nil {
		parts = append(parts, words.New("admin.kpi.p95", "Length", words.Length(*c.P95Duration)))
	}
	if c.QueueWait != nil {
		parts = append(parts, words.New("admin.kpi.queueWait", "Length", words.Length(*c.QueueWait)))
	}
	return ui.Big{
		Label: w.Say(
			"admin.kpi.median",
		), Value: length(w, c.MedianDuration), Why: why(c.MedianDuration == nil, w.Say("admin.health.noneEnded")),
		Detail: w.Text(words.Dots(parts...)),
	}
}

func why(missing bool, text string) string {
	if missing {
		return text
	}
	return ""
}

func emptyRuns(c *console.Overview) words.Text {
	switch c.Filter {
	case "failed":
		return words.New("admin.health.noFailedRuns", "Count", c.Runs24h)
	case "limited":
		return words.New("admin.health.noLimitedRuns", "Count", c.Runs24h)
	default:
		return words.New("admin.health.noRuns")
	}
}

func lastSuccess(pl console.Panel) words.Text {
	return words.New("admin.health.noSuccessOn", "Platform", pl.Name)
}

// batchWords says how far a batch has come.
func batchWords(w words.Printer, b *console.Batch) string {
	if b.Left == nil {
		return w.Say("admin.batch.done", "Done", b.Ended, "Count", b.All)
	}
	return w.Say(
		"admin.batch.rate",
		"Done",
		b.Ended,
		"Count",
		b.All,
		"Rate",
		words.Decimal(b.Rate, 1),
		"Left",
		words.Length(*b.Left),
	)
}
