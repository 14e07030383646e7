// Package creators answers a creator's requests, in a browser and as JSON: their dashboard, platforms and posts, their
// connections, and the way through a platform's consent and back. Everything it reads or changes belongs to who is
// signed in. Package web puts the methods into its table of routes.
package creators
