package app_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/cli"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
)

// program asks with a personal API token.
func (b *browser) program(method, path string, token fault.Secret) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token.Reveal())
	return b.send(r)
}

// A token may do what its scopes say, ends with its time, tells when it was used, and is revoked by an admin on the
// person's page; one from before there were scopes may do everything, and says so.
func TestTokens(t *testing.T) {
	t.Parallel()
	clock := &hands{}
	h := newHouseAt(t, nil, clock.now)
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	_, ada := h.admin("ada@example.com", "Ada")
	mina := h.creator("mina@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	id := h.idOf("mina@example.com")
	page := "/admin/users/" + id
	if got := ada.get(page); got.status != http.StatusOK || !strings.Contains(got.body, "None.") {
		t.Errorf("without tokens: got %d, want the page", got.status)
	}
	make := func(w auth.TokenWish) fault.Secret {
		t.Helper()
		token, err := h.Auth.Tokens.New(ctx, id, w)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	old := make(auth.TokenWish{Label: "old"})
	h.Store.Client.APIToken.Update().SetScopes("").ExecX(ctx)
	tokens := map[string]fault.Secret{
		"": make(
			auth.TokenWish{Label: "usual", Life: 30 * 24 * time.Hour},
		), "read": make(auth.TokenWish{Label: "reader", Scopes: []string{"read"}}),
		"sync": make(
			auth.TokenWish{Label: "syncer", Scopes: []string{"sync"}},
		), "manage": make(auth.TokenWish{Label: "manager", Scopes: []string{"manage"}}), "old": old,
	}
	for _, tc := range []struct{ method, path, need, by string }{
		{"GET", "/api/analytics/socials", "read", " read old"}, {"GET", "/api/analytics/socials/connections", "read", " read old"}, {"GET", "/api/auth/tiktok/sync", "read", " read old"},
		{"POST", "/api/auth/tiktok/sync", "sync", " sync old"}, {"GET", "/api/auth/youtube/connect", "manage", "manage old"}, {"DELETE", "/api/auth/youtube/disconnect", "manage", "manage old"},
	} {
		for name, token := range tokens {
			got := h.visitor().program(tc.method, tc.path, token)
			may := name == "" && tc.need != "manage" || name == tc.need || name == "old"
			var said struct {
				Error struct{ Code, Message string }
			}
			_ = json.Unmarshal([]byte(got.body), &said)
			if may && (got.status == http.StatusForbidden || got.status == http.StatusUnauthorized) {
				t.Errorf("%s %s by %q: got %d %s, want it done", tc.method, tc.path, name, got.status, got.body)
			}
			if !may &&
				(got.status != http.StatusForbidden || said.Error.Code != "FORBIDDEN" || !strings.Contains(said.Error.Message, tc.need)) {
				t.Errorf("%s %s by %q: got %d %s, want 403 that names %s", tc.method, tc.path, name, got.status, got.body, tc.need)
			}
		}
	}
	used := func() map[string]*time.Time {
		out := map[string]*time.Time{}
		list, err := h.Auth.Tokens.List(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			out[x.Label] = x.LastUsed
		}
		return out
	}
	first := *used()["reader"]
	clock.forward(4 * time.Minute)
	h.visitor().program("GET", "/api/analytics/socials", tokens["read"])
	if got := used()["reader"]; !got.Equal(first) {
		t.Errorf("four minutes later: got %s, want the last use as it was noted", got)
	}
	clock.forward(2 * time.Minute)
	h.visitor().program("GET", "/api/analytics/socials", tokens["read"])
	if got := used()["reader"]; !got.After(first) {
		t.Errorf("six minutes later: got %s, want the use noted", got)
	}
	body := ada.get(page).body
	for _, want := range []string{"Full access", "read, sync", "reader", "Active", "Revoke"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page: got no %q", want)
		}
	}
	for _, token := range tokens {
		if strings.Contains(body, token.Reveal()) {
			t.Error("got a token on the page")
		}
	}

	// One is revoked: it, and no other; a creator cannot, and under another's name it is not there.
	list, err := h.Auth.Tokens.List(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	var reader string
	for _, x := range list {
		if x.Label == "reader" {
			reader = x.ID
		}
	}
	if got := mina.post(page+"/tokens/"+reader+"/revoke", nil); got.status != http.StatusNotFound {
		t.Errorf("by a creator: got %d, want 404", got.status)
	}
	if got := ada.post("/admin/users/"+h.idOf("ada@example.com")+"/tokens/"+reader+"/revoke", nil); got.status != http.StatusNotFound {
		t.Errorf("under another's name: got %d, want 404", got.status)
	}
	if got := h.visitor().program("GET", "/api/analytics/socials", tokens["read"]); got.status != http.StatusOK {
		t.Errorf("before: got %d, want 200", got.status)
	}
	if got := ada.post(page+"/tokens/"+reader+"/revoke", nil); got.location != page {
		t.Errorf("revoke: got %d to %q, want back to the page", got.status, got.location)
	}
	if got := h.visitor().program("GET", "/api/analytics/socials", tokens["read"]); got.status != http.StatusUnauthorized {
		t.Errorf("revoked: got %d, want 401", got.status)
	}
	clock.forward(31 * 24 * time.Hour)
	if got := h.visitor().program("GET", "/api/analytics/socials", tokens[""]); got.status != http.StatusUnauthorized ||
		!strings.Contains(got.body, "expired") {
		t.Errorf("after its time: got %d %s, want 401", got.status, got.body)
	}
	clock.forward(-31 * 24 * time.Hour) // the session library goes by the machine's clock
	ada = h.enter("ada@example.com")

	// Signed out everywhere: tokens live on, which is said, or end.
	if got := ada.post(page+"/sign-out", url.Values{"next": {page}}); got.location != page {
		t.Fatalf("sign out: got %d to %q", got.status, got.location)
	}
	if got := ada.get(page).body; !strings.Contains(got, "4 API tokens still work") ||
		!strings.Contains(got, "Sign out and revoke 4 API tokens") {
		t.Error("got it not said that four tokens live on, with a way to end them")
	}
	if got := h.visitor().program("POST", "/api/auth/tiktok/sync", tokens["sync"]); got.status == http.StatusUnauthorized {
		t.Errorf("a token after that: got %d, want it to work", got.status)
	}
	ada.post(page+"/sign-out", url.Values{"next": {page}, "tokens": {"revoke"}})
	if got := ada.get(page).body; !strings.Contains(got, "4 API tokens revoked") ||
		strings.Contains(got, "Sign out and revoke") {
		t.Error("got it not said that the tokens are revoked")
	}
	if got := h.visitor().program("POST", "/api/auth/tiktok/sync", tokens["sync"]); got.status != http.StatusUnauthorized {
		t.Errorf("afterwards: got %d, want 401", got.status)
	}
	h.noCanary()
}

// commandIn is command with something on standard input.
func commandIn(t *testing.T, vars map[string]string, in string, args ...string) (code int, out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Run(cli.World{
		Context: t.Context(), In: strings.NewReader(in), Out: &o, Err: &e,
		Vars: func() (map[string]string, error) { return maps.Clone(vars), nil },
	}, args)
	return code, o.String(), e.String()
}

// The same by command, with exit codes; what cannot be is refused.
func TestTokenCommands(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"DATABASE_URL": "sqlite://" + filepath.Join(t.TempDir(), "t.db"), "SANDBOX": "false"}
	if code, _, said := commandIn(t, vars, password+"\n", "user", "create", "--email", "mina@example.com", "--name", "Mina", "--role", "creator", "--password-stdin"); code != 0 {
		t.Fatal(said)
	}
	usual := strings.TrimSpace(must(t, vars, "token", "create", "--email", "mina@example.com", "--name", "usual"))
	short := strings.TrimSpace(
		must(
			t,
			vars,
			"token",
			"create",
			"--email",
			"mina@example.com",
			"--name",
			"short",
			"--scope",
			"manage,read",
			"--expires",
			"90d",
		),
	)
	if !strings.HasPrefix(usual, "tct_") || !strings.HasPrefix(short, "tct_") || strings.Contains(usual+short, "\n") {
		t.Errorf("got %q and %q, want the token alone", usual, short)
	}
	for _, args := range [][]string{{"--scope", "root"}, {"--scope", "read,write"}, {"--expires", "soon"}, {"--expires", "0d"}, {"--expires", "90"}, {"--expires", "99999d"}} {
		if code, out, said := command(t, vars, append([]string{"token", "create", "--email", "mina@example.com", "--name", "x"}, args...)...); code != 2 ||
			out != "" ||
			strings.Count(said, "\n") != 1 {
			t.Errorf("%v: got %d, %q, %q, want 2 with one line", args, code, out, said)
		}
	}
	var list []struct {
		ID, Name, State string
		Scopes          []string
		ExpiresAt       *time.Time
		LastUsedAt      *time.Time
	}
	out := must(t, vars, "token", "list", "--email", "mina@example.com", "--json")
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 2 {
		t.Fatalf("got %s, %v, want two tokens", out, err)
	}
	if x := list[0]; x.Name != "short" || strings.Join(x.Scopes, ",") != "read,manage" || x.ExpiresAt == nil ||
		time.Until(*x.ExpiresAt) < 89*24*time.Hour ||
		x.LastUsedAt != nil ||
		x.State != "active" {
		t.Errorf("got %+v", x)
	}
	if x := list[1]; x.Name != "usual" || strings.Join(x.Scopes, ",") != "read,sync" || x.ExpiresAt != nil {
		t.Errorf("got %+v", x)
	}
	if text := must(t, vars, "token", "list", "--email", "mina@example.com"); !strings.Contains(
		text,
		list[0].ID+` active "short" read,manage expires `,
	) ||
		strings.Contains(text+out, usual) {
		t.Errorf("got %s", text)
	}
	must(t, vars, "token", "revoke", list[1].ID)
	must(t, vars, "token", "revoke", list[1].ID)
	if text := must(t, vars, "token", "list", "--email", "mina@example.com"); !strings.Contains(
		text,
		list[1].ID+` revoked "usual"`,
	) {
		t.Errorf("got %s", text)
	}
	for _, args := range [][]string{{"token", "revoke", "nothing"}, {"token", "list", "--email", "nobody@example.com"}, {"user", "unlock", "--email", "nobody@example.com"}} {
		if code, _, said := command(t, vars, args...); code != 1 || strings.Count(said, "\n") != 1 {
			t.Errorf("%v: got %d %q, want 1 with one line", args, code, said)
		}
	}
	if code, _, _ := command(t, vars, "token", "revoke"); code != 2 {
		t.Errorf("without an id: got %d, want 2", code)
	}
	if out := must(t, vars, "user", "unlock", "--email", "mina@example.com"); out != "" {
		t.Errorf("unlock: got %q, want nothing said", out)
	}
}

// Links for others ask for the password, one by one and many at once, and who gets a link for a new password from an
// admin is told.
func TestLinksForOthers(t *testing.T) {
	t.Parallel()
	clock := &hands{}
	box, address := newPostbox(t)
	h := newHouseAt(t, map[string]string{"SMTP_URL": address, "MAIL_FROM": "truecount@example.com"}, clock.now)
	_, ada := h.admin("ada@example.com", "Ada")
	mina := h.creator("mina@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	row := h.Store.Client.Connection.Query().OnlyX(ctx)
	h.Store.Client.Connection.UpdateOneID(row.ID).SetStatus("needs_reconnect").SetStatusSince(clock.now()).ExecX(ctx)
	clock.forward(16 * time.Minute)
	link, bulk := "/admin/connections/"+row.ID+"/link", url.Values{
		"do":   {"link"},
		"next": {"/admin/connections?status=needs_reconnect"},
	}
	before := len(box.all())
	if next := ada.askedAgain(http.MethodPost, link, url.Values{"next": {"/admin/connections/" + row.ID}}); next != "/admin/connections/"+row.ID {
		t.Errorf("one: got the way back %q", next)
	}
	if next := ada.askedAgain(http.MethodPost, "/admin/connections/bulk?status=needs_reconnect", bulk); next != "/admin/connections?status=needs_reconnect" {
		t.Errorf("many: got the way back %q", next)
	}
	if n := len(box.all()) - before; n != 0 {
		t.Errorf("got %d messages, want none", n)
	}
	ada.post("/admin/confirm", url.Values{"password": {password}})
	if got := ada.post("/admin/connections/bulk?status=needs_reconnect", bulk); got.status != http.StatusSeeOther ||
		len(box.all())-before != 1 {
		t.Errorf("many, confirmed: got %d and %d messages, want one", got.status, len(box.all())-before)
	}

	// A password link.
	for _, page := range []string{"/dashboard", "/connections"} {
		if strings.Contains(mina.get(page).body, "An admin created a password reset link") {
			t.Errorf("%s before: got it said", page)
		}
	}
	if got := ada.post("/admin/users/"+h.idOf("mina@example.com")+"/password", nil); got.status != http.StatusSeeOther {
		t.Fatalf("got %d, want it sent", got.status)
	}
	if mail := box.all(); !strings.Contains(mail[len(mail)-1], "Ada created a password reset for you.") {
		t.Errorf("got %s, want who made it in the message", mail[len(mail)-1])
	}
	for range 2 { // it stays for who looks later, also when somebody else looked first
		for _, page := range []string{"/dashboard", "/connections"} {
			if !strings.Contains(mina.get(page).body, "An admin created a password reset link for your account on") {
				t.Errorf("%s: got it not said", page)
			}
		}
	}
	noa := h.creator("noa@example.com")
	if strings.Contains(noa.get("/connections").body, "An admin created a password reset link") {
		t.Error("got it said to somebody else")
	}
	h.noCanary()
}

// A creator who is disabled has no link that works: neither to reconnect nor for a new password.
func TestADisabledCreatorsPasswordLinksEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, ada := h.admin("ada@example.com", "Ada")
	h.creator("mina@example.com")
	link := linkIn(ada.post("/admin/users/"+h.idOf("mina@example.com")+"/password", nil).body, "/password/reset/")
	if got := h.visitor().get(link); got.status != http.StatusOK {
		t.Fatalf("before: got %d, want the page", got.status)
	}
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	if err := h.Auth.Disable(ctx, "mina@example.com"); err != nil {
		t.Fatal(err)
	}
	if got := h.visitor().get(link); got.status != http.StatusNotFound {
		t.Errorf("disabled: got %d, want 404", got.status)
	}
	if err := h.Auth.Enable(ctx, h.idOf("mina@example.com")); err != nil {
		t.Fatal(err)
	}
	if got := h.visitor().get(link); got.status != http.StatusNotFound {
		t.Errorf("enabled again: got %d, want the old link to stay ended", got.status)
	}
}
