// Package sandboxtest serves one platform's fake for a test of that fake: a world with a clock that the test moves, a
// client, and ways to look into answers. It knows no platform by name. Nothing but tests imports it.
package sandboxtest
