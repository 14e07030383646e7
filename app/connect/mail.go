package connect

import (
	"strings"
	"time"

	"github.com/truecount/truecount/app/words"
)

// Mail writes a reminder as a mail in the language of the printer: its subject and its text.
func (r Reminder) Mail(w words.Printer) (subject, text string) {
	account := r.Platform
	if r.Handle != "" {
		account += " @" + r.Handle
	}
	lines := []string{
		w.Say("mail.greeting", "Name", r.Name),
		w.Say("mail.reconnect.ended", "Account", account) + " " + w.Say("mail.reconnect.kept"),
		w.Say("mail.reconnect.link", "Day", words.Date(r.Until, time.UTC)),
		r.Link,
	}
	if r.Last {
		lines = append(lines, w.Say("mail.reconnect.last"))
	}
	return w.Say("mail.reconnect.subject", "Account", account), strings.Join(lines, "\n\n") + "\n"
}
