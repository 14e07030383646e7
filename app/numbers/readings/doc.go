// Package readings reads what accounts had at times and on days from the database, all of it in one statement: the
// running totals of their posts, their own counts, and the platforms' figures of days. It says what was stored and
// computes nothing. Room numbers uses it.
package readings
