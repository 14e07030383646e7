// Package release says which build this is and what it is made of: version, commit, Go version, and the notices of
// everything that is linked in. It is told by the linker, or else by what the go command records, and asks nobody.
package release
