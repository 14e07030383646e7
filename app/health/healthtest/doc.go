// Package healthtest opens a small installation for the tests of the rooms about how syncing goes: health, capacity,
// alerts and console. It refuses to know any of these rooms, so that each can test itself with it. Only tests call it.
package healthtest
