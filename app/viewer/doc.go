// Package viewer says who is asking. The web pages, the jobs and the commands put a Viewer into the context; the data
// layer's rules (ent/schema/wall.go) read it there. A query without one is refused, one for a person is kept to that
// person's rows, and the program's own work names its reason.
package viewer
