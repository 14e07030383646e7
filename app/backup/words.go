package backup

import (
	"fmt"
	"strings"
	"time"
)

// Summary says what the copy means, in sentences that blame nobody.
func (r *Restore) Summary() []string {
	out := []string{r.age()}
	if s := r.usedUp(); s != "" {
		out = append(out, s)
	}
	switch s := r.Since; {
	case r.Unreadable:
		out = append(out, "The present database cannot be read.")
	case s.Ended > 0 || s.Made > 0:
		out = append(
			out,
			fmt.Sprintf(
				"Disconnected or deleted since, and to be ended again: %d. Connected since, and not in it: %d.",
				s.Ended,
				s.Made,
			),
		)
	}
	switch a := r.Erased; {
	case a.People+a.Accounts > 0:
		out = append(
			out,
			fmt.Sprintf(
				"Erased since, and erased in the copy again: %s, %s of others.",
				people(a.People),
				count(a.Accounts, "account"),
			),
		)
	case !a.Known:
		out = append(
			out,
			"Nothing tells what was erased since the copy was made: people and accounts that were erased come back. Erase them again.",
		)
	}
	return append(out, r.signIns()...)
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// signIns says who may come in afterwards.
func (r *Restore) signIns() []string {
	s := r.Access
	out := []string{
		fmt.Sprintf(
			"Everybody has to sign in again. Sessions of then that end: %d, links that were not used yet and end: %d.",
			s.Sessions,
			s.Links,
		),
	}
	if s.Known {
		out = append(
			out,
			fmt.Sprintf(
				"Since then, and it stays so: accounts disabled: %d, admins made creators: %d, passwords changed: %d, API tokens revoked: %d. API tokens that stay valid: %d.",
				s.Disabled(),
				s.Demoted(),
				s.Passwords(),
				s.Revoked(),
				s.Tokens,
			),
		)
	} else {
		out = append(out, fmt.Sprintf("Nothing tells which accounts were disabled, passwords changed and API tokens revoked since: they are as they were then, among them %s. Look at People before others do.",
			count(s.Tokens, "valid API token")))
	}
	if s.Admins == 0 {
		out = append(out, "No admin can sign in afterwards: make one with truecount user create.")
	}
	return out
}

func (r *Restore) age() string {
	holds := fmt.Sprintf("holds %s", count(r.Copy.Connections, "connection"))
	if r.Copy.Written.IsZero() {
		return fmt.Sprintf("%s %s.", r.Copy.Path, holds)
	}
	return fmt.Sprintf("%s was last written %s, %s ago, and %s; what was synced since is not in it.",
		r.Copy.Path, r.Copy.Written.Format("2 Jan 2006 15:04 MST"), ago(r.now.Sub(r.Copy.Written)), holds)
}

// usedUp says what rotation costs: the platform takes each refresh token once, and the copy may hold one
// that was taken already.
func (r *Restore) usedUp() string {
	var names []string
	n := 0
	for _, s := range r.specs {
		if of := r.Since.UsedUp[s.ID]; of > 0 {
			names = append(names, s.Name)
			n += of
		}
	}
	if n == 0 {
		return ""
	}
	who, may := strings.Join(names, " and "), "has given newer ones"
	if !r.Since.Known {
		may = "has probably given newer ones"
	}
	return fmt.Sprintf(
		"%s takes each refresh token once, and %s since for %s: each will cost one call and then ask its creator to reconnect.",
		who,
		may,
		count(n, "of these connections"),
	)
}

func count(n int, what string) string {
	if n != 1 && !strings.HasSuffix(what, "s") {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// ago is a length of time in its largest unit.
func ago(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return count(int(d/time.Hour), "hour")
	default:
		return count(int(max(d, 0)/time.Minute), "minute")
	}
}

// trouble says that no copy was made in time: at is when the last one was made, zero for none, err why the last try failed.
func trouble(at time.Time, err error) string {
	words := "No copy of the database could be made yet."
	if !at.IsZero() {
		words = "The last copy of the database is of " + at.UTC().Format("2 Jan 2006 15:04 MST") + "."
	}
	if err != nil {
		words += fmt.Sprintf(" The last try failed: %v.", err)
	}
	return words
}
