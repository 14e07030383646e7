// Package people holds an admin's pages about accounts: who there is, one person, deletion, the question for the
// password, and the audit log. The web pages of admins show them.
package people
