package notify

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/wneessen/go-mail"
)

const reachLimit = 5 * time.Second

// Reach opens a conversation with the mail server, signs in where SMTP_URL says so, and ends it; nothing
// is sent. Its error holds no password.
func (m *Mailer) Reach(ctx context.Context) error {
	c, err := m.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, reachLimit)
	defer cancel()
	if err := c.DialWithContext(ctx); err != nil {
		var n net.Error
		switch {
		case errors.As(err, &n) && n.Timeout(), ctx.Err() != nil:
			return errors.New(m.server.Hostname() + " did not answer in time")
		case errors.Is(err, mail.ErrNoSupportedAuthDiscovered), errors.Is(err, mail.ErrPlainAuthNotSupported), errors.Is(err, mail.ErrLoginAuthNotSupported):
			return errors.New(m.server.Hostname() + " takes no password here")
		case errors.As(err, &n):
			return errors.New(m.server.Hostname() + " cannot be reached")
		default:
			return errors.New(m.server.Hostname() + " did not take the sign-in")
		}
	}
	return c.Close()
}
