package backup

import (
	"time"

	"github.com/truecount/truecount/app/words"
)

// Summary says what the copy means, a sentence each.
func (r *Restore) Summary() []string {
	w := words.English
	out := []string{r.age()}
	if s := r.usedUp(); s != "" {
		out = append(out, s)
	}
	switch s := r.Since; {
	case r.Unreadable:
		out = append(out, w.Say("commands.restore.unreadable"))
	case s.Ended > 0 || s.Made > 0:
		out = append(
			out,
			w.Say("commands.restore.ended", "Number", s.Ended),
			w.Say("commands.restore.made", "Number", s.Made),
		)
	}
	switch a := r.Erased; {
	case a.People+a.Accounts > 0:
		out = append(out, w.Say(
			"commands.restore.erased",
			"People",
			words.New("commands.people", "Count", a.People),
			"Accounts",
			words.New("commands.accounts", "Count", a.Accounts),
		))
	case !a.Known:
		out = append(out, w.Say("commands.restore.erasedUnknown"))
	}
	return append(out, r.signIns()...)
}

// signIns says who can sign in afterwards.
func (r *Restore) signIns() []string {
	s, w := r.Access, words.English
	out := []string{w.Say("commands.restore.signIn", "Sessions", s.Sessions, "Links", s.Links)}
	if s.Known {
		out = append(
			out,
			w.Say(
				"commands.restore.kept",
				"Disabled",
				s.Disabled(),
				"Demoted",
				s.Demoted(),
				"Passwords",
				s.Passwords(),
				"Revoked",
				s.Revoked(),
			),
			w.Say("commands.restore.tokens", "Number", s.Tokens),
		)
	} else {
		out = append(out, w.Say("commands.restore.keptUnknown"), w.Say("commands.restore.tokensUnknown", "Number", s.Tokens))
	}
	if s.Admins == 0 {
		out = append(out, w.Say("commands.restore.noAdmin"))
	}
	return out
}

func (r *Restore) age() string {
	w, holds := words.English, words.New("commands.connections", "Count", r.Copy.Connections)
	if r.Copy.Written.IsZero() {
		return w.Say("commands.restore.undated", "Path", r.Copy.Path, "Connections", holds)
	}
	return w.Say(
		"commands.restore.age",
		"Path",
		r.Copy.Path,
		"At",
		words.Minute(r.Copy.Written, r.Copy.Written.Location()),
		"Age",
		ago(r.now.Sub(r.Copy.Written)),
		"Connections",
		holds,
	)
}

// usedUp says what rotation costs: the platform accepts each refresh token once, and the copy may hold one that was
// used already.
func (r *Restore) usedUp() string {
	var names []string
	n := 0
	for _, s := range r.specs {
		if of := r.Since.UsedUp[s.ID]; of > 0 {
			names = append(names, s.Name)
			n += of
		}
	}
	switch {
	case n == 0:
		return ""
	case r.Since.Known:
		return words.English.Say(
			"commands.restore.usedUp",
			"Platforms",
			words.Names(names),
			"Connections",
			words.New("commands.connections", "Count", n),
		)
	default:
		return words.English.Say(
			"commands.restore.usedUpMaybe",
			"Platforms",
			words.Names(names),
			"Connections",
			words.New("commands.connections", "Count", n),
		)
	}
}

// ago is a length of time in its largest unit.
func ago(d time.Duration) words.Text {
	switch {
	case d >= 48*time.Hour:
		return words.New("format.length.days", "Count", int64(d/(24*time.Hour)))
	case d >= 2*time.Hour:
		return words.New("format.length.hours", "Number", int64(d/time.Hour))
	default:
		return words.New("format.length.minutes", "Number", int64(max(d, 0)/time.Minute))
	}
}

// trouble says that no copy was made in time: at is when the last one was made, zero for none, err why the last try
// failed.
func trouble(at time.Time, err error) string {
	w := words.English
	text := w.Say("alerts.backup.none")
	if !at.IsZero() {
		text = w.Say("alerts.backup.last", "At", words.Minute(at, time.UTC))
	}
	if err != nil {
		text += " " + w.Say("alerts.backup.failed", "Why", err)
	}
	return text
}
