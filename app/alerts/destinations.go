package alerts

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/notify"
)

// DestinationOptions is what NewDestinations needs.
type DestinationOptions struct {
	Places []notify.Channel // those that ALERT_URLS names
	Mailer *notify.Mailer   // nil: mail is not configured, so no admin gets mail
	Auth   *auth.Auth       // lists the admins; nil: no admin gets mail
	Sentry notify.Channel   // nil: Sentry is not configured
	Log    *slog.Logger
}

// Destinations lists the channels of alerts: those of ALERT_URLS, every admin's mailbox, and Sentry.
type Destinations struct {
	o DestinationOptions

	mu     sync.Mutex // guards emails, the admins' addresses as last read
	emails []string
}

// NewDestinations makes the destinations of one installation. App passes Channels to New.
func NewDestinations(o DestinationOptions) *Destinations { return &Destinations{o: o} }

// Channels gives the channels as they are now. When the database cannot be read, the admins
// known before get the mail.
func (d *Destinations) Channels(ctx context.Context) ([]notify.Channel, error) {
	out := slices.Clone(d.o.Places)
	if d.o.Mailer != nil && d.o.Auth != nil {
		for _, email := range d.admins(ctx) {
			out = append(out, d.o.Mailer.Channel(email))
		}
	}
	if d.o.Sentry != nil {
		out = append(out, d.o.Sentry)
	}
	return out, nil
}

func (d *Destinations) admins(ctx context.Context) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	admins, err := d.o.Auth.Admins(ctx)
	if err != nil {
		d.o.Log.WarnContext(ctx, "the admins cannot be read: the admins known before get the mail", "error", err)
		return slices.Clone(d.emails)
	}
	d.emails = d.emails[:0]
	for _, u := range admins {
		d.emails = append(d.emails, u.Email)
	}
	return slices.Clone(d.emails)
}
