package connect

import "fmt"

// Mail writes a reminder as a mail: its subject and its text.
func (r Reminder) Mail() (subject, text string) {
	account := r.Platform
	if r.Handle != "" {
		account += " @" + r.Handle
	}
	text = fmt.Sprintf("Hello %s,\n\nOur access to your account %s has ended, so its numbers are not updated any more. Those up to then are safe.\n\n"+
		"To give access again, open this link on any device; it needs no password and works until %s:\n\n%s\n",
		r.Name, account, r.Until.Format("2 January 2006"), r.Link)
	if r.Last {
		text += "\nThis is our last message about it.\n"
	}
	return "Please reconnect " + account, text
}
