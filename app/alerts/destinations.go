package alerts

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/notify"
)

// DestinationOptions is what Destinations are made of.
type DestinationOptions struct {
	Places []notify.Channel // those that ALERT_URLS names
	Mailer *notify.Mailer   // nil: nobody can be written to
	Auth   *auth.Auth       // who knows the admins; nil: none is written to
	Sentry notify.Channel   // nil: none is set
	Log    *slog.Logger
}

// Destinations is where alerts go: the places that are set, every admin's mailbox, Sentry.
type Destinations struct {
	o DestinationOptions

	mu     sync.Mutex // guards who the admins are, as last known
	emails []string
}

// NewDestinations makes them.
func NewDestinations(o DestinationOptions) *Destinations { return &Destinations{o: o} }

// Channels gives the channels as they are now. When the database cannot say who the admins are, those of before are
// written to.
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
		d.o.Log.WarnContext(ctx, "the admins cannot be read: those of before are written to", "error", err)
		return slices.Clone(d.emails)
	}
	d.emails = d.emails[:0]
	for _, u := range admins {
		d.emails = append(d.emails, u.Email)
	}
	return slices.Clone(d.emails)
}
