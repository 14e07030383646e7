// Package web is the web server: it puts the groups of pages together and holds the one table of routes. The groups
// turn requests into calls on the rooms, and what the rooms answer into pages and JSON: visitors, creators, admins and
// machines, by who is looking. What they share (sessions, who may ask, how errors become answers) is in edge. Nothing
// here holds a rule of the domain. The application's server, app.Server, is the only caller.
package web
