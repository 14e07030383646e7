// Package all is the list of platforms, one line each, with the fake that stands in for each. It is the only package
// that names them all. The application opens the product with it, or with another List that it is given.
package all
