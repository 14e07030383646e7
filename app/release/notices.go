package release

import _ "embed"

// notices are the licence texts of everything that is linked in, by module. The test of licences writes them
// (WRITE_NOTICES=1) and fails when they are not up to date.
//
//go:embed notices.txt
var notices string

// Notices gives the licence texts of everything that is linked in, each with the modules that are under it.
func Notices() string { return notices }
