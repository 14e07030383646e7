// Package vault seals and opens secrets with an authenticated keyset. What is sealed is bound to a purpose (owner,
// field, version): moved to another row it does not open. It knows no table and no platform, and never prints a key.
// Connect seals tokens with it and auth its hash chain; the commands make, rotate and prune the keyset.
package vault
