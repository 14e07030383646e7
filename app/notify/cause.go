package notify

import (
	"context"
	"errors"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
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
	case errors.Is(err, mail.ErrNoSupportedAuthDiscovered),
		errors.Is(err, mail.ErrPlainAuthNotSupported),
		errors.Is(err, mail.ErrLoginAuthNotSupported),
		strings.Contains(err.Error(), "does not support SMTP AUTH"),
		code == 530 && m.server.User != nil:
		return &MailError{
			words.English.Say("errors.mail.noPassword", "Host", host),
			code,
			words.English.Say("errors.mail.noPasswordFix"),
		}
	case code == 534, code == 535, code == 538, code == 454 && m.server.User != nil:
		return &MailError{
			words.English.Say("errors.mail.signIn", "Host", host),
			code,
			words.English.Say("errors.mail.signInFix"),
		}
	case code == 530:
		return &MailError{
			words.English.Say("errors.mail.needsSignIn", "Host", host),
			code,
			words.English.Say("errors.mail.needsSignInFix"),
		}
	}
	if why, help := fault.Unreached(err, host, port); why != "" && code == 0 {
		return &MailError{words.English.Say("errors.mail.unreachable", "Host", host, "Why", why), 0, help}
	}
	var s *mail.SendError
	switch {
	case code == 501 || code == 504:
		return &MailError{
			words.English.Say("errors.mail.name", "Host", host, "Name", m.name()),
			code,
			words.English.Say("errors.mail.nameFix"),
		}
	case code == 550 || code == 553 || code == 554 || code == 551:
		return &MailError{
			words.English.Say("errors.mail.refused", "Host", host),
			code,
			words.English.Say("errors.mail.refusedFix"),
		}
	case code >= 400 && code < 500:
		return &MailError{words.English.Say("errors.mail.later", "Host", host), code, words.English.Say("errors.wait")}
	case errors.As(err, &s):
		return &MailError{
			words.English.Say("errors.mail.rejected", "Why", s.Reason.String()),
			code,
			words.English.Say("errors.mail.rejectedFix"),
		}
	default:
		return &MailError{words.English.Say("errors.mail.failed"), code, words.English.Say("errors.mail.failedFix")}
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
