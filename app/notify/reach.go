package notify

import (
	"context"
	"net/mail"
	"time"
)

const reachLimit = 5 * time.Second

// Reach opens a conversation with the mail server, signs in where SMTP_URL says so, names the sender and, as recipient,
// the sender again, and takes it back; nothing is sent. Its error is a *MailError, and holds no password.
func (m *Mailer) Reach(ctx context.Context) error {
	c, err := m.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, reachLimit)
	defer cancel()
	talk, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return m.cause(ctx, err)
	}
	defer func() { _ = c.CloseWithSMTPClient(talk) }()
	from := m.from
	if a, err := mail.ParseAddress(from); err == nil {
		from = a.Address
	}
	if err := talk.Mail(from); err != nil {
		return m.cause(ctx, err)
	}
	if err := talk.Rcpt(from); err != nil {
		if code := codeOf(err); code/100 != 5 { // a greylist, or a mailbox that is full, says nothing of us
			return nil //nolint:nilerr // the sender was taken
		}
		return m.cause(ctx, err)
	}
	if err := talk.Reset(); err != nil {
		return m.cause(ctx, err)
	}
	return nil
}
