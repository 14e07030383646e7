// Package platformtest holds what every platform must do. An adapter passes the conformance suite against its fake with
// Run, which is the same for all of them, and is tested against scripted answers with Serve. Other rooms make
// registries for their tests with Wrapped and Described. It knows no platform by name. Nothing but tests imports it.
package platformtest
