// Package auth is our own front door: people and their passwords, sessions, invitations, personal API tokens, and the
// audit log. It is the one writer of those tables. It knows nothing of platforms, and never stores or prints a
// password, a session id or a token: only hashes. The web pages and the commands call it.
package auth
