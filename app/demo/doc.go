// Package demo fills an installation that has the sandbox on: the demo's sign-ins, and for the demo's creator one
// account on each platform, connected through the sandbox's own consent, with its past. It does so once, writes through
// the rooms alone, and has no part in an installation with real platforms. The server calls it when it starts.
package demo
