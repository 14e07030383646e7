package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/truecount/truecount/app/fault"
)

// Mailer sends plain text through one server. It is safe for concurrent use.
type Mailer struct {
	server *url.URL
	from   string
	tls    bool   // from the start, as with smtps
	plain  bool   // never
	open   bool   // without signing in, also when the address holds a name
	host   string // what we call ourselves; the domain of from unless set
}

// Named gives the mailer the public name of this installation, by which it greets servers. A name without a dot is
// none.
func (m *Mailer) Named(host string) *Mailer {
	if m != nil && strings.Contains(host, ".") && net.ParseIP(host) == nil {
		m.host = host
	}
	return m
}

const mailLimit = 20 * time.Second // of one message

// NewMailer reads an smtp:// or smtps:// address; smtps speaks TLS from the start, smtp asks for it where
// the server offers it. Nil without an address: nobody can be written to.
func NewMailer(address fault.Secret, from string) (*Mailer, error) {
	if address.Empty() {
		return nil, nil
	}
	u, err := url.Parse(address.Reveal())
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("SMTP_URL is not an address") // the cause would print its password
	}
	if from == "" {
		from = "truecount@" + u.Hostname()
	}
	return &Mailer{server: u, from: from}, nil
}

// Send sends one message. Its errors hold neither password nor text.
func (m *Mailer) Send(ctx context.Context, to, subject, text string) error {
	return m.send(ctx, []string{to}, subject, text)
}

// send is Send to several: all are on the one message.
func (m *Mailer) send(ctx context.Context, to []string, subject, text string) error {
	msg := mail.NewMsg()
	if err := msg.From(m.from); err != nil {
		return errors.New("MAIL_FROM is not an address")
	}
	if err := msg.To(to...); err != nil {
		return errors.New("a recipient's address cannot be used")
	}
	msg.Subject(subject)
	msg.SetMessageIDWithValue(fault.Random().Reveal()[:20] + "@" + m.name())
	msg.SetBodyString(mail.TypeTextPlain, text)
	c, err := m.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, mailLimit)
	defer cancel()
	if err := c.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("send mail: %s did not take it: %w", m.server.Hostname(), m.cause(ctx, err))
	}
	return nil
}

func (m *Mailer) client() (*mail.Client, error) {
	options := []mail.Option{
		mail.WithTimeout(mailLimit),
		mail.WithTLSPolicy(mail.TLSOpportunistic),
		mail.WithHELO(m.name()),
	}
	switch {
	case m.tls || m.server.Scheme == "smtps" || (m.server.Port() == "465" && !m.plain):
		options = append(options, mail.WithSSLPort(false))
	case m.plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if port := m.server.Port(); port != "" {
		n, err := strconv.Atoi(port)
		if err != nil {
			return nil, errors.New("SMTP_URL has no usable port")
		}
		options = append(options, mail.WithPort(n))
	}
	if u := m.server.User; u != nil && !m.open {
		password, _ := u.Password()
		options = append(
			options,
			mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(u.Username()),
			mail.WithPassword(password),
		)
	}
	c, err := mail.NewClient(m.server.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("use the mail server %s: %w", m.server.Hostname(), err)
	}
	return c, nil
}
