// Package toyfake is the toy platform's fake: its HTTP answers over the sandbox's world. It refuses to import its
// adapter, so that the two check each other. Only tests mount it.
package toyfake
