package notify

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
)

// at points one of the three chats, whose hosts are fixed, at a stand.
func at(t *testing.T, s *stand, url string) *chat {
	t.Helper()
	channels, err := Channels([]fault.Secret{fault.Secret(url)}, client(t, fault.Secret(s.URL)))
	if err != nil {
		t.Fatal(err)
	}
	c, ok := channels[0].(named).Channel.(*chat)
	if !ok {
		t.Fatalf("%s: got %T, want a chat", scheme(fault.Secret(url)), channels[0])
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(c.address.Reveal(), "https://"), "/")
	c.address = fault.Secret(s.URL + "/" + path)
	return c
}

// N3: each chat is given what its documentation asks for.
func TestChats(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	long := told1
	long.Text, long.Title = strings.Repeat("é", 9000), strings.Repeat("t", 400)
	for _, tc := range []struct {
		name, url, path, answer string
		m                       Message
		want                    []string
	}{
		{"slack by hook", "slack://hook:T0000CANARY-B0000CANARY-CANARY000000000000000000@webhook", "/services/T0000CANARY/B0000CANARY/CANARY000000000000000000", "ok", told1,
			[]string{`"text":"Many runs fail \u0026lt;now\u0026gt;"`, `"color":"danger"`, "TIMEOUT", `a=1\u0026amp;b=2`}},
		{"slack by token", "slack://xoxb:123456789012-123456789012-CANARY000000000000000000@C001", "/api/chat.postMessage", `{"ok":true}`, told1, []string{`"channel":"C001"`}},
		{"discord", "discord://CANARY@7?thread_id=8", "/api/webhooks/7/CANARY", "", told1,
			[]string{`"embeds":[{"title":"Many runs fail \u003cnow\u003e","description":"12 of 40 runs failed.\nThe cause is TIMEOUT.\nhttps://count`, `"timestamp":"2026-11-23T20:00:00Z"`, `"color":14026000`}},
		{"discord, long", "discord://CANARY@7", "/api/webhooks/7/CANARY", "", long, []string{strings.Repeat("é", 3999) + `…"`, strings.Repeat("t", 249) + `…"`}},
		{"telegram", "telegram://1:CANARY@telegram?chats=@a&notification=no", "/bot1:CANARY/sendMessage", `{"ok":true}`, told1,
			[]string{`"text":"Many runs fail \u003cnow\u003e\n12 of`, `"chat_id":"@a"`, `"disable_notification":true`}},
		{"telegram, a thread", "telegram://1:CANARY@telegram?chats=-100:7", "/bot1:CANARY/sendMessage", `{"ok":true}`, told1, []string{`"chat_id":"-100"`, `"message_thread_id":7`}},
	} {
		s.say(200, tc.answer)
		c := at(t, s, tc.url)
		if err := c.Send(t.Context(), tc.m); err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		g := s.last(t)
		for _, want := range tc.want {
			if !strings.Contains(g.body, want) {
				t.Errorf("%s: got %s, want %s in it", tc.name, g.body, want)
			}
		}
		if g.path != tc.path || strings.Contains(g.body, "parse_mode") || strings.Contains(g.body, `"content"`) {
			t.Errorf("%s: got %s to %s, want it at %s, and nothing that calls people", tc.name, g.body, g.path, tc.path)
		}
		for status, answer := range map[int]string{500: "CANARY", 404: `{"ok":false,"description":"CANARY"}`} {
			s.say(status, answer)
			err := c.Send(t.Context(), told1)
			if err == nil || !strings.Contains(err.Error(), fmt.Sprint("HTTP ", status)) {
				t.Errorf("%s, %d: got %v, want an error with the status", tc.name, status, err)
				continue
			}
			silent(t, tc.name, err.Error())
			s.last(t)
		}
	}
	c := at(t, s, "slack://xoxb:123456789012-123456789012-CANARY000000000000000000@C001")
	for answer, want := range map[string]string{`{"ok":false,"error":"channel_not_found"}`: "slack refused it: channel_not_found", `{"ok":false,"error":"CANARY 1"}`: "slack refused it", "x": "slack refused it"} {
		s.say(200, answer)
		if err := c.Send(t.Context(), told1); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %q", answer, err, want)
		}
	}
}

// N3: two chats of one address are two messages; one that fails does not keep the other from its own.
func TestTelegramWritesToEveryChat(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.say(400, "")
	if err := at(t, s, "telegram://1:a@telegram?chats=@a,@b").Send(t.Context(), told1); err == nil {
		t.Error("got no error")
	}
	if len(s.calls) != 2 {
		t.Errorf("got %d calls, want 2", len(s.calls))
	}
}

// N3: the library's services that take our client use it.
func TestServices(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, tc := range []struct{ url, path, answer, agent string }{
		{"ntfy://HOST/topic?scheme=http", "/topic", `{"id":"1"}`, "Truecount"},
		{"gotify://HOST/AzyxwvutsrqponM?disabletls=yes", "/message", `{"id":1}`, "Truecount"},
		{"mattermost://u@HOST/token?disabletls=yes", "/hooks/token", "", "Truecount"},
	} {
		s.say(200, tc.answer)
		if err := opened(t, strings.ReplaceAll(tc.url, "HOST", s.host())).Send(t.Context(), told1); err != nil {
			t.Errorf("%s: %v", tc.url, err)
			continue
		}
		if g := s.last(t); g.path != tc.path || g.method != http.MethodPost ||
			!strings.Contains(g.body, "The cause is TIMEOUT.") ||
			g.header.Get("User-Agent") != tc.agent {
			t.Errorf("%s: got %+v, want the message at %s from %s", tc.url, g, tc.path, tc.agent)
		}
	}
}

// A service of the library either sends through our client or is refused with one line, whatever it is called: none
// goes round the guard against inner addresses. // W5
func TestNoServiceGoesRoundTheGuard(t *testing.T) {
	t.Parallel()
	usable := map[string]string{
		"ntfy": "ntfy://ntfy.example.com/topic", "gotify": "gotify://gotify.example.com/AzyxwvutsrqponM", "mattermost": "mattermost://u@mattermost.example.com/token",
		"rocketchat": "rocketchat://rocketchat.example.com/a/b", "pushover": "pushover://shoutrrr:token@user", "pagerduty": "pagerduty://events.pagerduty.com/0123456789abcdef0123456789abcdef",
	}
	kinds := (&router.ServiceRouter{}).ListServices()
	for _, kind := range []string{"bark", "googlechat", "ifttt", "join", "lark", "matrix", "notifiarr", "opsgenie", "pushbullet", "signal", "wecom", "zulip"} {
		if !slices.Contains(kinds, kind) {
			t.Errorf("the library has no %s any more", kind)
		}
	}
	for _, kind := range kinds {
		if slices.Contains([]string{"slack", "discord", "telegram", "teams", "smtp", "generic", "logger"}, kind) {
			continue // sent by ourselves, or not offered
		}
		u, ok := usable[kind]
		if !ok {
			u = kind + "://a:CANARY@10.0.0.1/b/c?x=y"
		}
		_, err := Channels([]fault.Secret{fault.Secret(u)}, client(t))
		if ok && err != nil {
			t.Errorf("%s: got %v, want it usable", kind, err)
		}
		if !ok &&
			(err == nil || !strings.Contains(err.Error(), "inner addresses") || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "CANARY")) {
			t.Errorf("%s: got %v, want one line that refuses it", kind, err)
		}
	}
	s := newStand(t)
	made, err := (&router.ServiceRouter{}).NewService("ntfy")
	if err != nil || !takesClient(made) {
		t.Fatal(err, "ntfy takes no client")
	}
	// The address is another's than the operator named: nothing is called.
	c := opened(t, "ntfy://"+s.host()+"/topic?scheme=http")
	inner, ok := c.(named)
	svc, isService := inner.Channel.(*service)
	if !ok || !isService {
		t.Fatalf("got %T", c)
	}
	stranger := outbound.New(outbound.Options{})
	t.Cleanup(stranger.Close)
	svc.http = stranger
	if err := svc.Send(t.Context(), told1); err == nil || len(s.calls) != 0 {
		t.Errorf("an inner address that no setting names: got %v and %d calls, want it refused", err, len(s.calls))
	}
}

// postbox is a mail server that keeps what it is given.
type postbox struct {
	mu    sync.Mutex
	said  []string
	texts []string
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
	return p, l.Addr().String()
}

func (p *postbox) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	say := func(s string) { _, _ = fmt.Fprintf(c, "%s\r\n", s) }
	say("220 postbox")
	var text *strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		p.mu.Lock()
		switch {
		case text != nil && line == ".\r\n":
			p.texts, text = append(p.texts, strings.ReplaceAll(text.String(), "=\r\n", "")), nil
			say("250 ok")
		case text != nil:
			text.WriteString(line)
		case strings.HasPrefix(line, "DATA"):
			text = &strings.Builder{}
			say("354 go on")
		case strings.HasPrefix(line, "QUIT"):
			say("221 bye")
		default:
			p.said = append(p.said, strings.TrimSpace(line))
			say("250 ok")
		}
		p.mu.Unlock()
	}
}

// N3: an alert is one mail to all; its title cannot write headers. // W7
func TestMail(t *testing.T) {
	t.Parallel()
	p, address := newPostbox(t)
	m, err := NewMailer(fault.Secret("smtp://"+address), "truecount@example.com")
	if err != nil {
		t.Fatal(err)
	}
	bad := told1
	bad.Title = "Many runs\r\nBcc: everybody@example.com\r\n\r\nfail"
	for _, tc := range []struct {
		c    Channel
		name string
		to   []string
	}{
		{m.Channel("ops@example.com"), "e-mail ops@example.com", []string{"RCPT TO:<ops@example.com>"}},
		{opened(t, "smtp://"+address+"/?from=t@example.com&fromname=True+Count&to=a@example.com,b@example.com&usestarttls=no"), "e-mail a@example.com, b@example.com", []string{"RCPT TO:<a@example.com>", "RCPT TO:<b@example.com>"}},
	} {
		p.mu.Lock()
		p.said, p.texts = nil, nil
		p.mu.Unlock()
		if err := tc.c.Send(t.Context(), bad); err != nil {
			t.Fatal(err)
		}
		p.mu.Lock()
		said, texts := strings.Join(p.said, "\n"), p.texts
		p.mu.Unlock()
		if len(texts) != 1 || tc.c.Name() != tc.name || strings.Count(said, "RCPT") != len(tc.to) {
			t.Fatalf("%s: got %d mails and %q, want one", tc.c.Name(), len(texts), said)
		}
		for _, to := range tc.to {
			if !strings.Contains(said, to) {
				t.Errorf("got %q, want %q said", said, to)
			}
		}
		head, text, _ := strings.Cut(texts[0], "\r\n\r\n")
		if strings.Contains(head, "\nBcc:") || !strings.Contains(head, "Subject: Many runs Bcc: everybody@example.com fail") {
			t.Errorf("got the head %q, want the title on its one line", head)
		}
		if !strings.Contains(text, "The cause is TIMEOUT.") ||
			!strings.Contains(strings.ReplaceAll(text, "=3D", "="), told1.Link) {
			t.Errorf("got the text %q, want text and link", text)
		}
	}
	if err := (*Mailer)(nil).Channel("a@example.com").Send(t.Context(), told1); err == nil {
		t.Error("without a server: got no error")
	}
}
