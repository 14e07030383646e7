// Package visitors answers whoever is not signed in: sign-in and sign-out, the first admin, invitations, new passwords,
// reconnect links, and the pages about privacy, terms and deletion. Package web puts the methods into its table of
// routes.
package visitors
