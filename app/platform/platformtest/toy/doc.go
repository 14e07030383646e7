// Package toy is the smallest whole platform: an adapter for an API that nobody has. A test opens the product with it
// beside the built-in list, to hold that a further platform is one folder and one line; and it is the folder to copy
// for a new platform. Nothing but tests imports it.
package toy
