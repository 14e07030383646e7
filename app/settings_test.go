package app_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/user"
)

// Creators and admins change their own name and time zone, and nobody else's. What cannot be used comes back as it was
// typed, with the reason beside its field, and nothing is stored. // S8, S11, W1, W2
func TestProfileSettings(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mina := h.creator("mina@example.com")
	omar := h.creator("omar@example.com")
	_, ada := h.admin("ada@example.com", "Ada")
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	row := func(email string) *ent.User {
		t.Helper()
		return h.Store.Client.User.Query().Where(user.Email(email)).OnlyX(ctx)
	}
	for name, b := range map[string]*browser{"mina": mina, "ada": ada} {
		b.lands("/settings", "/settings/profile")
		page := b.get("/settings/profile")
		if page.status != http.StatusOK || !strings.Contains(page.body, `<option value="UTC" selected>`) ||
			!strings.Contains(page.body, `<option value="Europe/Lisbon">`) {
			t.Errorf("%s: got %d, want the form with UTC chosen and Lisbon offered", name, page.status)
		}
		for _, home := range []string{"/dashboard", "/admin"} {
			if a := b.get(home); a.status == http.StatusOK && strings.Count(a.body, `href="/settings/profile"`) != 2 {
				t.Errorf("%s: got no link to the settings in both menus of %s", name, home)
			}
		}
	}
	before, omarWas := len(trail(t, h.Store.Client)), row("omar@example.com")
	own := row("mina@example.com")
	for _, c := range []struct {
		name, zone string
		wrong      []string
	}{
		{"", "Europe/Lisbon", []string{"name"}},
		{"  \t ", "Europe/Lisbon", []string{"name"}},
		{strings.Repeat("é", 101), "Europe/Lisbon", []string{"name"}},
		{"Mina\nPark", "Europe/Lisbon", []string{"name"}},
		{"Mina\x07Park", "Europe/Lisbon", []string{"name"}},
		{"Mina\u2028Park", "Europe/Lisbon", []string{"name"}},
		{"Mina Park", "", []string{"zone"}},
		{"Mina Park", "Local", []string{"zone"}},
		{"Mina Park", "Mars/Olympus", []string{"zone"}},
		{"Mina Park", "../../etc/passwd", []string{"zone"}},
		{"Mina Park", strings.Repeat("Europe/", 500), []string{"zone"}},
		{`"><script>alert(1)</script>` + strings.Repeat("x", 100), "'\"><b>", []string{"name", "zone"}},
	} {
		a := mina.post("/settings/profile", url.Values{"name": {c.name}, "zone": {c.zone}})
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%.20q in %.20q: got %d, want 422", c.name, c.zone, a.status)
			continue
		}
		for _, f := range []string{"name", "zone"} {
			if got, want := strings.Contains(a.body, `id="`+f+`-fault"`), strings.Contains(strings.Join(c.wrong, " "), f); got != want {
				t.Errorf("%.20q in %.20q: got a fault of %s %v, want %v", c.name, c.zone, f, got, want)
			}
		}
		typed := regexp.MustCompile(`(?s)name="name"[^>]*value="([^"]*)"`).FindStringSubmatch(a.body)
		if typed == nil || html.UnescapeString(typed[1]) != c.name {
			t.Errorf("%.20q: got %q in the field, want it as it was typed", c.name, typed)
		}
		if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<b>") {
			t.Errorf("%.20q: got markup of it", c.name)
		}
	}
	if got := row("mina@example.com"); got.Name != own.Name || got.Timezone != "UTC" {
		t.Errorf("got %q in %q after refusals, want nothing changed", got.Name, got.Timezone)
	}
	if got := len(trail(t, h.Store.Client)); got != before {
		t.Errorf("got %d events of refusals, want none", got-before)
	}

	// Another person's id in the form is nothing.
	form := url.Values{
		"name": {"  Mina Park "}, "zone": {"Pacific/Auckland"}, "id": {omarWas.ID}, "user": {omarWas.ID}, "role": {"admin"},
	}
	if a := mina.post("/settings/profile?id="+omarWas.ID, form); a.status != http.StatusSeeOther ||
		a.location != "/settings/profile" {
		t.Fatalf("save: got %d to %q, want 303 to the page", a.status, a.location)
	}
	page := mina.get("/settings/profile").body
	if !strings.Contains(page, "Saved.") || !strings.Contains(page, `value="Mina Park"`) ||
		!strings.Contains(page, `<option value="Pacific/Auckland" selected>Auckland (UTC+1`) {
		t.Error("got no word of it on the page, want it saved and shown")
	}
	if got := row("mina@example.com"); got.Name != "Mina Park" || got.Timezone != "Pacific/Auckland" || got.Role != own.Role {
		t.Errorf("got %q in %q as %s, want what was typed", got.Name, got.Timezone, got.Role)
	}
	if got := row("omar@example.com"); got.Name != omarWas.Name || got.Timezone != omarWas.Timezone {
		t.Errorf("got %q in %q, want the other person as they were", got.Name, got.Timezone)
	}
	if strings.Contains(omar.get("/settings/profile").body, "Mina Park") {
		t.Error("got Mina's name on Omar's page")
	}
	events := trail(t, h.Store.Client)
	last := events[len(events)-1]
	if last.Action != "profile" || last.Result != "name zone" || last.ActorID != own.ID || last.Target != own.ID {
		t.Errorf("got %s %q of %s on %s, want the change of one's own profile", last.Action, last.Result, last.ActorID, last.Target)
	}
	// The same again changes nothing and is no event.
	if a := mina.post("/settings/profile", form); a.status != http.StatusSeeOther {
		t.Errorf("again: got %d, want 303", a.status)
	}
	if got := len(trail(t, h.Store.Client)); got != len(events) {
		t.Errorf("got %d more events, want none", got-len(events))
	}
	if a := ada.post("/settings/profile", url.Values{"name": {"Ada L."}, "zone": {"Asia/Kolkata"}}); a.status != http.StatusSeeOther {
		t.Errorf("an admin: got %d, want 303", a.status)
	}
	if got := row("ada@example.com"); got.Name != "Ada L." || got.Timezone != "Asia/Kolkata" {
		t.Errorf("an admin: got %q in %q, want it saved", got.Name, got.Timezone)
	}
	// A form of another site, and one of nobody, change nothing.
	foreign, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+"/settings/profile",
		strings.NewReader(url.Values{"name": {"Mallory"}, "zone": {"UTC"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	foreign.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	foreign.Header.Set("Origin", "https://evil.example")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := mina.send(foreign); a.status != http.StatusForbidden {
		t.Errorf("from another site: got %d, want 403", a.status)
	}
	if a := h.visitor().post("/settings/profile", form); a.status != http.StatusSeeOther || a.location != "/login" {
		t.Errorf("nobody: got %d to %q, want the sign-in page", a.status, a.location)
	}
	if got := row("mina@example.com").Name; got != "Mina Park" {
		t.Errorf("got the name %q, want it unchanged", got)
	}
}

// Periods, days and times on a creator's pages are those of the time zone that they chose.
func TestPagesAreInThePersonsZone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mina := h.creator("mina@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	utcStamp := regexp.MustCompile(`\d\d:\d\d(:\d\d)? UTC`)
	quoted := regexp.MustCompile(`(?s)<blockquote.*?</blockquote>`) // a sentence to cite elsewhere names UTC
	if !utcStamp.MatchString(mina.get("/connections").body) {
		t.Fatal("got no time in UTC before there is a zone: does the expression still find them?")
	}
	// Both are a day apart for most of the day, and never the same hour.
	for _, zone := range []string{"Pacific/Kiritimati", "Pacific/Pago_Pago"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		if a := mina.post("/settings/profile", url.Values{"name": {"Mina"}, "zone": {zone}}); a.status != http.StatusSeeOther {
			t.Fatalf("%s: got %d, want it saved", zone, a.status)
		}
		for _, path := range []string{"/dashboard", "/dashboard/tiktok", "/connections", "/explain?metric=followers"} {
			page := quoted.ReplaceAllString(mina.get(path).body, "")
			if got := utcStamp.FindString(page); got != "" {
				t.Errorf("%s in %s: got %q, want every time in the person's zone", path, zone, got)
			}
			today := time.Now().In(location).Format("2 Jan 2006")
			if path != "/connections" && !strings.Contains(html.UnescapeString(page), today) {
				t.Errorf("%s in %s: got no %s, want the period to end today there", path, zone, today)
			}
		}
		if page := mina.get("/explain?metric=followers&span=7d").body; !strings.Contains(page, zone) {
			t.Errorf("explain in %s: got no word of the zone", zone)
		}
		var number struct{ Range struct{ To, Zone string } }
		mina.read("/api/v1/numbers?metric=followers&span=7d", &number)
		if want := time.Now().In(location).Format(time.DateOnly); number.Range.Zone != zone || number.Range.To != want {
			t.Errorf("API in %s: got %+v, want it to end on %s", zone, number.Range, want)
		}
	}
}

// Every zone that is offered is one.
func TestZonesAreKnown(t *testing.T) {
	t.Parallel()
	zones := auth.Zones()
	if len(zones) < 400 || zones[0] != "UTC" {
		t.Fatalf("got %d zones from %q, want the world's from UTC", len(zones), zones[0])
	}
	for _, z := range zones {
		if _, err := time.LoadLocation(z); err != nil {
			t.Errorf("%s: %v", z, err)
		}
	}
}
