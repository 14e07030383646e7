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
	"github.com/truecount/truecount/app/words"
)

// channelChecks look at what tells people that something is wrong.
type channelChecks struct{ o Options }

func channelFinding(what string) finding {
	return newFinding(console.AreaChannels, "channels."+strings.ToLower(what), what)
}

// channels looks at what tells people that something is wrong.
func (d channelChecks) all(ctx context.Context, offline bool) []console.Finding {
	out := d.mail(ctx, offline)
	outlets, err := d.outlets(ctx)
	out = append(out, d.alerts(outlets, err))
	c := d.o.Config
	beat := channelFinding("HEARTBEAT_URL")
	if c.HeartbeatURL.Empty() {
		out = append(out, beat.skipped(words.New("doctor.channels.noHeartbeat")))
	} else if where, f := d.dial(ctx, offline, beat, c.HeartbeatURL.Reveal()); where == "" {
		out = append(out, f)
	} else { // it is not called: that would be a finished night's sign
		out = append(out, beat.ok(words.New("doctor.channels.heartbeat", "Host", where)))
	}
	sentry := channelFinding("SENTRY_DSN")
	switch u, err := url.Parse(c.SentryDSN.Reveal()); {
	case c.SentryDSN.Empty():
		out = append(out, sentry.skipped(words.New("doctor.channels.noSentry")))
	case err != nil || u.User.Username() == "" || strings.Trim(u.Path, "/") == "":
		out = append(
			out,
			sentry.fail(words.New("doctor.channels.sentryBad"), words.New("doctor.channels.sentryBadDo")),
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
		return "", f.fail(
			words.New("doctor.channels.noHost", "Setting", f.Subject), words.New("doctor.channels.noHostDo"))
	case offline || d.o.Dial == nil:
		return "", f.skipped(words.New("doctor.channels.notAsked", "Host", u.Hostname()))
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80"}[u.Scheme]
	}
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	if err := d.o.Dial(ctx, net.JoinHostPort(u.Hostname(), cmp.Or(port, "443"))); err != nil {
		return "", f.fail(
			words.New(
				"doctor.channels.unreachable",
				"Host",
				u.Host,
			),
			words.New("doctor.channels.unreachableDo", "Setting", f.Subject),
		)
	}
	return u.Host, console.Finding{}
}

func (d channelChecks) sentry(ctx context.Context, offline bool, outlets []Outlet) console.Finding {
	f := channelFinding("SENTRY_DSN")
	i := slices.IndexFunc(outlets, func(o Outlet) bool { return o.Sentry })
	if i >= 0 && outlets[i].Failed != "" {
		return f.fail(
			words.New(
				"doctor.channels.sentryRejected",
				"Why",
				sentence(errors.New(outlets[i].Failed)),
			),
			words.New("doctor.channels.sentryRejectedDo"),
		)
	}
	where, not := d.dial(ctx, offline, f, d.o.Config.SentryDSN.Reveal())
	switch {
	case where == "":
		return not
	case i >= 0 && outlets[i].Sent != nil:
		return f.ok(words.New("doctor.channels.sentry", "Host", where))
	default:
		return f.manual(words.New("doctor.channels.sentryUntested", "Host", where), words.New("doctor.channels.testDo"))
	}
}

func (d channelChecks) mail(ctx context.Context, offline bool) []console.Finding {
	c := d.o.Config
	server, from := channelFinding("SMTP_URL"), channelFinding("MAIL_FROM")
	if c.SMTPURL.Empty() {
		return []console.Finding{server.skipped(words.New("doctor.channels.noMail"))}
	}
	var out []console.Finding
	switch {
	case offline || d.o.Mail == nil:
		out = append(out, server.skipped(words.New("doctor.channels.mailNotAsked")))
	default:
		if err := d.o.Mail(ctx); err != nil {
			todo := words.New("doctor.channels.mailDo")
			var why *notify.MailError
			if errors.As(err, &why) && why.Help != "" {
				todo = words.Plain(why.Help)
			}
			out = append(out, server.fail(words.New("doctor.channels.mailFailed", "Why", sentence(err)), todo))
		} else {
			out = append(out, server.ok(words.New("doctor.channels.mail")))
		}
	}
	switch _, err := mail.ParseAddress(c.MailFrom); {
	case c.MailFrom == "":
		out = append(
			out,
			from.warn(words.New("doctor.channels.noFrom"), words.New("doctor.channels.noFromDo")),
		)
	case err == nil: // the settings' own check reports an address that cannot be used
		out = append(out, from.ok(words.New("doctor.channels.from", "Address", c.MailFrom)))
	}
	return out
}

func (d channelChecks) outlets(ctx context.Context) ([]Outlet, error) {
	if d.o.Channels == nil {
		return nil, nil
	}
	return d.o.Channels(ctx)
}

// alerts looks who is told of failures, the set places and every admin where there is mail, and whether the last
// messages were taken.
func (d channelChecks) alerts(outlets []Outlet, err error) console.Finding {
	f := channelFinding("ALERT_URLS")
	if err != nil {
		return f.fail(
			words.New(
				"doctor.channels.alertsFailed",
				"Why",
				sentence(err),
			),
			words.New("doctor.channels.alertsFailedDo"),
		)
	}
	var names, ill, untried []words.Text
	for _, o := range outlets {
		names = append(names, o.Name)
		switch {
		case o.Sentry: // it has a check of its own
		case o.Failed != "":
			ill = append(
				ill,
				words.New("doctor.channels.failedOf", "Channel", o.Name, "Why", strings.TrimSuffix(o.Failed, ".")),
			)
		case o.Sent == nil && !o.Mail: // the mail server is asked by itself
			untried = append(untried, o.Name)
		}
	}
	switch set := len(d.o.Config.AlertURLs); {
	case len(ill) > 0:
		return f.fail(
			words.New(
				"doctor.channels.rejected",
				"Channels",
				words.List(ill...),
			),
			words.New("doctor.channels.rejectedDo"),
		)
	case len(untried) > 0:
		return f.manual(
			words.New(
				"doctor.channels.untested",
				"Channels",
				words.List(names...),
				"Untested",
				words.List(untried...),
			),
			words.New("doctor.channels.testDo"),
		)
	case len(names) > 0:
		return f.ok(words.New("doctor.channels.alerts", "Channels", words.List(names...)))
	case set > 0:
		return f.manual(words.New("doctor.channels.set", "Count", set), words.New("doctor.channels.testDo"))
	case d.o.Config.Sandbox:
		return f.skipped(words.New("doctor.channels.demo"))
	default:
		return f.warn(words.New("doctor.channels.noAlerts"), words.New("doctor.channels.noAlertsDo"))
	}
}
