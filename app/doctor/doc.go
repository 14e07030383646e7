// Package doctor looks at the set-up, from the environment to the last tick of the clock, and says of each check in one
// sentence what is well, what is not and what to do.
//
// It changes nothing, writes nothing but the probe whether the database takes writes, and prints no secret. What could
// not be told never counts as well. It looks at rooms that may not be open: what could not be opened is nil in its
// options. The command "doctor" and the page of the setup check call it.
package doctor
