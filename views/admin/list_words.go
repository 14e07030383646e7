package admin

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/layout"
)

// queryOf writes a query as the list's links carry it, without its page.
func queryOf(q console.Query) string {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("platform", q.Platform)
	set("code", q.Code)
	set("status", q.Status)
	set("q", q.Search)
	if q.Dead {
		v.Set("state", "dead")
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

func failuresURL(q console.Query) string { return "/admin/failures" + queryOf(q) }
func runsURL(q console.RunQuery) string {
	v := url.Values{}
	for name, value := range map[string]string{"platform": q.Platform, "state": q.State, "code": q.Code,
		"q": q.Search, "from": q.From, "to": q.To} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return "/admin/runs"
	}
	return "/admin/runs?" + v.Encode()
}

func connectionsURL(q console.Query) string { return "/admin/connections" + queryOf(q) }

func platformName(p layout.Page, id string) string {
	for _, n := range p.Platforms {
		if n.ID == id {
			return n.Name
		}
	}
	return id
}

func waiting(f *console.Failures) int {
	n := 0
	for _, g := range f.Groups {
		n += g.Count
	}
	return n
}

// codes lists the reasons there are, and the one asked for.
func codes(f *console.Failures) []string {
	var out []string
	if f.Code != "" {
		out = append(out, f.Code)
	}
	for _, g := range f.Groups {
		if g.Code != "" && !slices.Contains(out, g.Code) {
			out = append(out, g.Code)
		}
	}
	slices.Sort(out)
	return out
}

func listHead(w words.Printer, p layout.Page, f *console.Failures) string {
	s := w.Say("admin.failures.head", "Count", f.Total)
	if f.Platform != "" {
		s = w.Say("admin.failures.headOn", "Count", f.Total, "Platform", platformName(p, f.Platform))
	}
	if f.Code != "" {
		s += ", " + f.Code
	}
	return s
}

func emptyFailures(f *console.Failures) words.Text {
	if len(f.Groups) == 0 {
		return words.New("admin.failures.empty")
	}
	return words.New("admin.failures.noMatch")
}

func emptyConnections(l *console.Connections) words.Text {
	if len(l.Statuses) == 0 {
		return words.New("admin.accounts.empty")
	}
	return words.New("admin.accounts.noMatch")
}

func retryHead(w words.Printer, p layout.Page, q console.Query, b planner.Bulk) string {
	s := w.Say("admin.failures.retryHead", "Count", b.Runs)
	if q.Platform != "" {
		s = w.Say("admin.failures.retryHeadOn", "Count", b.Runs, "Platform", platformName(p, q.Platform))
	}
	if q.Code != "" {
		s += " (" + q.Code + ")"
	}
	return s + "?"
}

func priceWords(b planner.Price) words.Text {
	accounts, units := words.New(
		"admin.accounts.count",
		"Count",
		b.Syncs,
	), words.New(
		"admin.quota.units",
		"Count",
		b.Units,
	)
	if b.Takes > time.Second {
		return words.New(
			"admin.failures.priceTime",
			"Platform",
			b.Platform,
			"Accounts",
			accounts,
			"Units",
			units,
			"Length",
			words.Length(b.Takes),
		)
	}
	return words.New("admin.failures.price", "Platform", b.Platform, "Accounts", accounts, "Units", units)
}

// Left is what a day's quota has left.
type Left struct {
	Units int64
	Ends  *time.Time
}

// leftWords says what part of what is left today something would take, and what becomes of the rest.
func leftWords(p layout.Page, price planner.Price, l Left) words.Text {
	left := words.New("admin.quota.units", "Count", l.Units)
	when := words.New("admin.quota.today")
	if l.Ends != nil {
		when = words.New("admin.quota.until", "At", words.Clock(*l.Ends, p.Now, p.Zone))
	}
	switch {
	case l.Units <= 0:
		return words.New("admin.failures.noneLeft", "When", when)
	case price.Units > l.Units:
		return words.New("admin.failures.onlyLeft", "Units", left, "When", when)
	case price.Units*100 < l.Units:
		return words.New("admin.failures.little", "Units", left, "When", when)
	default:
		share := words.Percent(float64(price.Units)/float64(l.Units)*100, 0)
		return words.New("admin.failures.share", "Share", share, "Units", left, "When", when)
	}
}

// unfitWords says what cannot be retried and why.
func unfitWords(b planner.Bulk) []words.Text {
	var out []words.Text
	if n := b.Unfit["needs_reconnect"]; n > 0 {
		out = append(out, words.New("admin.failures.unfitReconnect", "Count", n))
	}
	if n := b.Unfit["paused"]; n > 0 {
		out = append(out, words.New("admin.failures.unfitPaused", "Count", n))
	}
	if n := b.Unfit["disconnected"]; n > 0 {
		out = append(out, words.New("admin.failures.unfitDisconnected", "Count", n))
	}
	return out
}

func stepLook(status string) (tone, icon string) {
	switch status {
	case "success":
		return "ok", "circle-check"
	case "partial":
		return "warn", "circle-alert"
	default:
		return "err", "circle-x"
	}
}

var statuses = []string{"connected", "limited", "expiring", "needs_reconnect", "paused", "disconnected"}

func statusWord(w words.Printer, status string) string {
	_, _, word := statusLook(w, status)
	return word
}

// statusLine sums the connections up.
func statusLine(w words.Printer, l *console.Connections) string {
	var parts []string
	for _, s := range statuses {
		if n := l.Statuses[s]; n > 0 {
			parts = append(parts, w.Say("admin.accounts.countStatus", "Number", n, "Status", strings.ToLower(statusWord(w, s))))
		}
	}
	if len(parts) == 0 {
		return w.Say("admin.accounts.lead")
	}
	return strings.Join(parts, " · ")
}

func bulkHead(w words.Printer, p layout.Page, v BulkView) string {
	s := w.Say("admin.bulk.head", "Count", v.All)
	if v.Platform != "" {
		s += ", " + platformName(p, v.Platform)
	}
	if v.Status != "" {
		s += ", " + strings.ToLower(statusWord(w, v.Status))
	}
	if v.Search != "" {
		s += ", “" + v.Search + "”"
	}
	return s
}

// bulkBack leads to where one sees what comes of an action on many.
func bulkBack(v BulkView, do string) string {
	if do == "sync" {
		return "/admin"
	}
	return connectionsURL(v.Query)
}

func accountsHead(l *console.Connections) words.Text {
	if l.More {
		return words.New("admin.accounts.first", "Number", l.Total)
	}
	return words.New("admin.accounts.count", "Count", l.Total)
}

func actLabel(l *console.Connections) words.Text {
	if l.More {
		return words.New("admin.accounts.actFound")
	}
	return words.New("admin.accounts.act", "Count", l.Total)
}
