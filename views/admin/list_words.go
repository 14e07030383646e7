package admin

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/syncer/planner"
	"github.com/truecount/truecount/views/layout"
	"github.com/truecount/truecount/views/ui"
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
	for name, value := range map[string]string{"platform": q.Platform, "state": q.State, "code": q.Code, "q": q.Search, "from": q.From, "to": q.To} {
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

func pageOf(base string, page int) string {
	sep := "?"
	if strings.Contains(base, "?") {
		sep = "&"
	}
	return base + sep + "page=" + strconv.Itoa(page)
}

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

func listHead(p layout.Page, f *console.Failures) string {
	s := ui.Plural(int64(f.Total), "run", "runs")
	if f.Platform != "" {
		s += " on " + platformName(p, f.Platform)
	}
	if f.Code != "" {
		s += ", " + f.Code
	}
	return s
}

func emptyFailures(f *console.Failures) string {
	if len(f.Groups) == 0 {
		return "Nothing waits: no sync has failed that nobody has dealt with."
	}
	return "No failed sync is like that. Others are listed under Reasons."
}

func emptyConnections(l *console.Connections) string {
	if len(l.Statuses) == 0 {
		return "No accounts yet. They appear when creators connect them."
	}
	return "No account is like that."
}

func retryHead(p layout.Page, q console.Query, b planner.Bulk) string {
	s := "Retry " + ui.Plural(int64(b.Runs), "failed sync", "failed syncs")
	if q.Platform != "" {
		s += " on " + platformName(p, q.Platform)
	}
	if q.Code != "" {
		s += " (" + q.Code + ")"
	}
	return s + "?"
}

func priceWords(b planner.Price) string {
	s := fmt.Sprintf("%s: %s, %s", b.Platform, ui.Plural(int64(b.Syncs), "account", "accounts"), ui.Plural(b.Units, "unit of its quota", "units of its quota"))
	if b.Takes > time.Second {
		s += ", about " + ui.Length(b.Takes) + " at its pace"
	}
	return s + "."
}

// Left is what a day's quota has left.
type Left struct {
	Units int64
	Ends  *time.Time
}

// leftWords says what part of what is left today something would take, and what becomes of the rest.
func leftWords(p layout.Page, price planner.Price, l Left) string {
	until := ""
	if l.Ends != nil {
		until = " until " + ui.Clock(*l.Ends, p.Now, p.Zone)
	}
	switch {
	case l.Units <= 0:
		return "Nothing of today's quota is left" + until + ": all of it waits for the next day, and goes on by itself."
	case price.Units > l.Units:
		return fmt.Sprintf("Only %s are left today%s: the rest waits for the next day, and goes on by itself.", ui.Plural(l.Units, "unit", "units"), until)
	default:
		share := "less than 1%"
		if price.Units*100 >= l.Units {
			share = ui.Percent(float64(price.Units)/float64(l.Units)*100, 0)
		}
		return fmt.Sprintf("That is %s of the %s left today%s.", share, ui.Plural(l.Units, "unit", "units"), until)
	}
}

// unfitWords says what cannot be retried and why.
func unfitWords(b planner.Bulk) []string {
	why := map[string]string{
		"needs_reconnect": "wait for their creators to reconnect", "paused": "are of accounts that an admin paused", "disconnected": "are of accounts that are disconnected",
	}
	var out []string
	for _, status := range []string{"needs_reconnect", "paused", "disconnected"} {
		if n := b.Unfit[status]; n > 0 {
			out = append(out, ui.Plural(int64(n), "sync", "syncs")+" cannot be retried: they "+why[status]+". They stay listed; dismiss them if nobody waits for them.")
		}
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

func statusWord(status string) string { _, _, word := statusLook(status); return word }

// statusLine sums the connections up.
func statusLine(l *console.Connections) string {
	var parts []string
	for _, s := range statuses {
		if n := l.Statuses[s]; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+strings.ToLower(statusWord(s)))
		}
	}
	if len(parts) == 0 {
		return "Every account that creators have connected, and its state."
	}
	return strings.Join(parts, " · ")
}

func bulkHead(p layout.Page, v BulkView) string {
	s := ui.Plural(int64(v.All), "account", "accounts")
	if v.Platform != "" {
		s += " on " + platformName(p, v.Platform)
	}
	if v.Status != "" {
		s += ", " + strings.ToLower(statusWord(v.Status))
	}
	if v.Search != "" {
		s += ", with “" + v.Search + "” in the name"
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

func accountsHead(l *console.Connections) string {
	if l.More {
		return "the first " + ui.Exact(int64(l.Total)) + " accounts found"
	}
	return ui.Plural(int64(l.Total), "account", "accounts")
}

func actLabel(l *console.Connections) string {
	if l.More {
		return "Act on all that are found"
	}
	return "Act on all " + strconv.Itoa(l.Total)
}
