package doctor

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/notify"
)

// channelChecks look at what tells people that something is wrong.
type channelChecks struct{ o Options }

func channel(what string) finding { return about(Channels, "channels."+strings.ToLower(what), what) }

// channels looks at what tells people that something is wrong.
func (d channelChecks) all(ctx context.Context, offline bool) []console.Finding {
	out := d.mail(ctx, offline)
	outlets, err := d.outlets(ctx)
	out = append(out, d.alerts(outlets, err))
	c := d.o.Config
	beat := channel("HEARTBEAT_URL")
	if c.HeartbeatURL.Empty() {
		out = append(out, beat.skipped("HEARTBEAT_URL is not set: no dead-man's switch hears of finished nights."))
	} else if where, f := d.dial(ctx, offline, beat, c.HeartbeatURL.Reveal()); where == "" {
		out = append(out, f)
	} else { // it is not called: that would be a finished night's sign
		out = append(out, beat.ok("Each finished night is told to %s, where somebody answers; nothing was sent.", where))
	}
	sentry := channel("SENTRY_DSN")
	switch u, err := url.Parse(c.SentryDSN.Reveal()); {
	case c.SentryDSN.Empty():
		out = append(out, sentry.skipped("SENTRY_DSN is not set: errors are in the log alone."))
	case err != nil || u.User.Username() == "" || strings.Trim(u.Path, "/") == "":
		out = append(
			out,
			sentry.fail("SENTRY_DSN has no key or no project in it.", "Copy it whole from Sentry: https://key@host/number."),
		)
	default:
		out = append(out, d.sentry(ctx, offline, outlets))
	}
	return out
}

const dialLimit = 3 * time.Second

// dial looks whether somebody answers at an address, and gives who; else what is to be said.
func (d channelChecks) dial(
	ctx context.Context,
	offline bool,
	f finding,
	address string,
) (where string, _ console.Finding) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "":
		return "", f.fail(f.Subject+" names no host.", "Copy it whole from where it is shown.")
	case offline || d.o.Dial == nil:
		return "", f.skipped(u.Hostname() + " was not asked.")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80"}[u.Scheme]
	}
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	if err := d.o.Dial(ctx, net.JoinHostPort(u.Hostname(), cmp.Or(port, "443"))); err != nil {
		return "", f.fail(
			"Nobody answers at "+u.Host+".",
			"Look at host and port in "+f.Subject+", and whether this machine reaches them.",
		)
	}
	return u.Host, console.Finding{}
}

const sentryName = "Sentry"

func (d channelChecks) sentry(ctx context.Context, offline bool, outlets []Outlet) console.Finding {
	f := channel("SENTRY_DSN")
	i := slices.IndexFunc(outlets, func(o Outlet) bool { return o.Name == sentryName })
	if i >= 0 && outlets[i].Failed != "" {
		return f.fail(
			"Sentry does not take what is sent: "+sentence(errors.New(outlets[i].Failed)),
			"Copy SENTRY_DSN whole from Sentry, and restart.",
		)
	}
	where, not := d.dial(ctx, offline, f, d.o.Config.SentryDSN.Reveal())
	switch {
	case where == "":
		return not
	case i >= 0 && outlets[i].Sent != nil:
		return f.ok("Errors are told to %s, which took the last alert.", where)
	default:
		return f.manual("Somebody answers at "+where+"; nothing shows yet that the key is taken.", testTodo)
	}
}

func (d channelChecks) mail(ctx context.Context, offline bool) []console.Finding {
	c := d.o.Config
	server, from := channel("SMTP_URL"), channel("MAIL_FROM")
	if c.SMTPURL.Empty() {
		return []console.Finding{server.skipped("SMTP_URL is not set: an admin hands links out instead of mail.")}
	}
	var out []console.Finding
	switch {
	case offline || d.o.Mail == nil:
		out = append(out, server.skipped("The mail server was not asked."))
	default:
		if err := d.o.Mail(ctx); err != nil {
			todo := "Look at host, port, user and password in SMTP_URL."
			var why *notify.MailError
			if errors.As(err, &why) && why.Help != "" {
				todo = why.Help
			}
			out = append(out, server.fail("Mail cannot be sent: "+sentence(err), todo))
		} else {
			out = append(out, server.ok("The mail server answers, lets us in and takes the sender; nothing was sent."))
		}
	}
	switch _, err := mail.ParseAddress(c.MailFrom); {
	case c.MailFrom == "":
		out = append(
			out,
			from.warn(
				"MAIL_FROM is not set: mail comes from truecount@ the mail server's name.",
				"Set MAIL_FROM to an address that may send through it.",
			),
		)
	case err != nil:
		out = append(
			out,
			from.fail("MAIL_FROM is no mail address.", "Set it, for example MAIL_FROM=truecount@count.example.com."),
		)
	default:
		out = append(out, from.ok("Mail comes from %s.", c.MailFrom))
	}
	return out
}

const testTodo = "Send a test message from the page of alerts."

func (d channelChecks) outlets(ctx context.Context) ([]Outlet, error) {
	if d.o.Channels == nil {
		return nil, nil
	}
	return d.o.Channels(ctx)
}

// alerts looks who is told of failures, the set places and every admin where there is mail, and whether the last
// messages were taken.
func (d channelChecks) alerts(outlets []Outlet, err error) console.Finding {
	f := channel("ALERT_URLS")
	if err != nil {
		return f.fail("Alerts cannot be sent: "+sentence(err), "Correct ALERT_URLS.")
	}
	var names, ill, untried []string
	for _, o := range outlets {
		names = append(names, o.Name)
		switch {
		case o.Name == sentryName: // it is told of by itself
		case o.Failed != "":
			ill = append(ill, o.Name+" ("+strings.TrimSuffix(o.Failed, ".")+")")
		case o.Sent == nil && !o.Mail: // the mail server is asked by itself
			untried = append(untried, o.Name)
		}
	}
	switch set := len(d.o.Config.AlertURLs); {
	case len(ill) > 0:
		return f.fail(
			"The last message was not taken: "+strings.Join(ill, ", ")+".",
			"Correct ALERT_URLS or mend what it leads to; the page of alerts sends a test message.",
		)
	case len(untried) > 0:
		return f.manual(
			"Alerts go to "+strings.Join(names, ", ")+"; nothing was sent yet to "+strings.Join(untried, ", ")+".",
			testTodo,
		)
	case len(names) > 0:
		return f.ok("Alerts go to %s.", strings.Join(names, ", "))
	case set > 0:
		return f.manual(
			counted(
				set,
				"alert channel is",
				"alert channels are",
			)+" set; without a database nothing tells whether they take messages.",
			testTodo,
		)
	case d.o.Config.Sandbox:
		return f.skipped("ALERT_URLS is not set: of the sandbox nobody has to be told.")
	default:
		return f.warn(
			"ALERT_URLS is not set: failures tell nobody but the page of alerts.",
			"Set ALERT_URLS, for example to a chat's webhook.",
		)
	}
}
