package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
)

const canary = "CANARY"

var (
	first = time.Date(2026, 11, 23, 20, 0, 0, 0, time.FixedZone("", 3600))
	over  = first.Add(3 * time.Hour)
	told1 = Message{
		ID: "0198-a", Event: "opened", Rule: "failure_rate", Severity: "critical", Platform: "tiktok", Title: "Many runs fail <now>",
		Text: "12 of 40 runs failed.\nThe cause is TIMEOUT.", Link: "https://count.example.com/admin/alerts?a=1&b=2", Count: 12, FirstSeen: first, LastSeen: first.Add(time.Hour),
	}
)

// got is one call that a stand was given.
type got struct {
	method, path, query, body string
	header                    http.Header
}

// stand is a place that messages go to.
type stand struct {
	*httptest.Server
	mu     sync.Mutex
	calls  []got
	status int
	answer string
}

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{status: http.StatusOK}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls = append(s.calls, got{r.Method, r.URL.Path, r.URL.RawQuery, string(b), r.Header.Clone()})
		if s.status/100 == 3 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(s.status)
		_, _ = io.WriteString(w, s.answer)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *stand) host() string { return strings.TrimPrefix(s.URL, "http://") }

// last gives the only call since the last time.
func (s *stand) last(t *testing.T) got {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) != 1 {
		t.Fatalf("got %d calls, want one", len(s.calls))
	}
	c := s.calls[0]
	s.calls = nil
	return c
}

func (s *stand) say(status int, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.answer = status, answer
}

// hanging answers nobody until the test ends.
func hanging(t *testing.T) *httptest.Server {
	t.Helper()
	end := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-end }))
	t.Cleanup(func() { close(end); s.Close() })
	return s
}

func client(t *testing.T, urls ...fault.Secret) *outbound.Client {
	t.Helper()
	c := outbound.New(outbound.Options{Allow: Hosts(urls...)})
	t.Cleanup(c.Close)
	return c
}

// opened is the one channel of an address.
func opened(t *testing.T, url string) Channel {
	t.Helper()
	channels, err := Channels([]fault.Secret{fault.Secret(url)}, client(t, fault.Secret(url)))
	if err != nil {
		t.Fatal(err)
	}
	return channels[0]
}

// silent fails the test if a text holds the canary.
func silent(t *testing.T, what, text string) {
	t.Helper()
	if strings.Contains(text, canary) {
		t.Errorf("%s: got %q, want it without the secret", what, text)
	}
}

// N3: what cannot be used stops the start with one line that names number and scheme, and no secret.
func TestUnusableAddresses(t *testing.T) {
	t.Parallel()
	good := fault.Secret("https://hooks.example.com/x")
	for _, tc := range []struct{ url, want string }{
		{"gopher://CANARY.example.com", "number 2, gopher"},
		{"logger://", "number 2, logger"},
		{"CANARY", "number 2, no scheme"},
		{"CANARYabcdefgh://x", "number 2, no scheme"},
		{"https://%zzCANARY", "number 2, https"},
		{"generic:///CANARY", "it names no host"},
		{"json+ftp://h/CANARY", "number 2, json+ftp"},
		{"https+http://h/CANARY", "number 2, https+http"},
		{"teams://CANARY@h/b/c?host=x", "teams+https://"},
		{"https://h/x?template=CANARY", "neither teams nor json"},
		{"https://h/x?secret=", "secret cannot be read"},
		{"slack://hook:CANARY@webhook", "number 2, slack"},
		{"discord://CANARY@", "number 2, discord"},
		{"discord://CANARY@1/raw", "number 2, discord"},
		{"telegram://CANARY@telegram?chats=@a", "number 2, telegram"},
		{"telegram://1:CANARY@telegram", "number 2, telegram"},
		{"ntfy://ntfy.sh/", "number 2, ntfy"},
		{"matrix://CANARY@", "number 2, matrix"},
		{"smtp://u:CANARY@mail.example.com/", "nobody to write to"},
		{"smtp://u:CANARY@mail.example.com/?to=nobody", "not an address of a person"},
		{"smtp://u:CANARY@mail.example.com/?to=a@example.com&CANARY=1", "not known"},
		{"smtp:///?to=a@example.com", "no host"},
	} {
		_, err := Channels([]fault.Secret{good, fault.Secret(tc.url)}, client(t))
		if err == nil || !strings.HasPrefix(err.Error(), "ALERT_URLS ") || !strings.Contains(err.Error(), tc.want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one line of ALERT_URLS with %q", tc.url, err, tc.want)
			continue
		}
		silent(t, tc.url, err.Error()+fmt.Sprintf("%+v %#v", err, err))
	}
}

// N3: a channel's name tells which it is and no secret.
func TestNames(t *testing.T) {
	t.Parallel()
	urls := []fault.Secret{
		"slack://hook:T0000CANARY-B0000CANARY-CANARY0000000000000000000@webhook", "https://u:CANARY@Hooks.example.com/CANARY?secret=CANARY",
		"slack://xoxb:123456789012-123456789012-CANARY0000000000000000000@C0000CANARY", "json+http://hooks.example.com:8080/CANARY", "generic://hooks.example.com/CANARY",
		"generic://Hooks.example.com/CANARY2", "teams+https://flows.example.com/CANARY?sig=CANARY", "https://flows.example.com/CANARY?template=Teams",
		"discord://CANARY@1", "telegram://1:CANARY@telegram?chats=@CANARY", "smtp://CANARY:CANARY@mail.example.com/?to=a@example.com,b@example.com",
		"ntfy://u:CANARY@ntfy.example.com/CANARY", "pushover://shoutrrr:CANARY@CANARY",
	}
	want := []string{
		"slack", "webhook Hooks.example.com", "slack #2", "webhook hooks.example.com:8080", "webhook hooks.example.com", "webhook Hooks.example.com #2",
		"teams flows.example.com", "teams flows.example.com #2", "discord", "telegram", "e-mail a@example.com, b@example.com", "ntfy", "pushover",
	}
	channels, err := Channels(urls, client(t, urls...))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range channels {
		if c.Name() != want[i] {
			t.Errorf("%s: got %q, want %q", scheme(urls[i]), c.Name(), want[i])
		}
	}
}

// W5: only hosts that an address names as its own are free of the guard, and only at their port.
func TestHosts(t *testing.T) {
	t.Parallel()
	for url, want := range map[fault.Secret]string{
		"https://Hooks.example.com/x":                   "hooks.example.com:443",
		"generic://127.0.0.1:9000/x":                    "127.0.0.1:9000",
		"generic://h/x?disabletls=yes":                  "h:80",
		"generic+http://h/x":                            "h:80",
		"json+https://[::1]/x":                          "[::1]:443",
		"teams+http://h:81/x":                           "h:81",
		"https://key@sentry.example.com/1":              "sentry.example.com:443",
		"ntfy://ntfy.example.com/topic":                 "ntfy.example.com:443 ntfy.example.com:80",
		"gotify://g:8081/Atoken":                        "g:8081",
		"slack://hook:T-B-X@webhook":                    "",
		"discord://token@1":                             "",
		"telegram://1:a@telegram?chats=@a":              "",
		"smtp://u:p@mail.example.com/?to=a@example.com": "",
		"":  "",
		"%": "",
		"slack://T000000000/B000000000/X00000000000000000": "",
	} {
		if got := strings.Join(Hosts(url), " "); got != want {
			t.Errorf("%s: got %q, want %q", scheme(url), got, want)
		}
	}
}

// N3: a place that is down, slow or moved is an error without a secret, at once and with no second try.
func TestWhatGoesWrong(t *testing.T) {
	t.Parallel()
	s, hang := newStand(t), hanging(t)
	secret := "/CANARY?secret=CANARY&sig=CANARY"
	for _, tc := range []struct {
		name, url string
		status    int
		want      string
	}{
		{"webhook, 500", "http://u:CANARY@" + s.host() + secret, 500, "HTTP 500"},
		{"webhook, 404", "json+http://" + s.host() + secret, 404, "HTTP 404"},
		{"webhook, moved", "generic+http://" + s.host() + secret, 307, "HTTP 307"},
		{"webhook, hangs", strings.Replace(hang.URL, "http", "generic+http", 1) + secret, 0, "no answer in time"},
		{"webhook, nobody there", "http://127.0.0.1:1" + secret, 0, "cannot be reached"},
		{"ntfy, 500", "ntfy://u:CANARY@" + s.host() + "/CANARY?scheme=http", 500, "HTTP 500"},
		{"ntfy, hangs", "ntfy://u:CANARY@" + strings.TrimPrefix(hang.URL, "http://") + "/CANARY?scheme=http", 0, "no answer in time"},
		{"mattermost, 401", "mattermost://u@" + s.host() + "/CANARY?disabletls=yes", 401, "HTTP 401"},
		{"mail, nobody there", "smtp://u:CANARY@127.0.0.1:1/?to=a@example.com", 0, "did not take it"},
	} {
		c := opened(t, tc.url)
		if s.say(tc.status, "CANARY"); tc.status == 0 {
			s.say(200, "")
		}
		ctx, cancel := t.Context(), func() {}
		if strings.Contains(tc.name, "hangs") {
			ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
		}
		err := c.Send(ctx, told1)
		cancel()
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want an error with %q", tc.name, err, tc.want)
			continue
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			silent(t, tc.name, fmt.Sprintf("%v %+v %#v", e, e, e))
		}
		silent(t, tc.name, c.Name()+fmt.Sprintf("%+v %#v", c, c))
		if tc.status != 0 {
			s.last(t)
		}
	}
}

// N3: a dead channel holds up no other.
func TestADeadChannelStandsAlone(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	urls := []fault.Secret{fault.Secret("http://" + s.host() + "/a"), fault.Secret("http://" + s.host() + "/b")}
	channels, err := Channels(urls, client(t, urls...))
	if err != nil {
		t.Fatal(err)
	}
	s.say(502, "")
	for range 7 {
		_ = channels[0].Send(t.Context(), told1)
	}
	s.say(200, "")
	if err := channels[0].Send(t.Context(), told1); err == nil ||
		!strings.Contains(err.Error(), "left alone for a moment") {
		t.Errorf("got %v from a channel that failed seven times, want its breaker open", err)
	}
	if err := channels[1].Send(t.Context(), told1); err != nil {
		t.Errorf("got %v from the other, want it sent", err)
	}
}

func TestPing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	url := fault.Secret(s.URL + "/CANARY?b=CANARY")
	c := client(t, url)
	if err := Ping(t.Context(), c, url); err != nil {
		t.Errorf("got %v, want it to be heard", err)
	}
	if g := s.last(t); g.method != http.MethodGet || g.path != "/CANARY" || g.query != "b=CANARY" || g.body != "" {
		t.Errorf("got %+v, want a GET of the address", g)
	}
	for _, status := range []int{302, 404} {
		s.say(status, "CANARY")
		err := Ping(t.Context(), c, url)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprint(status)) {
			t.Fatalf("%d: got %v, want an error", status, err)
		}
		silent(t, "ping", err.Error())
		s.last(t)
	}
}
