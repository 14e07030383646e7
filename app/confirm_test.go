package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/invite"
)

// askedAgain wants to be led to where the password is asked for.
func (b *browser) askedAgain(method, path string, form url.Values) (next string) {
	b.t.Helper()
	got := b.do(method, path, form)
	u, err := url.Parse(got.location)
	if err != nil || got.status != http.StatusSeeOther || u.Path != "/admin/confirm" {
		b.t.Errorf("%s %s: got %d to %q, want to be asked for the password", method, path, got.status, got.location)
		return ""
	}
	return u.Query().Get("next")
}

// A quarter of an hour after the password was typed, what cannot be undone asks for it again, and does nothing before.
// It is asked of each browser; guesses are counted; and it leads back. // S10, S4
func TestThePasswordIsAskedForAgain(t *testing.T) {
	t.Parallel()
	clock := &hands{}
	h := newHouseAt(t, nil, clock.now)
	_, ada := h.admin("ada@example.com", "Ada")
	mina := h.creator("mina@example.com")
	minaID := h.person("kim@example.com", "Kim", "creator")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	conn := h.Store.Client.Connection.Query().OnlyX(ctx)
	story := "/admin/connections/" + conn.ID
	type act struct {
		method, path string
		form         url.Values
	}
	post := func(path string, form url.Values) act { return act{http.MethodPost, path, form} }
	acts := []act{
		{http.MethodGet, story + "/disconnect", nil}, {http.MethodGet, "/admin/audit/export?action=sign_in", nil},
		post(
			story+"/disconnect",
			nil,
		), post("/admin/users/invite", url.Values{"email": {"new@example.com"}, "role": {"admin"}}),
		post(
			"/admin/users/"+minaID+"/role?role=admin",
			nil,
		), post("/admin/users/"+minaID+"/password", nil), post("/admin/users/"+minaID+"/disable", nil),
		post("/admin/users/"+minaID+"/enable", nil), post("/admin/users/"+minaID+"/sign-out", nil),
	}
	clock.forward(14 * time.Minute)
	if got := ada.get(story + "/disconnect"); got.status != http.StatusOK {
		t.Errorf("after 14 minutes: got %d, want no question", got.status)
	}
	clock.forward(2 * time.Minute)
	before := len(trail(t, h.Store.Client))
	for _, a := range acts {
		next := ada.askedAgain(a.method, a.path, a.form)
		if strings.HasSuffix(a.path, "/invite") {
			form := ada.get(next).body
			if !strings.Contains(form, `value="new@example.com"`) || !strings.Contains(form, `<option value="admin" selected>`) {
				t.Errorf("the way back %q: got not the form as it was left", next)
			}
		}
		if a.method == http.MethodGet && next != a.path {
			t.Errorf("%s: got the way back %q, want the same page", a.path, next)
		}
	}
	if n := len(trail(t, h.Store.Client)); n != before {
		t.Errorf("got %d events more, want nothing done", n-before)
	}
	if h.Store.Client.Connection.GetX(ctx, conn.ID).Status == connection.StatusDisconnected ||
		h.Store.Client.Invite.Query().Where(invite.PurposeNEQ(invite.PurposeSetup)).CountX(ctx) != 0 {
		t.Error("got a connection ended or a link made, want nothing done")
	}

	// A wrong password is refused and counted; the fifth is the last.
	wrong := url.Values{"password": {"not my password"}, "next": {story + "/disconnect"}}
	for range 4 {
		if got := ada.post("/admin/confirm", wrong); got.status != http.StatusUnprocessableEntity ||
			!strings.Contains(got.body, "Wrong password.") ||
			strings.Contains(got.body, "not my password") {
			t.Errorf("a wrong password: got %d, want 422 and the form without it", got.status)
		}
	}
	ada.askedAgain(http.MethodGet, story+"/disconnect", nil)

	// The right one leads back, on this browser and no other.
	other := h.enter("ada@example.com") // a sign-in is a confirmation of its own
	clock.forward(16 * time.Minute)
	right := url.Values{"password": {password}, "next": {story + "/disconnect"}}
	ada.redirected("/admin/confirm", right, story+"/disconnect")
	if got := ada.get(story + "/disconnect"); got.status != http.StatusOK || !strings.Contains(got.body, "Disconnect @") {
		t.Errorf("after the password: got %d, want the question itself", got.status)
	}
	other.askedAgain(http.MethodGet, story+"/disconnect", nil)
	for name, next := range map[string]string{
		"another site": "//evil.example/admin", "an address": "https://evil.example/admin", "a creator's page": "/dashboard", "up and out": "/admin/../logout",
		"turned slashes": `/\evil.example`, "two lines": "/admin\r\nSet-Cookie: a=b", "nothing": "",
	} {
		if got := ada.post("/admin/confirm", url.Values{"password": {password}, "next": {next}}); got.status != http.StatusSeeOther ||
			got.location != "/admin" {
			t.Errorf("on to %s: got %d to %q, want 303 to /admin", name, got.status, got.location)
		}
	}

	// The clock of somebody who put theirs back does not hold for ever either.
	clock.forward(-time.Hour)
	ada.askedAgain(http.MethodGet, story+"/disconnect", nil)
	clock.forward(time.Hour)
	for range 5 {
		ada.post("/admin/confirm", wrong)
	}
	if got := ada.post("/admin/confirm", right); got.status != http.StatusTooManyRequests {
		t.Errorf("after five wrong ones: got %d, want 429 for the right one too", got.status)
	}
	if got := ada.get("/admin"); got.status != http.StatusOK {
		t.Errorf("meanwhile: got %d, want the session to live on", got.status)
	}
	ok, refused := 0, 0
	for _, e := range trail(t, h.Store.Client)[before:] {
		if e.Action != "confirm" {
			continue
		}
		if e.Target != e.ActorID || e.IP == "" || e.RequestID == "" {
			t.Errorf("got %+v, want who, whom, from where and the request", e)
		}
		if e.Result == "ok" {
			ok++
		} else {
			refused++
		}
	}
	if ok != 8 || refused != 10 {
		t.Errorf("got %d confirmed and %d refused in the audit log, want 8 and 10", ok, refused)
	}
	intact(t, h.Auth)
	h.noCanary()
}

// Strangers who guess at the front door keep no admin from confirming, nor does another browser of theirs. // S4
func TestStrangersDoNotKeepAnAdminFromConfirming(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, ada := h.admin("ada@example.com", "Ada")
	other, stranger := h.enter("ada@example.com"), h.visitor()
	for range 6 {
		stranger.post("/login", url.Values{"email": {"ada@example.com"}, "password": {"not her password"}})
	}
	if got := stranger.post("/login", url.Values{"email": {"ada@example.com"}, "password": {password}}); got.status != http.StatusTooManyRequests {
		t.Fatalf("at the front door: got %d, want 429", got.status)
	}
	for range 6 {
		other.post("/admin/confirm", url.Values{"password": {"not her password"}})
	}
	right := url.Values{"password": {password}}
	if got := other.post("/admin/confirm", right); got.status != http.StatusTooManyRequests {
		t.Errorf("in the browser that guessed: got %d, want 429", got.status)
	}
	for range 6 {
		if got := ada.post("/admin/confirm", right); got.status != http.StatusSeeOther {
			t.Errorf("in hers: got %d, want 303", got.status)
		}
	}
	if got := stranger.post("/login", url.Values{"email": {"ada@example.com"}, "password": {password}}); got.status != http.StatusTooManyRequests {
		t.Errorf("at the front door afterwards: got %d, want what is confirmed inside to open nothing", got.status)
	}
}
