package app_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/auditevent"
)

// hands are a clock's, put forward by a test.
type hands struct{ ahead atomic.Int64 }

func (h *hands) now() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }

func (h *hands) forward(d time.Duration) { h.ahead.Add(int64(d)) }

// person makes an account and gives its id.
func (h *house) person(email, name, role string) string {
	h.t.Helper()
	id, err := h.Auth.Create(
		viewer.System(h.t.Context(), viewer.ReasonTest),
		auth.NewUser{Email: email, Name: name, Role: role, Password: fault.Secret(password)},
	)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// admin makes an admin and gives their id and their browser, signed in.
func (h *house) admin(email, name string) (string, *browser) {
	h.t.Helper()
	id := h.person(email, name, "admin")
	return id, h.enter(email)
}

// enter signs somebody in; what they are shown is searched for secrets later.
func (h *house) enter(email string) *browser {
	h.t.Helper()
	b := enter(h.t, h.URL, email, password)
	b.seen = h.seen
	return b
}

// visitor is a browser that nobody is signed in with.
func (h *house) visitor() *browser {
	return &browser{t: h.t, base: h.URL, seen: h.seen, http: &http.Client{
		Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// trail is the audit log, oldest first.
func trail(t *testing.T, db *ent.Client) []*ent.AuditEvent {
	t.Helper()
	rows, err := db.AuditEvent.Query().Order(auditevent.ByID()).All(viewer.System(t.Context(), viewer.ReasonTest))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// intact fails when the audit log is not as it was written.
func intact(t *testing.T, a *auth.Auth) {
	t.Helper()
	if v, err := a.Log.Verify(viewer.System(t.Context(), viewer.ReasonTest)); err != nil || !v.Why.IsZero() ||
		v.Rows == 0 {
		t.Errorf("the audit log: got %+v, %v, want it whole", v, err)
	}
}

// together does something several times at once and waits for all.
func together(n int, do func(i int)) {
	var wait sync.WaitGroup
	ready := make(chan struct{})
	for i := range n {
		wait.Add(1)
		go func() {
			defer wait.Done()
			<-ready
			do(i)
		}()
	}
	close(ready)
	wait.Wait()
}

// linkIn finds the one-time link of a page or a message.
func linkIn(text, path string) string {
	text = strings.ReplaceAll(text, "=3D", "=")
	_, rest, found := strings.Cut(text, path)
	if !found {
		return ""
	}
	token := rest
	if end := strings.IndexFunc(rest, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}); end >= 0 {
		token = rest[:end]
	}
	return path + token
}

// idOf gives an account's id.
func (h *house) idOf(email string) string {
	h.t.Helper()
	u, err := h.Auth.ByEmail(viewer.System(h.t.Context(), viewer.ReasonTest), email)
	if err != nil {
		h.t.Fatal(err)
	}
	return u.ID
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// withoutIDs is a page without what is different each time it is asked for.
func withoutIDs(page string) string { return uuids.ReplaceAllString(page, "ID") }

func numbered(name string, i int) string { return fmt.Sprintf("%s%d@example.com", name, i) }
