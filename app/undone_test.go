package app_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
)

// held sends a form whose body waits until the server has begun with it, and then for what is done meanwhile.
func (b *browser) held(path string, form url.Values, meanwhile func()) answer {
	b.t.Helper()
	in, out := io.Pipe()
	begun := make(chan struct{})
	ctx := httptrace.WithClientTrace(b.t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(begun) }})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.base+path, in)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Expect", "100-continue")
	patient := *b.http
	patient.Transport = &http.Transport{ExpectContinueTimeout: patience}
	defer patient.CloseIdleConnections()
	go func() {
		select {
		case <-begun:
			meanwhile()
			_, _ = io.Copy(out, strings.NewReader(form.Encode()))
		case <-ctx.Done():
		}
		_ = out.Close()
	}()
	slow := *b
	slow.http = &patient
	return slow.send(r)
}

// Who is signed out everywhere, or is given a new password or role, is out: also with a request that was under way. //
// S2, S10
func TestASignOutIsNotUndone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.admin("olu@example.com", "Olu")
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	for name, end := range map[string]func(id string) error{
		"signed out everywhere": func(id string) error { return h.Auth.SignOutEverywhere(ctx, id) },
		"another role":          func(id string) error { return h.Auth.SetRole(ctx, "another", id, "creator") },
		"a new password": func(id string) error {
			_, token, err := h.Auth.ResetLink(ctx, id)
			if err == nil {
				_, err = h.Auth.Reset(ctx, token, fault.Secret(password))
			}
			return err
		},
	} {
		email := strings.ReplaceAll(name, " ", "-") + "@example.com"
		id, ada := h.admin(email, "Ada")
		got := ada.held("/admin/confirm", url.Values{"password": {password}}, func() {
			if err := end(id); err != nil {
				t.Error(err)
			}
		})
		if got.status >= http.StatusInternalServerError {
			t.Errorf("%s: got %d, want no fault of ours", name, got.status)
		}
		if got := ada.get("/admin"); got.status != http.StatusSeeOther || got.location != "/login" {
			t.Errorf("%s: got %d to %q, want them signed out", name, got.status, got.location)
		}
	}
}

// A session of somebody who signs in with a password or a role they do not have any more is none. // S2
func TestASignInUnderWayWithTheOldPassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.admin("olu@example.com", "Olu")
	id, ada := h.admin("ada@example.com", "Ada")
	// The rows of the sessions stay, as if they had been written a moment later.
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	if err := h.Store.Client.User.UpdateOneID(id).SetPasswordHash("another").Exec(ctx); err != nil {
		t.Fatal(err)
	}
	if got := ada.get("/admin"); got.status != http.StatusSeeOther || got.location != "/login" {
		t.Errorf("got %d to %q, want them signed out", got.status, got.location)
	}
}

// What was done is in the audit log, also when who did it does not wait for the answer. // S11
func TestWhoHangsUpIsAudited(t *testing.T) {
	t.Parallel()
	ctx, hangUp := context.WithCancel(t.Context())
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		hangUp()
		<-r.Context().Done() // the server let go of it, for it was let go of itself
	}))
	t.Cleanup(hook.Close)
	h := newHouseWith(t, map[string]string{"ALERT_URLS": "generic+" + hook.URL + "/hook"})
	_, ada := h.admin("ada@example.com", "Ada")
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL+"/admin/alerts/test", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := ada.http.Do(r); err == nil {
		_ = res.Body.Close()
		t.Fatalf("got %d, want nobody to wait for it", res.StatusCode)
	}
	until(t, "the event", func() bool {
		rows := trail(t, h.Store.Client)
		return rows[len(rows)-1].Action == "alert_test"
	})
}

// Who guesses on and on leaves one line of each kind, not a line a guess. // S4, S11
func TestGuessesLeaveFewLines(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stranger, before := h.visitor(), len(trail(t, h.Store.Client))
	for range 12 {
		stranger.post("/login", url.Values{"email": {"ada@example.com"}, "password": {"a guess"}})
		stranger.get("/api/auth/tiktok/callback?state=made-up&code=made-up")
	}
	got := map[string]int{}
	for _, e := range trail(t, h.Store.Client)[before:] {
		got[e.Action+" "+e.Result]++
	}
	for _, want := range []string{"sign_in INVALID", "sign_in TOO_MANY_REQUESTS", "connect state_refused"} {
		if got[want] != 1 {
			t.Errorf("got %v, want %s once", got, want)
		}
	}
}
