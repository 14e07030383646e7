package admin

import (
	"strings"

	"net/url"
	"strconv"
	"time"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/layout"
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

func alertsLine(l *alerts.List) words.Text {
	if l.Open == 0 {
		return words.New("admin.alerts.allClear")
	}
	return words.New("admin.alerts.openLine", "Count", l.Open)
}

func alertsHead(l *alerts.List) words.Text {
	switch l.State {
	case "over":
		return words.New("admin.alerts.headResolved", "Count", l.Total)
	case "all":
		return words.New("admin.alerts.headAll", "Count", l.Total)
	default:
		return words.New("admin.alerts.headOpen", "Count", l.Total)
	}
}

func emptyAlerts(l *alerts.List) words.Text {
	if l.State == "open" && l.Rule == "" && l.Platform == "" {
		return words.New("admin.alerts.emptyOpen")
	}
	return words.New("admin.alerts.noMatch")
}

func alertLook(w words.Printer, p layout.Page, a alerts.Row) (tone, icon, word, tip string) {
	switch {
	case a.Resolved != nil:
		return "ok", "circle-check", w.Say("admin.alerts.resolved"), w.Stamp(*a.Resolved, p.Zone)
	case a.Muted != nil:
		return "neutral", "circle-slash", w.Say(
				"admin.alerts.mutedUntil",
				"At",
				words.Clock(*a.Muted, p.Now, p.Zone),
			), w.Stamp(
				*a.Muted,
				p.Zone,
			)
	case a.Acked != nil:
		return "info", "check", w.Say("admin.alerts.acknowledged"), w.Stamp(*a.Acked, p.Zone)
	case a.Rule.Severity == alerts.SeverityCritical:
		return "err", "circle-x", w.Say("admin.alerts.open"), ""
	default:
		return "warn", "triangle-alert", w.Say("admin.alerts.open"), ""
	}
}

// notNotified says why no message was sent about an alert.
func notNotified(a alerts.Row) words.Text {
	switch {
	case a.Follows != "":
		return words.New("admin.alerts.coveredShort")
	case a.Muted != nil:
		return words.New("admin.alerts.muted")
	default:
		return words.New("admin.alerts.notNotified")
	}
}

func actedLine(a alerts.Row) words.Text {
	if a.By == "" {
		return words.New("admin.alerts.reason", "Reason", a.Reason)
	}
	return words.New("admin.alerts.reasonBy", "Who", a.By, "Reason", a.Reason)
}

// affectedLink leads to what an alert is about.
func affectedLink(a alerts.Row) (where string, label words.Text) {
	switch a.Rule.ID {
	case health.ReasonFailureRate, health.ReasonPlatformDown, health.ReasonAppRefused:
		return failuresURL(console.Query{Platform: a.Platform}), words.New("admin.alerts.showFailed")
	case alerts.RuleDeadLetter:
		return failuresURL(console.Query{Platform: a.Platform, Dead: true}), words.New("admin.alerts.showFailed")
	case alerts.RuleTokenExpired, alerts.RuleTokenTampered:
		return connectionsURL(
				console.Query{Platform: a.Platform, Status: "needs_reconnect"},
			), words.New(
				"admin.alerts.showAccounts",
			)
	case alerts.RuleRateLimitHit:
		return runsURL(console.RunQuery{Platform: a.Platform, State: "limited"}), words.New("admin.alerts.showSyncs")
	case alerts.RuleQuotaSpent:
		return "/admin/quotas", words.New("admin.alerts.showQuotas")
	case alerts.RuleQueueStuck:
		return runsURL(console.RunQuery{Platform: a.Platform, State: "queued"}), words.New("admin.alerts.showWaiting")
	case health.ReasonRunStuck:
		return runsURL(console.RunQuery{Platform: a.Platform, State: "running"}), words.New("admin.alerts.showRunning")
	case alerts.RuleBackupFailed, health.ReasonDatabaseNotWritable:
		return "/admin/config", words.New("admin.alerts.openSetup")
	default:
		return "/admin", words.New("admin.alerts.openHealth")
	}
}

func noMessages(s *alerts.Story) words.Text {
	switch {
	case s.Root != nil:
		return words.New("admin.alerts.noneCovered")
	case s.Muted != nil:
		return words.New("admin.alerts.noneMuted")
	default:
		return words.New("admin.alerts.noneYet")
	}
}

func eventWord(event string) words.Text {
	id := map[string]string{
		"opened": "admin.alerts.eventOpened", "reminder": "admin.alerts.eventReminder", "over": "admin.alerts.eventResolved",
	}[event]
	if id == "" {
		return words.Plain(event)
	}
	return words.New(id)
}

// channelName is a channel as people read it. Mailboxes are stored under a name of their own.
func channelName(w words.Printer, name string) string {
	if address, mail := strings.CutPrefix(name, "e-mail "); mail {
		return w.Say("admin.alerts.mailbox", "Address", address)
	}
	return name
}

func deliveryLook(w words.Printer, p layout.Page, d alerts.DeliveryRow) (tone, icon, word, tip string) {
	switch {
	case d.Sent != nil:
		return "ok", "circle-check", w.Say("admin.alerts.sent"), w.Stamp(*d.Sent, p.Zone)
	case d.Dropped != nil && d.Attempts == 0:
		return "neutral", "circle-slash", w.Say("admin.alerts.notNeeded"), w.Stamp(*d.Dropped, p.Zone)
	case d.Dropped != nil:
		return "err", "circle-x", w.Say("admin.alerts.failed"), w.Stamp(*d.Dropped, p.Zone)
	case d.Next != nil && !d.Next.After(p.Now):
		return "neutral", "hourglass", w.Say("admin.alerts.soon"), w.Stamp(*d.Next, p.Zone)
	case d.Next != nil && d.Attempts > 0:
		return "warn", "timer", w.Say(
				"admin.alerts.retryAt",
				"At",
				words.Clock(*d.Next, p.Now, p.Zone),
			), w.Stamp(
				*d.Next,
				p.Zone,
			)
	case d.Next != nil:
		return "neutral", "hourglass", w.Say(
				"admin.alerts.waitsUntil",
				"At",
				words.Clock(*d.Next, p.Now, p.Zone),
			), w.Stamp(
				*d.Next,
				p.Zone,
			)
	default:
		return "neutral", "circle-dashed", w.Say("admin.alerts.unknown"), ""
	}
}

func heldWord(held bool, status string) words.Text {
	switch {
	case !held:
		return words.New("admin.access.none")
	case status == "needs_reconnect":
		return words.New("admin.access.unused")
	default:
		return words.New("admin.access.stored")
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

// runStates are the results that a list can be filtered by, with the ids of their words.
var runStates = [][2]string{
	{
		"queued",
		"admin.run.queued",
	}, {"deferred", "admin.run.deferred"}, {"running", "admin.run.running"}, {"retrying", "admin.run.retrying"},
	{
		"success",
		"admin.run.success",
	}, {"partial", "admin.run.partial"}, {"failed", "admin.run.failed"}, {"dead", "admin.run.dead"},
	{"limited", "admin.run.limited"},
}

func runsHead(w words.Printer, p layout.Page, r *console.Runs) string {
	s := w.Say("admin.run.all")
	if r.Platform != "" {
		s = w.Say("admin.run.allOn", "Platform", platformName(p, r.Platform))
	}
	for _, st := range runStates {
		if st[0] == r.State {
			s += ", " + w.Say(st[1])
		}
	}
	if r.Code != "" {
		s += ", " + r.Code
	}
	return s
}

// callTook writes how long a call took.
func callTook(w words.Printer, d time.Duration) string {
	if d < time.Second {
		return w.Say("admin.run.milliseconds", "Number", d.Milliseconds())
	}
	return w.Length(d)
}

// typedOr is what was typed into a number's field; else what is set.
func typedOr(v AlertsView, t alerts.Threshold) string {
	if s, ok := v.Typed[t.Name]; ok {
		return s
	}
	return strconv.Itoa(v.Settings.Value(t.Name))
}
