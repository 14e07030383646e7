package notify

import (
	"context"
	"errors"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/truecount/truecount/app/fault"
)

// MailError is why mail did not go: in words that name no person and no secret, with the server's code and what helps.
type MailError struct {
	Words string
	Code  int // of SMTP, 0 without one
	Help  string
}

// Error says it, code and all.
func (e *MailError) Error() string {
	if e.Code != 0 {
		return e.Words + " (" + strconv.Itoa(e.Code) + ")"
	}
	return e.Words
}

// cause finds what holds of a failure.
func (m *Mailer) cause(ctx context.Context, err error) *MailError {
	host, port := m.server.Hostname(), m.port()
	if ctx.Err() != nil {
		err = errors.Join(err, ctx.Err())
	}
	code := codeOf(err)
	switch {
	case errors.Is(err, mail.ErrNoSupportedAuthDiscovered), errors.Is(err, mail.ErrPlainAuthNotSupported), errors.Is(err, mail.ErrLoginAuthNotSupported), strings.Contains(err.Error(), "does not support SMTP AUTH"), code == 530 && m.server.User != nil:
		return &MailError{host + " takes no password here", code, "Use smtps:// or the port on which it offers STARTTLS: many servers take passwords only then."}
	case code == 534, code == 535, code == 538, code == 454 && m.server.User != nil:
		return &MailError{host + " did not take the sign-in", code, "Look at user and password in SMTP_URL. Many providers want a password made for apps."}
	case code == 530:
		return &MailError{host + " wants a sign-in", code, "Put user and password into SMTP_URL: smtp://user:password@host:587."}
	}
	if words, help := fault.Unreached(err, host, port); words != "" && code == 0 {
		return &MailError{host + " cannot be reached: " + words, 0, help}
	}
	var s *mail.SendError
	switch {
	case code == 501 || code == 504:
		return &MailError{host + " does not take the name " + m.name() + " by which we greet it, or an address", code, "Set MAIL_FROM to an address of a domain of your own."}
	case code == 550 || code == 553 || code == 554 || code == 551:
		return &MailError{host + " refused the sender or a recipient", code, "Set MAIL_FROM to an address that may send through this server."}
	case code >= 400 && code < 500:
		return &MailError{host + " asks to try again later", code, "Wait: nothing has to be changed."}
	case errors.As(err, &s):
		return &MailError{"the server refused the message: " + s.Reason.String(), code, "Look at MAIL_FROM and at the server's log."}
	default:
		return &MailError{"the server did not take it", code, "Look at host, port, user and password in SMTP_URL."}
	}
}

// codeOf is the server's own number.
func codeOf(err error) int {
	var p *textproto.Error
	var s *mail.SendError
	switch {
	case errors.As(err, &p):
		return p.Code
	case errors.As(err, &s):
		return s.ErrorCode()
	default:
		return 0
	}
}

// port is where the server is spoken to.
func (m *Mailer) port() string {
	switch {
	case m.server.Port() != "":
		return m.server.Port()
	case m.tls || m.server.Scheme == "smtps":
		return "465"
	default:
		return "25"
	}
}

// name is what we call ourselves to servers, and in Message-IDs: the domain that mail comes from. A machine's short
// name is refused by many (504), and tells of the network inside.
func (m *Mailer) name() string {
	if m.host != "" {
		return m.host
	}
	from := m.from
	if i := strings.LastIndexByte(from, '@'); i >= 0 {
		from = strings.TrimRight(from[i+1:], "> ")
	}
	if !strings.Contains(from, ".") {
		return m.server.Hostname()
	}
	return from
}
