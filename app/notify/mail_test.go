package notify

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/truecount/truecount/app/fault"
)

// postOffice is a mail server that answers each command by its first word, and remembers what it was told.
type postOffice struct {
	mu   sync.Mutex
	said []string
	open []net.Conn
}

func (o *postOffice) all() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.said, "\n")
}

func openOffice(t *testing.T, answers map[string]string) (*postOffice, string) {
	t.Helper()
	o := &postOffice{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		o.mu.Lock()
		for _, c := range o.open {
			_ = c.Close()
		}
		o.mu.Unlock()
		all.Wait()
	})
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			o.mu.Lock()
			o.open = append(o.open, c)
			o.mu.Unlock()
			all.Go(func() { o.talk(c, answers) })
		}
	})
	return o, l.Addr().String()
}

func (o *postOffice) talk(c net.Conn, answers map[string]string) {
	defer func() { _ = c.Close() }()
	in := bufio.NewScanner(c)
	say := func(s string) { _, _ = fmt.Fprint(c, s+"\r\n") }
	say("220 mx.example.net")
	text := false
	for in.Scan() {
		line := strings.TrimSpace(in.Text())
		o.mu.Lock()
		o.said = append(o.said, line)
		o.mu.Unlock()
		if text {
			if line == "." {
				text = false
				say("250 ok")
			}
			continue
		}
		word := strings.ToUpper(strings.Fields(line + " ?")[0])
		answer, special := answers[word]
		switch {
		case special:
			say(answer)
		case word == "EHLO" && !strings.Contains(line, "."): // as strict servers do
			say("504 5.5.2 need a fully qualified hostname")
		case word == "EHLO":
			say("250-mx.example.net\r\n250 AUTH PLAIN LOGIN")
		case word == "AUTH":
			say("235 ok")
		case word == "DATA":
			text = true
			say("354 go on")
		case word == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// We greet a mail server by a full name, and put the same into Message-ID.
func TestMailCarriesAPublicName(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ from, base, want string }{
		"the sender's domain":   {"truecount@count.example.com", "", "count.example.com"},
		"with a name beside it": {"True Count <t@mail.example.org>", "", "mail.example.org"},
		"BASE_URL's host":       {"truecount@example.com", "numbers.example.com", "numbers.example.com"},
		"no name of a machine":  {"truecount@example.com", "localhost", "example.com"},
	} {
		o, address := openOffice(t, nil)
		m, err := NewMailer(fault.Secret("smtp://"+address), tc.from)
		if err != nil {
			t.Fatal(err)
		}
		m.Named(tc.base)
		if err := m.Send(t.Context(), "mina@example.net", "Hello", "text"); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
		said := o.all()
		if !strings.Contains(said, "EHLO "+tc.want+"\n") {
			t.Errorf("%s: got %q, want EHLO %s", name, said, tc.want)
		}
		if i := strings.Index(said, "Message-ID: "); i < 0 ||
			!strings.Contains(strings.SplitN(said[i:], "\n", 2)[0], "@"+tc.want+">") {
			t.Errorf("%s: got no Message-ID of %s in %q", name, tc.want, said)
		}
	}
}

// The cause that holds is said, with the server's code and what helps.
func TestWhyMailDoesNotGo(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(nil)
	t.Cleanup(secure.Close)
	for name, tc := range map[string]struct {
		answers map[string]string
		url     string // %s is the office's address
		want    string
		code    int
	}{
		"well":                    {nil, "smtp://%s", "", 0},
		"a refused sign-in":       {map[string]string{"EHLO": "250-mx.example.net\r\n250 AUTH CRAM-MD5", "AUTH": "535 5.7.8 bad credentials"}, "smtp://u:CANARY@%s", "rejected the sign-in", 535},
		"no password in clear":    {nil, "smtp://u:CANARY@%s", "accepts no password", 0},
		"no sign-in at all":       {map[string]string{"EHLO": "250 mx.example.net"}, "smtp://u:CANARY@%s", "accepts no password", 0},
		"a refused sender":        {map[string]string{"MAIL": "553 5.7.1 not your address"}, "smtp://%s", "refused the sender", 553},
		"a refused recipient":     {map[string]string{"RCPT": "550 5.7.1 relaying denied"}, "smtp://%s", "refused the sender or a recipient", 550},
		"a greylist":              {map[string]string{"RCPT": "451 try later"}, "smtp://%s", "", 0},
		"nobody there":            {nil, "smtp://127.0.0.1:1", "the connection to 127.0.0.1:1 was refused", 0},
		"an untrusted authority":  {nil, "smtps://" + strings.TrimPrefix(secure.URL, "https://"), "is not trusted", 0},
		"TLS where there is none": {nil, "smtps://%s", "does not start with TLS", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, address := openOffice(t, tc.answers)
			where := tc.url
			if strings.Contains(where, "%s") {
				where = fmt.Sprintf(where, address)
			}
			m, err := NewMailer(fault.Secret(where), "truecount@example.com")
			if err != nil {
				t.Fatal(err)
			}
			err = m.Reach(t.Context())
			if tc.want == "" {
				if err != nil {
					t.Errorf("got %v, want it well", err)
				}
				return
			}
			var why *MailError
			if !errors.As(err, &why) || !strings.Contains(why.Words, tc.want) || why.Code != tc.code || why.Help == "" ||
				strings.Contains(err.Error(), "CANARY") {
				t.Errorf("got %v (%+v), want %q with %d and what helps", err, why, tc.want, tc.code)
			}
			if tc.code != 0 && !strings.Contains(err.Error(), fmt.Sprint(tc.code)) {
				t.Errorf("got %v, want the server's code in it", err)
			}
		})
	}
}
