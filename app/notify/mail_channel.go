package notify

import (
	"context"
	"errors"
	"net/mail"
	"net/url"
	"strings"
)

// mailbox is a channel that writes to people.
type mailbox struct {
	mailer *Mailer
	to     []string
}

// Channel makes a channel of an address.
func (m *Mailer) Channel(to string) Channel { return mailbox{m, []string{to}} }

// newMailChannel reads an e-mail address of ALERT_URLS: smtp://user:password@host:port/?from=a@x&to=b@y. The
// parameters have the library's names; what it sends itself has no end in time and lets a title write headers.
func newMailChannel(u *url.URL) (Channel, error) {
	if u.Hostname() == "" {
		return nil, errors.New("it names no host")
	}
	m := &Mailer{server: u}
	var to []string
	var name string
	for key, values := range u.Query() {
		value := values[len(values)-1]
		switch strings.ToLower(key) {
		case "from", "fromaddress":
			m.from = value
		case "fromname":
			name = value
		case "to", "toaddresses":
			for _, v := range values {
				to = append(to, strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })...)
			}
		case "encryption":
			m.plain, m.tls = strings.EqualFold(value, "none"), strings.EqualFold(value, "implicittls")
		case "usestarttls", "starttls":
			m.plain = m.plain || !isTrue(value)
		case "auth":
			m.open = strings.EqualFold(value, "none")
		case "subject", "title", "usehtml", "clienthost", "requirestarttls", "timeout": // ours to decide
		default:
			return nil, errors.New("it has a parameter that is not known")
		}
	}
	if m.from == "" {
		m.from = "truecount@" + u.Hostname()
	}
	if len(to) == 0 {
		return nil, errors.New(
			"it names nobody to write to: smtp://user:password@host:587/?from=a@example.com&to=b@example.com",
		)
	}
	for _, a := range append([]string{m.from}, to...) {
		if _, err := mail.ParseAddress(a); err != nil {
			return nil, errors.New("from or to is not an address of a person")
		}
	}
	if name != "" {
		m.from = (&mail.Address{Name: name, Address: m.from}).String()
	}
	if _, err := m.client(); err != nil {
		return nil, err
	}
	return mailbox{m, to}, nil
}

// Name implements Channel.
func (b mailbox) Name() string { return "e-mail " + strings.Join(b.to, ", ") }

// Send implements Channel.
func (b mailbox) Send(ctx context.Context, m Message) error {
	if b.mailer == nil {
		return errors.New("no mail server is set")
	}
	return b.mailer.send(ctx, b.to, oneLine(m.Title), m.body()+"\n")
}

// oneLine keeps a title from being more than a title.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
