// Package app opens the rooms in order and closes them in reverse. It owns the wires between neighbours that do not
// know each other, the server's start and end, and nothing else. It refuses any rule, table or page of its own: those
// belong to the rooms. The commands in app/cli call it, and the tests of the whole product open it as a value.
package app
