package doctor

import (
	"context"
	"net/mail"
	"net/url"
	"strings"

	"github.com/truecount/truecount/app/health"
)

func channel(what string) finding { return about(Channels, "channels."+strings.ToLower(what), what) }

// channels looks at what tells people that something is wrong.
func (d *Doctor) channels(ctx context.Context, offline bool) []health.Finding {
	out := d.mail(ctx, offline)
	out = append(out, d.alerts(ctx))
	c := d.o.Config
	beat := channel("HEARTBEAT_URL")
	if c.HeartbeatURL.Empty() {
		out = append(out, beat.skipped("HEARTBEAT_URL is not set: no dead-man's switch hears of finished nights."))
	} else {
		out = append(out, beat.ok("Each finished night is told to an outside switch."))
	}
	sentry := channel("SENTRY_DSN")
	switch u, err := url.Parse(c.SentryDSN.Reveal()); {
	case c.SentryDSN.Empty():
		out = append(out, sentry.skipped("SENTRY_DSN is not set: errors are in the log alone."))
	case err != nil || u.User.Username() == "" || strings.Trim(u.Path, "/") == "":
		out = append(out, sentry.fail("SENTRY_DSN has no key or no project in it.", "Copy it whole from Sentry: https://key@host/number."))
	default:
		out = append(out, sentry.ok("Errors are told to %s.", u.Host))
	}
	return out
}

func (d *Doctor) mail(ctx context.Context, offline bool) []health.Finding {
	c := d.o.Config
	server, from := channel("SMTP_URL"), channel("MAIL_FROM")
	if c.SMTPURL.Empty() {
		return []health.Finding{server.skipped("SMTP_URL is not set: an admin hands links out instead of mail.")}
	}
	var out []health.Finding
	switch {
	case offline || d.o.Mail == nil:
		out = append(out, server.skipped("The mail server was not asked."))
	default:
		if err := d.o.Mail(ctx); err != nil {
			out = append(out, server.fail("Mail cannot be sent: "+sentence(err), "Look at host, port, user and password in SMTP_URL."))
		} else {
			out = append(out, server.ok("The mail server answers and lets us in; nothing was sent."))
		}
	}
	switch _, err := mail.ParseAddress(c.MailFrom); {
	case c.MailFrom == "":
		out = append(out, from.warn("MAIL_FROM is not set: mail comes from truecount@ the mail server's name.", "Set MAIL_FROM to an address that may send through it."))
	case err != nil:
		out = append(out, from.fail("MAIL_FROM is no mail address.", "Set it, for example MAIL_FROM=truecount@count.example.com."))
	default:
		out = append(out, from.ok("Mail comes from %s.", c.MailFrom))
	}
	return out
}

// alerts looks who is told of failures: the set places, and every admin where there is mail.
func (d *Doctor) alerts(ctx context.Context) health.Finding {
	f := channel("ALERT_URLS")
	var names []string
	if d.o.Channels != nil {
		var err error
		if names, err = d.o.Channels(ctx); err != nil {
			return f.fail("Alerts cannot be sent: "+sentence(err), "Correct ALERT_URLS.")
		}
	}
	switch set := len(d.o.Config.AlertURLs); {
	case len(names) > 0:
		return f.ok("Alerts go to %s.", strings.Join(names, ", "))
	case set > 0:
		return f.ok("%s set.", plural(set, "alert channel is", "alert channels are"))
	case d.o.Config.Sandbox:
		return f.skipped("ALERT_URLS is not set: of the sandbox nobody has to be told.")
	default:
		return f.warn("ALERT_URLS is not set: failures tell nobody but the page of alerts.", "Set ALERT_URLS, for example to a chat's webhook.")
	}
}
