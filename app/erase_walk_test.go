package app_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/user"
)

// An admin deletes a person with their password and the person's address typed, sees the receipt, and anybody who
// holds its code sees what became of the data. The person is signed out; nobody but an admin can do it, nobody deletes
// themselves or the last admin.
func TestAnAdminDeletesAPerson(t *testing.T) {
	t.Parallel()
	clock := &hands{}
	h := newHouseAt(t, nil, clock.now)
	adaID, ada := h.admin("ada@example.com", "Ada")
	l := h.leaver()
	gone := h.enter(leaverEmail)
	other := h.creator("other@example.test")
	path := "/admin/users/" + l.user.ID + "/delete"
	clock.forward(16 * time.Minute) // the password was typed at sign-in

	if got := ada.get(path); got.status != http.StatusSeeOther || !strings.HasPrefix(got.location, "/admin/confirm") {
		t.Fatalf("without the password: got %d to %s, want to be asked for it", got.status, got.location)
	}
	if got := ada.post(path, url.Values{"email": {leaverEmail}, "next": {path}}); got.status != http.StatusSeeOther ||
		!strings.HasPrefix(got.location, "/admin/confirm") {
		t.Fatalf("without the password: got %d to %s, want to be asked for it", got.status, got.location)
	}
	ada.post("/admin/confirm", url.Values{"password": {password}, "next": {path}})
	for _, typed := range []string{"", "other@example.test", "x" + leaverEmail, strings.Repeat("a", 10_000)} {
		if got := ada.post(path, url.Values{"email": {typed}}); got.status != http.StatusUnprocessableEntity ||
			!strings.Contains(got.body, "not the email address") {
			t.Errorf("typed %.30q: got %d, want 422 and why", typed, got.status)
		}
	}
	if got := ada.get(path); got.status != http.StatusOK || !strings.Contains(got.body, "3 connected accounts") {
		t.Errorf("got %d, want the page to say what goes", got.status)
	}
	for _, b := range []*browser{other, gone} { // S8
		if got := b.post(path, url.Values{"email": {leaverEmail}}); got.status != http.StatusNotFound {
			t.Errorf("a creator: got %d, want 404", got.status)
		}
	}
	if got := ada.post("/admin/users/"+adaID+"/delete", url.Values{"email": {"ada@example.com"}}); got.status != http.StatusConflict {
		t.Errorf("oneself: got %d, want 409", got.status)
	}

	if err := h.Auth.Disable(viewer.System(t.Context(), viewer.ReasonTest), leaverEmail); err != nil { // as is often done first
		t.Fatal(err)
	}
	if got := ada.get(path); got.status != http.StatusOK {
		t.Errorf("somebody who is disabled: got %d, want the page", got.status)
	}
	done := ada.post(path, url.Values{"email": {strings.ToUpper(leaverEmail)}})
	if done.status != http.StatusOK || !strings.Contains(done.body, "Person deleted") {
		t.Fatalf("got %d %.300s, want the receipt", done.status, done.body)
	}
	link := linkIn(done.body, "/deletion?id=")
	if got := h.visitor().get(link); got.status != http.StatusOK ||
		!strings.Contains(got.body, "A Truecount account was deleted") ||
		strings.Contains(got.body, "Wilhelmina") {
		t.Errorf("the receipt: got %d, want what became of it and no name", got.status)
	}
	if got := gone.get("/dashboard"); got.status != http.StatusSeeOther || !strings.HasPrefix(got.location, "/login") {
		t.Errorf("the person: got %d to %s, want to be signed out", got.status, got.location)
	}
	if got := ada.post(path, url.Values{"email": {leaverEmail}}); got.status != http.StatusNotFound {
		t.Errorf("twice: got %d, want 404", got.status)
	}
	if h.Store.Read.User.Query().Where(user.Email(leaverEmail)).ExistX(viewer.System(t.Context(), viewer.ReasonTest)) {
		t.Error("the account is still there")
	}
	intact(t, h.Auth)
}

// The command says what it would do, does it with --yes, and prints a receipt; the last admin stays.
func TestUserDeleteCommand(t *testing.T) {
	t.Parallel()
	if storetest.Postgres() {
		t.Skip("the command is the same on both; the drill of files is SQLite's")
	}
	h := newHouse(t)
	l := h.leaver()
	h.admin("ada@example.com", "Ada")
	h.stop()
	vars := map[string]string{}
	for k, v := range settings(t, h.world, strings.TrimSuffix(h.URL, "/"), h.URL, h.database) {
		vars[k] = v
	}
	vars["ENCRYPTION_KEYS"] = h.Config.EncryptionKeys.Reveal()
	code, out, said := command(t, vars, "user", "delete", "--email", leaverEmail)
	if code != 1 || !strings.Contains(out, "3 connected accounts") || !strings.Contains(said, "--yes") {
		t.Fatalf("without --yes: got %d %s %s, want what would go and 1", code, out, said)
	}
	out = must(t, vars, "user", "delete", "--email", leaverEmail, "--yes")
	if !strings.Contains(out, "Receipt: ") || !strings.Contains(out, l.user.ID) {
		t.Errorf("got %q, want the id and a receipt", out)
	}
	copies := func(path string) bool { return strings.HasPrefix(path, h.Config.Backup.Dir) } // their end is on the receipt
	if got := l.found(t, copies, filepath.Dir(h.Store.Path)); len(got) > 0 {
		t.Errorf("got %v right after the command, want nothing: no server runs", got)
	}
	if code, _, said := command(t, vars, "user", "delete", "--email", "ada@example.com", "--yes"); code != 1 ||
		!strings.Contains(said, "last admin") {
		t.Errorf("the last admin: got %d %s, want to be refused", code, said)
	}
	if code, _, said := command(t, vars, "user", "delete", "--email", leaverEmail, "--yes"); code != 1 || said == "" {
		t.Errorf("twice: got %d %s, want 1", code, said)
	}
}

// CONTRACT 1: the command prints a link beside a running server; with it, once, a new password is set.
func TestUserResetCommand(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.admin("ada@example.com", "Ada")
	vars := settings(t, h.world, h.URL, h.URL, h.database)
	vars["ENCRYPTION_KEYS"] = h.Config.EncryptionKeys.Reveal()
	link := strings.TrimSpace(must(t, vars, "user", "reset", "--email", "ADA@example.com"))
	if !strings.HasPrefix(link, h.URL+"/password/reset/") {
		t.Fatalf("got %q, want a link of this installation", link)
	}
	fresh := url.Values{"password": {"another horse battery"}, "again": {"another horse battery"}}
	b := h.browser()
	if got := b.post(strings.TrimPrefix(link, h.URL), fresh); got.status != http.StatusSeeOther {
		t.Fatalf("got %d %.200s, want the password set", got.status, got.body)
	}
	if got := h.browser().post(strings.TrimPrefix(link, h.URL), fresh); got.status != http.StatusNotFound {
		t.Errorf("the link twice: got %d, want 404", got.status)
	}
	enter(t, h.URL, "ada@example.com", "another horse battery")
	if code, _, said := command(t, vars, "user", "reset", "--email", "nobody@example.com"); code != 1 || said == "" {
		t.Errorf("nobody: got %d %q, want 1 and why", code, said)
	}
}
