// Package creator owns the pages that a creator sees: the overview, one account in depth, and the connections. It turns
// read models into words and forms, and refuses to compute anything else: every number and every state arrives decided.
// Web's creators render it.
package creator
