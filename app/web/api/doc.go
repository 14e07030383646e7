// Package api answers the programs that creators write: the routes below /api/v1. Each figure is a value of package
// numbers, with its state and where it comes from. Everything belongs to who is signed in, by a session or a token.
// A parameter that a route does not know, or that cannot be meant, is answered with 422 and its name.
//
// Package web puts the methods into its table of routes.
package api
