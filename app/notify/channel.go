package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
)

// Message is one notice of an alert. Text may have several lines; Link leads to our page.
type Message struct {
	ID                  string // of the alert
	Event               string // opened, reminder, over, test
	Rule                string
	Severity            string // critical, warning
	Platform            string // empty: none
	Title, Text, Link   string
	Count               int
	FirstSeen, LastSeen time.Time
	OverAt              *time.Time
}

// body is the message for those who show one text below a title.
func (m Message) body() string {
	return strings.TrimSpace(m.Text + "\n" + m.Link)
}

// whole is the message for those who show one text.
func (m Message) whole() string {
	return strings.TrimSpace(m.Title + "\n" + m.body())
}

// Channel is a place that messages go to.
type Channel interface {
	// Name is a label without any secret, one of a kind among the channels made together.
	Name() string
	// Send delivers one message or says why not, without any secret. It never repeats.
	Send(ctx context.Context, m Message) error
}

const sendLimit = 15 * time.Second // of one message

// Channels opens the places of ALERT_URLS. The error names the one that cannot be used by its number
// and its kind.
func Channels(urls []fault.Secret, client *outbound.Client) ([]Channel, error) {
	channels := make([]Channel, 0, len(urls))
	names, kinds := map[string]int{}, map[string]int{}
	for i, raw := range urls {
		p, err := parse(raw)
		if err == nil {
			kinds[p.kind]++
			line := line{client, "alert:" + numbered(p.kind, kinds[p.kind])}
			var c Channel
			if c, err = p.open(line); err == nil {
				names[c.Name()]++
				channels = append(channels, named{c, numbered(c.Name(), names[c.Name()])})
				continue
			}
		}
		return nil, fmt.Errorf(
			"ALERT_URLS holds an address that cannot be used (number %d, %s): %w, for example ALERT_URLS=generic+https://hooks.example.com/x",
			i+1,
			scheme(raw),
			err,
		)
	}
	return channels, nil
}

func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s #%d", name, n)
}

// named gives a channel its name among the others.
type named struct {
	Channel
	name string
}

func (n named) Name() string { return n.name }

// place is an address of ALERT_URLS, understood as far as its kind.
type place struct {
	kind string // webhook, teams, smtp or the name of a service
	url  *url.URL
	raw  fault.Secret
}

func parse(raw fault.Secret) (place, error) {
	u, err := url.Parse(strings.TrimSpace(raw.Reveal()))
	if err != nil || u.Scheme == "" {
		return place{}, errors.New("it is not an address") // the cause would print it
	}
	p := place{kind: u.Scheme, url: u, raw: raw}
	switch base, _, _ := strings.Cut(u.Scheme, "+"); base {
	case "generic", "json", "http", "https", "teams":
		p.kind = "webhook"
		if wantsCard(u) {
			p.kind = "teams"
		}
	case "smtp", "smtps":
		p.kind = "smtp"
	}
	return p, nil
}

func (p place) open(l line) (Channel, error) {
	switch p.kind {
	case "webhook", "teams":
		return newWebhook(p, l)
	case "smtp":
		return newMailChannel(p.url)
	case "slack":
		return newSlack(p.url, l)
	case "discord":
		return newDiscord(p.url, l)
	case "telegram":
		return newTelegram(p.url, l)
	default:
		return newService(p, l)
	}
}

var schemeForm = regexp.MustCompile(`^[a-z]{2,12}(\+[a-z]{2,8})?$`)

// scheme is what may be told of an address that cannot be used.
func scheme(raw fault.Secret) string {
	s, _, found := strings.Cut(strings.TrimSpace(raw.Reveal()), "://")
	if s = strings.ToLower(s); !found || !schemeForm.MatchString(s) {
		return "no scheme"
	}
	return s
}

// line is how a channel's messages leave: under a label of its own, so that the breaker of a channel
// that is down holds up no other.
type line struct {
	http  *outbound.Client
	label string
}

// post sends a body once. Whatever is not a 2xx is an error that names host or status alone.
func (l line) post(
	ctx context.Context,
	address fault.Secret,
	header http.Header,
	kind string,
	body []byte,
) (*outbound.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	resp, err := l.http.Do(ctx, outbound.Request{
		Platform: l.label, Endpoint: "message", Bucket: outbound.Free, Method: http.MethodPost, URL: address.Reveal(),
		Raw: body, ContentType: kind, Header: header, Once: true, Unfollowed: true,
	})
	if err != nil {
		return nil, why(err)
	}
	return resp, checkStatus(resp.Status)
}

var errLate = errors.New("no answer in time")

// why says in words what kept an answer from us.
func why(err error) error {
	var failed *outbound.Error
	if !errors.As(err, &failed) {
		return errors.New("the call could not be made") // not ours: it may print the address
	}
	switch {
	case failed.Kind == outbound.KindTimeout, errors.Is(err, context.DeadlineExceeded):
		return errLate
	case failed.Kind == outbound.KindOpen:
		return errors.New("left alone for a moment after several failures")
	case failed.Kind == outbound.KindNetwork:
		return errors.New("it cannot be reached")
	case failed.Kind == outbound.KindBlocked:
		return errors.New("its address may not be called")
	default:
		return err
	}
}

func checkStatus(status int) error {
	if status/100 != 2 {
		return fmt.Errorf("the answer was HTTP %d", status)
	}
	return nil
}

// Ping tells a heartbeat's watcher that we are alive.
func Ping(ctx context.Context, client *outbound.Client, address fault.Secret) error {
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	resp, err := client.Do(ctx, outbound.Request{
		Platform: "heartbeat", Endpoint: "ping", Bucket: outbound.Free, Method: http.MethodGet,
		URL: address.Reveal(), Unfollowed: true,
	})
	if err != nil {
		return why(err)
	}
	return checkStatus(resp.Status)
}
