package platform

import (
	"fmt"
	"strings"
)

// ReviewTexts are the texts that a platform's review form asks for, as Markdown with one block to copy each: what each
// permission is for, how data is handled, and how it is deleted. site is the installation's public address without a
// slash at its end, contact an email address or empty. Everything comes from the Spec, so the texts say what the
// program does.
func (s Spec) ReviewTexts(site, contact string) string {
	var b strings.Builder
	block := func(title, text string) {
		fmt.Fprintf(&b, "%s:\n\n```copy\n%s\n```\n\n", title, text)
	}
	for _, sc := range s.Scopes {
		need := "It is optional: without it the related numbers stay empty."
		if sc.Required {
			need = "The account cannot be connected without it."
		}
		block("Use case for `"+sc.Name+"`", fmt.Sprintf("Truecount shows creators their own %s statistics. %s %s "+
			"The data is shown only to the person who connected the account.", s.Name, sc.Why, need))
	}
	answers := "The operator of this installation answers questions."
	if contact != "" {
		answers = "Questions: " + contact + "."
	}
	block(
		"Data handling",
		fmt.Sprintf(
			"Truecount is self-hosted at %s. Access tokens are encrypted with AES-GCM before they are stored, and never "+
				"appear in logs or pages. Data is read with the person's consent, at most a few times a day, and is neither sold nor "+
				"shared. Administrators see whether syncing works, not the numbers. Privacy policy: %s/privacy. %s",
			site,
			site,
			answers,
		),
	)
	kept := "The person chooses whether the stored data is kept or deleted at once."
	if !s.KeepAfterDisconnect {
		kept = fmt.Sprintf(
			"The stored data is deleted within %d days, or at once if the person asks for it.",
			int(s.DeleteWithin.Hours()/24),
		)
	}
	revoked := "Truecount deletes its tokens."
	if s.Revokes {
		revoked = "Truecount revokes its access at " + s.Name + " and deletes its tokens."
	}
	block("Deletion", fmt.Sprintf("A person disconnects on the Connections page. %s %s "+
		"Access can also be removed at %s (%s). How to delete data, and what became of a request: %s/deletion.", revoked, kept, s.Name, s.AccessPage.Path, site))
	return strings.TrimRight(b.String(), "\n")
}
