package edge

import (
	"strings"

	"github.com/truecount/truecount/app/words"
)

// ResetMail is the text of a mail with a link for a new password: who asked for it, and what to do if that was
// another person.
func ResetMail(w words.Printer, name string, who words.Text, link string, life words.Text) string {
	return strings.Join([]string{
		w.Say("mail.greeting", "Name", name),
		w.Text(who) + " " + w.Say("mail.reset.link", "Life", life),
		link,
		w.Say("mail.reset.ignore"),
	}, "\n\n") + "\n"
}
