package views_test

import (
	"errors"
	"time"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/views/admin"
)

// alertRows is an alert of every rule in every state that a row tells apart.
func alertRows(message string) []alerts.Row {
	var out []alerts.Row
	for i, rule := range alerts.Rules {
		r := alerts.Row{
			ID: "al-" + rule.ID, Rule: rule, Platform: []string{"tiktok", ""}[i%2], Scope: message, Message: message, Count: 1 + i,
			Opened: noon.Add(-time.Hour), LastSeen: noon,
		}
		switch i % 5 {
		case 1:
			r.Resolved, r.Notified = ref(noon), ref(noon)
		case 2:
			r.Muted, r.Reason, r.By = ref(noon.Add(time.Hour)), message, message
		case 3:
			r.Acked, r.Reason, r.By = ref(noon), message, ""
		case 4:
			r.Follows = "al-" + alerts.Rules[0].ID
		}
		out = append(out, r)
	}
	return out
}

func alertPages() pages {
	list := &alerts.List{
		Query: alerts.Query{
			State: "open",
			Page:  1,
		}, Open: 9, Rows: alertRows("14 of 61 syncs failed."), Total: 9, Pages: 1, Settings: alerts.DefaultSettings(),
		Channels: []alerts.ChannelState{{Name: "mail"}, {Name: "chat", Sent: ref(noon), Waiting: 2}},
	}
	worst := &alerts.List{
		Query: alerts.Query{
			State:    "all",
			Rule:     hostile,
			Platform: hostile,
			Page:     2,
		}, Rows: alertRows(hostile), Total: 120, Pages: 3,
		Settings: alerts.Settings{
			Values:    map[string]int{},
			Off:       []string{alerts.Rules[0].ID},
			QuietFrom: hostile,
			QuietTo:   hostile,
			QuietZone: hostile,
		},
		Channels: []alerts.ChannelState{{Name: hostile, Error: hostile, ErrorAt: ref(noon)}},
	}
	first := alerts.Thresholds()[0].Name
	sent := admin.AlertsView{
		List: worst, Errors: bad(first, "quiet_from", "quiet_zone"), Typed: map[string]string{first: hostile},
		Tried: []alerts.TestSent{{Channel: hostile, Err: errors.New(hostile)}, {Channel: hostile}},
	}
	out := pages{
		"admin.Alerts": admin.Alerts(admins("/admin/alerts"), admin.AlertsView{List: list}),
		"admin.Alerts, nothing": admin.Alerts(admins("/admin/alerts"), admin.AlertsView{List: &alerts.List{
			Query: alerts.Query{State: "open", Page: 1}, Pages: 1, Settings: alerts.DefaultSettings(),
		}}),
		"admin.Alerts, hostile": admin.Alerts(admins("/admin/alerts"), sent),
		"admin.Alert":           admin.Alert(admins("/admin/alerts/x"), &alerts.Story{Row: list.Rows[0]}),
	}
	for _, r := range worst.Rows {
		out["admin.Alert, hostile, of "+r.Rule.ID] = admin.Alert(admins("/admin/alerts/"+r.ID), &alerts.Story{
			Row: r, Root: &worst.Rows[0], Followers: worst.Rows[3:5],
			Groups: []health.FailureGroup{
				{Platform: "tiktok", Code: hostile, Count: 3},
				{Platform: hostile, Code: "TIMEOUT", Count: 1},
			},
			Deliveries: []alerts.DeliveryRow{
				{
					ID:       "d1",
					Event:    "opened",
					Channel:  hostile,
					Attempts: 2,
					Created:  noon,
					Next:     ref(noon),
					Error:    hostile,
				},
				{ID: "d2", Event: "reminder", Channel: "mail", Attempts: 1, Created: noon, Sent: ref(noon)},
				{ID: "d3", Event: "over", Channel: "mail", Created: noon, Dropped: ref(noon)},
				{ID: "d4", Event: hostile, Channel: "mail", Created: noon},
			},
		})
	}
	return out
}
