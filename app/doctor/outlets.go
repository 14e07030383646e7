package doctor

import (
	"cmp"
	"context"
	"net"
	"strings"

	"github.com/truecount/truecount/app/alerts"
	"github.com/truecount/truecount/app/notify"
	"github.com/truecount/truecount/app/words"
)

// Outlets gives what Options.Channels asks: where alerts go and what became of the last ones, without any secret or
// person. places are the channels that ALERT_URLS names; every other mailbox is an admin's, and all of these are one
// outlet.
func Outlets(al *alerts.Alerts, places []notify.Channel) func(context.Context) ([]Outlet, error) {
	set := map[string]bool{}
	for _, c := range places {
		set[c.Name()] = true
	}
	return func(ctx context.Context) ([]Outlet, error) {
		states, err := al.ChannelStates(ctx)
		if err != nil {
			return nil, err
		}
		var out []Outlet
		var admins Outlet
		n := 0
		for _, s := range states {
			switch {
			case set[s.Name] && strings.HasPrefix(s.Name, "e-mail "):
				out = append(out, Outlet{Name: words.New("doctor.channels.email"), Sent: s.Sent, Failed: s.Error})
			case set[s.Name] || s.Name == notify.SentryName:
				out = append(out, Outlet{
					Name: words.Plain(s.Name), Sentry: s.Name == notify.SentryName, Sent: s.Sent, Failed: s.Error})
			default:
				n++
				admins.Failed = cmp.Or(admins.Failed, s.Error)
			}
		}
		if n > 0 {
			admins.Name, admins.Mail = words.New("doctor.channels.admins", "Count", n), true
			out = append(out, admins)
		}
		return out, nil
	}
}

// Dial looks whether somebody takes a connection at a host and port. It is what Options.Dial is outside of tests.
func Dial(ctx context.Context, hostport string) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", hostport)
	if err != nil {
		return err
	}
	return c.Close()
}
