// Package admins answers an admin's requests: the console of syncs, alerts, people and the audit log, the setup check,
// and the sandbox's faults. One type a part; each embeds base, which holds the edge and the rooms. Nothing here shows a
// creator's numbers. Package web puts the methods into its table of routes.
package admins
