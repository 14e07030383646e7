// Package admin owns the pages of admins about syncing: how it goes, what failed, why, and who must act, with the codes
// that creators do not see. It refuses to show a creator's numbers, and computes only words. Web's admins render it.
package admin
