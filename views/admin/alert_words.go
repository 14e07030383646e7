package admin

import (
	"net/url"
	"strconv"
	"time"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/views/layout"
	"github.com/truecount/truecount/views/ui"
)

func alertsURL(q alerts.Query) string {
	v := url.Values{}
	if q.State != "open" {
		v.Set("state", q.State)
	}
	if q.Rule != "" {
		v.Set("rule", q.Rule)
	}
	if q.Platform != "" {
		v.Set("platform", q.Platform)
	}
	if len(v) == 0 {
		return "/admin/alerts"
	}
	return "/admin/alerts?" + v.Encode()
}

func alertsLine(l *alerts.List) string {
	if l.Open == 0 {
		return "Nothing is wrong that a rule knows of."
	}
	return ui.Plural(int64(l.Open), "alert is open.", "alerts are open.")
}

func alertsHead(l *alerts.List) string {
	switch l.State {
	case "over":
		return ui.Plural(int64(l.Total), "alert that is over", "alerts that are over")
	case "all":
		return ui.Plural(int64(l.Total), "alert in all", "alerts in all")
	default:
		return ui.Plural(int64(l.Total), "open alert", "open alerts")
	}
}

func emptyAlerts(l *alerts.List) string {
	if l.State == "open" && l.Rule == "" && l.Platform == "" {
		return "No alert is open. Each rule is looked at every minute; what is over is listed under State: Over."
	}
	return "No alert is like that."
}

func alertLook(p layout.Page, a alerts.Row) (tone, icon, word, tip string) {
	switch {
	case a.Resolved != nil:
		return "ok", "circle-check", "Over", ui.Stamp(*a.Resolved, p.Zone)
	case a.Muted != nil:
		return "neutral", "circle-slash", "Muted until " + ui.Clock(*a.Muted, p.Now, p.Zone), ui.Stamp(*a.Muted, p.Zone)
	case a.Acked != nil:
		return "info", "check", "Acknowledged", ui.Stamp(*a.Acked, p.Zone)
	case a.Rule.Severity == alerts.SeverityCritical:
		return "err", "circle-x", "Open", ""
	default:
		return "warn", "triangle-alert", "Open", ""
	}
}

func untold(a alerts.Row) string {
	switch {
	case a.Follows != "":
		return "Another alert speaks for it"
	case a.Muted != nil:
		return "It is muted"
	default:
		return "Nobody was written to"
	}
}

func actedLine(a alerts.Row) string {
	if a.By == "" {
		return "Reason: " + a.Reason
	}
	return a.By + ": " + a.Reason
}

// affectedLink leads to what an alert is about.
func affectedLink(a alerts.Row) (where, label string) {
	switch a.Rule.ID {
	case health.ReasonFailureRate, health.ReasonPlatformDown, health.ReasonAppRefused:
		return failuresURL(console.Query{Platform: a.Platform}), "Show the failed syncs"
	case alerts.RuleDeadLetter:
		return failuresURL(console.Query{Platform: a.Platform, Dead: true}), "Show what gave up"
	case alerts.RuleTokenExpired, alerts.RuleTokenTampered:
		return connectionsURL(console.Query{Platform: a.Platform, Status: "needs_reconnect"}), "Show the accounts"
	case alerts.RuleRateLimitHit:
		return runsURL(console.RunQuery{Platform: a.Platform, State: "limited"}), "Show the syncs"
	case alerts.RuleQuotaSpent:
		return "/admin/quotas", "Show the quotas"
	case alerts.RuleQueueStuck:
		return runsURL(console.RunQuery{Platform: a.Platform, State: "queued"}), "Show what waits"
	case health.ReasonRunStuck:
		return runsURL(console.RunQuery{Platform: a.Platform, State: "running"}), "Show what is under way"
	case alerts.RuleBackupFailed, health.ReasonDatabaseNotWritable:
		return "/admin/config", "Open the set-up check"
	default:
		return "/admin", "Open sync health"
	}
}

func noMessages(s *alerts.Story) string {
	switch {
	case s.Root != nil:
		return "None: another alert speaks for this one."
	case s.Muted != nil:
		return "None: it is muted."
	default:
		return "None yet. Where no channel is set, an alert is only shown here."
	}
}

func eventWord(event string) string {
	return map[string]string{"opened": "It opened", "reminder": "It lasts", "over": "It is over"}[event]
}

func deliveryLook(p layout.Page, d alerts.DeliveryRow) (tone, icon, word, tip string) {
	switch {
	case d.Sent != nil:
		return "ok", "circle-check", "Sent", ui.Stamp(*d.Sent, p.Zone)
	case d.Dropped != nil && d.Attempts == 0:
		return "neutral", "circle-slash", "Not needed", ui.Stamp(*d.Dropped, p.Zone)
	case d.Dropped != nil:
		return "err", "circle-x", "Failed", ui.Stamp(*d.Dropped, p.Zone)
	case d.Next != nil && !d.Next.After(p.Now):
		return "neutral", "hourglass", "Sent within a minute", ui.Stamp(*d.Next, p.Zone)
	case d.Next != nil && d.Attempts > 0:
		return "warn", "timer", "Tried again at " + ui.Clock(*d.Next, p.Now, p.Zone), ui.Stamp(*d.Next, p.Zone)
	case d.Next != nil:
		return "neutral", "hourglass", "Waits until " + ui.Clock(*d.Next, p.Now, p.Zone), ui.Stamp(*d.Next, p.Zone)
	default:
		return "neutral", "circle-dashed", "Unknown", ""
	}
}

func heldWord(held bool, status string) string {
	switch {
	case !held:
		return "None"
	case status == "needs_reconnect":
		return "Stored, encrypted, not used any more"
	default:
		return "Stored, encrypted"
	}
}

func statusTone(status int) string {
	switch {
	case status < 400:
		return "ok"
	case status == 429:
		return "warn"
	default:
		return "err"
	}
}

func statusIcon(status int) string {
	switch statusTone(status) {
	case "ok":
		return "circle-check"
	case "warn":
		return "hourglass"
	default:
		return "circle-x"
	}
}

var runStates = [][2]string{
	{"queued", "Queued"}, {"deferred", "Deferred"}, {"running", "Running"}, {"retrying", "Retrying"}, {"success", "Success"}, {"partial", "Partial"},
	{"failed", "Failed"}, {"dead", "Dead letter"}, {"limited", "Rate limited"},
}

func runsHead(p layout.Page, r *console.Runs) string {
	s := "Runs"
	if r.Platform != "" {
		s += " on " + platformName(p, r.Platform)
	}
	for _, st := range runStates {
		if st[0] == r.State {
			s += ", " + st[1]
		}
	}
	if r.Code != "" {
		s += ", " + r.Code
	}
	return s
}

// callTook writes how long a call took.
func callTook(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return ui.Length(d)
}

// typedOr is what was typed into a number's field; else what is set.
func typedOr(v AlertsView, t alerts.Threshold) string {
	if s, ok := v.Typed[t.Name]; ok {
		return s
	}
	return strconv.Itoa(v.Settings.Value(t.Name))
}
