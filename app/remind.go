package app

import (
	"context"
	"fmt"

	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/notify"
)

// remind writes a reminder and sends it; nil when there is no mail.
func remind(m *notify.Mailer) func(context.Context, connect.Reminder) error {
	if m == nil {
		return nil
	}
	return func(ctx context.Context, r connect.Reminder) error {
		account := r.Platform
		if r.Handle != "" {
			account += " @" + r.Handle
		}
		text := fmt.Sprintf("Hello %s,\n\nOur access to your account %s has ended, so its numbers are not updated any more. Those up to then are safe.\n\n"+
			"To give access again, open this link on any device; it needs no password and works until %s:\n\n%s\n", r.Name, account, r.Until.Format("2 January 2006"), r.Link)
		if r.Last {
			text += "\nThis is our last message about it.\n"
		}
		return m.Send(ctx, r.Email, "Please reconnect "+account, text)
	}
}
