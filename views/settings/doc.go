// Package settings owns the pages on which people change what is said of them: their name and their time zone. It turns
// values into words and forms, and refuses to check what is typed: package auth does. Web's settings render it.
package settings
