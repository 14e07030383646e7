package app_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
)

// post is a mail server that keeps what it is given.
type postbox struct {
	mu   sync.Mutex
	mail []string
	full bool // it refuses everything
}

func (p *postbox) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.mail...)
}

func newPostbox(t *testing.T) (*postbox, string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := &postbox{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p, "smtp://" + l.Addr().String()
}

// serve speaks as much of SMTP as it takes to be given a message.
func (p *postbox) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	say := func(s string) { _, _ = fmt.Fprintf(c, "%s\r\n", s) }
	say("220 postbox")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		p.mu.Lock()
		full := p.full
		p.mu.Unlock()
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); verb {
		case "RCPT":
			if full {
				say("452 mailbox full")
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				text.WriteString(line)
			}
			p.mu.Lock()
			p.mail = append(p.mail, strings.ReplaceAll(text.String(), "=\r\n", ""))
			p.mu.Unlock()
			say("250 ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

var reconnectLink = regexp.MustCompile(`http://[^\s]+/reconnect/[A-Za-z0-9_-]+`)

// A creator whose access is lost is written to, once; the link works on a phone where nobody is signed
// in, is not used up by looking, reconnects that account and no other, and then is of no use.
func TestReconnectByLink(t *testing.T) {
	t.Parallel()
	box, address := newPostbox(t)
	h := newHouseWith(t, map[string]string{"SMTP_URL": address, "MAIL_FROM": "truecount@example.com"})
	mina := h.creator("mina@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	mina.synced("tiktok", "")
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	row := h.Store.Client.Connection.Query().OnlyX(ctx)
	if err := h.world.Revoke("tiktok", h.world.Accounts("tiktok")[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Connect.Grants.Fresh(ctx, row.ID, row.TokenVersion); err == nil {
		t.Fatal("got a token out of a grant that was revoked")
	}
	box.mu.Lock()
	box.full = true
	box.mu.Unlock()
	if n, err := h.Connect.Notices.Remind(ctx); n != 0 || err == nil {
		t.Errorf("with a full mailbox: got %d sent, %v, want an error", n, err)
	}
	box.mu.Lock()
	box.full = false
	box.mu.Unlock()
	// It is tried again in its time; here the one that failed is made older.
	h.Store.Client.Notice.Delete().ExecX(ctx)
	for range 3 {
		if _, err := h.Connect.Notices.Remind(ctx); err != nil {
			t.Fatal(err)
		}
	}
	mail := box.all()
	if len(mail) != 1 || !strings.Contains(mail[0], "To: <mina@example.com>") ||
		strings.Contains(mail[0], sandbox.Marker) {
		t.Fatalf("got %d messages, want one to Mina: %v", len(mail), mail)
	}
	link := reconnectLink.FindString(strings.ReplaceAll(mail[0], "=3D", "="))
	if link == "" {
		t.Fatalf("got no link in %s", mail[0])
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	phone := &browser{t: t, base: h.URL, seen: &transcript{}, http: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for range 2 { // looking uses nothing up
		if got := phone.get(link); got.status != 200 || !strings.Contains(got.body, "Reconnect @") {
			t.Fatalf("open the link: got %d %s", got.status, got.body)
		}
	}
	h.noReferrer(strings.TrimPrefix(link, h.URL))
	if got := phone.get("/dashboard"); got.location != "/login" {
		t.Errorf("got %d to %q, want a link to sign nobody in", got.status, got.location)
	}
	agree := func(c sandbox.Choice) answer {
		t.Helper()
		to := phone.post(link, map[string][]string{})
		if to.status != http.StatusSeeOther {
			t.Fatalf("start: got %d %s", to.status, to.body)
		}
		back, err := h.world.Consent("tiktok", to.location, c)
		if err != nil {
			t.Fatal(err)
		}
		stranger := &browser{
			t:    t,
			base: h.URL,
			seen: &transcript{},
			http: &http.Client{CheckRedirect: phone.http.CheckRedirect},
		}
		if got := stranger.get(back); got.status != http.StatusBadRequest {
			t.Errorf("another browser: got %d, want the callback refused", got.status)
		}
		if got := phone.get(back); got.status != http.StatusSeeOther || got.location != "/reconnected" {
			t.Fatalf("callback: got %d to %q", got.status, got.location)
		}
		return phone.get("/reconnected")
	}
	if got := agree(sandbox.Choice{Account: h.world.Accounts("tiktok")[1].ID}); !strings.Contains(
		got.body,
		"Nothing was changed",
	) ||
		!strings.Contains(got.body, "as a new account on Connections.") ||
		strings.Contains(got.body, "below") {
		t.Errorf("with the wrong account: got %s, want nothing promised that this page does not have", got.body) //
	}
	if got := h.Store.Client.Connection.GetX(ctx, row.ID).Status; got != connection.StatusNeedsReconnect {
		t.Errorf("after the wrong account: got %s, want it still to need its creator", got)
	}
	if got := agree(sandbox.Choice{}); !strings.Contains(got.body, "Connected again") {
		t.Errorf("got %s, want it connected again", got.body)
	}
	if got := h.Store.Client.Connection.GetX(ctx, row.ID).Status; got != connection.StatusConnected {
		t.Errorf("got %s, want connected", got)
	}
	for name, try := range map[string]string{"used": link, "unknown": h.URL + "/reconnect/nothing", "cut": link[:len(link)-3]} {
		if got := phone.get(try); got.status != http.StatusNotFound {
			t.Errorf("%s link: got %d, want 404", name, got.status)
		}
	}
	if n, err := h.Connect.Notices.Remind(ctx); n != 0 || err != nil {
		t.Errorf("got %d more sent, %v, want none once it is well", n, err)
	}
}

// An admin hands a creator a link: shown once where there is no mail, mailed where there is. What happened
// to the access is told on the creator's own page, in words, and not on another's.
func TestLinkFromAnAdmin(t *testing.T) {
	t.Parallel()
	for _, mailed := range []bool{false, true} {
		more := map[string]string{}
		box, address := newPostbox(t)
		if mailed {
			more = map[string]string{"SMTP_URL": address, "MAIL_FROM": "truecount@example.com"}
		}
		h := newHouseWith(t, more)
		mina := h.creator("mina@example.com")
		mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
		mina.synced("tiktok", "")
		ctx := viewer.System(t.Context(), viewer.ReasonTest)
		row := h.Store.Client.Connection.Query().OnlyX(ctx)
		if _, err := h.Auth.Create(ctx, auth.NewUser{Email: "ada@example.com", Name: "Ada", Role: "admin", Password: fault.Secret(password)}); err != nil {
			t.Fatal(err)
		}
		ada := enter(t, h.URL, "ada@example.com", password)
		form := "/admin/connections/" + row.ID + "/link"
		if got := ada.post(form, nil); got.status != http.StatusConflict {
			t.Errorf("of a connection that is well: got %d, want 409", got.status)
		}
		if err := h.world.Revoke("tiktok", h.world.Accounts("tiktok")[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.Connect.Grants.Fresh(ctx, row.ID, row.TokenVersion); err == nil {
			t.Fatal("got a token out of a grant that was revoked")
		}
		if got := mina.post(form, nil); got.status != http.StatusForbidden && got.status != http.StatusNotFound {
			t.Errorf("a creator: got %d, want it refused", got.status)
		}
		got := ada.post(form, nil)
		link := regexp.MustCompile(`https?://[^"]*/reconnect/[\w-]+`).FindString(got.body)
		if mailed {
			if mail := box.all(); got.status != http.StatusSeeOther || link != "" || len(mail) != 1 ||
				!strings.Contains(mail[0], "To: <mina@example.com>") {
				t.Errorf("with mail: got %d, %q and %d messages, want one to Mina and no link shown", got.status, link, len(mail))
			}
		} else if got.status != http.StatusOK || link == "" {
			t.Errorf("without mail: got %d, want the link shown", got.status)
		} else if page := ada.get(strings.TrimPrefix(link, h.URL)); page.status != http.StatusOK || !strings.Contains(page.body, "Reconnect @") {
			t.Errorf("open it: got %d", page.status)
		}
		page := mina.get("/connections").body
		for _, want := range []string{"History", "Connected", "TikTok ended access."} {
			if !strings.Contains(page, want) {
				t.Errorf("got no %q in the history of the connection", want)
			}
		}
		noa := h.creator("noa@example.com")
		if strings.Contains(noa.get("/connections").body, "History") {
			t.Error("got a history on the page of somebody without a connection")
		}
		h.noCanary()
	}
}
