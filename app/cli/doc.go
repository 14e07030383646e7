// Package cli owns the commands, one file each: what they take, what they print and how they exit. An error is one line
// on stderr; the exit code is 1 for a failure and 2 for wrong usage. It refuses to do the work itself: each command
// opens app and asks a room. Main calls it.
package cli
