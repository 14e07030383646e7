package people

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/words"
)

func peopleURL(v *auth.People) string {
	if v.Search == "" {
		return "/admin/users"
	}
	return "/admin/users?q=" + url.QueryEscape(v.Search)
}

func roleWord(admin bool) words.Text {
	if admin {
		return words.New("admin.common.admin")
	}
	return words.New("admin.common.creator")
}

func trailQuery(q auth.TrailQuery) string {
	v := url.Values{}
	for name, value := range map[string]string{"action": q.Action, "actor": q.Actor, "target": q.Target,
		"from": q.From, "to": q.To} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.Before > 0 {
		v.Set("before", strconv.Itoa(q.Before))
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

func olderTrail(t *auth.Trail) string {
	q := t.TrailQuery
	q.Before = t.Rows[len(t.Rows)-1].ID
	return trailQuery(q)
}

func verifiedBefore(v *auth.Verified) words.Text {
	if v.Before == 0 {
		return words.Text{}
	}
	return words.New("admin.audit.unchained", "Count", v.Before)
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// actionWord writes an action in words: "sign_in" is "sign in".
func actionWord(action string) string {
	s := strings.ReplaceAll(action, "_", " ")
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// missingActor says why an event has no name beside it.
func missingActor(r auth.TrailRow) words.Text {
	if r.ActorID == "" {
		return words.New("admin.audit.system")
	}
	return words.New("admin.audit.deletedUser")
}

// targetLink leads to what an event was about, where there is a page for it.
func targetLink(r auth.TrailRow) string {
	id := r.Target
	if i := strings.LastIndex(id, "/"); i >= 0 {
		id = id[i+1:]
	}
	if len(id) != 36 {
		return ""
	}
	switch r.Action {
	case "connect", "disconnect", "sync", "pause", "resume", "reconnect_link", "reconnect_link_made":
		return "/admin/connections/" + id
	case "retry", "cancel", "dismiss":
		return "/admin/runs/" + id
	case "alert_acknowledge", "alert_mute", "alert_unmute":
		return "/admin/alerts/" + id
	default:
		return ""
	}
}
