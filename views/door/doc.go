// Package door owns the pages before signing in, the pages of the law, and the small page on which a platform's consent
// window ends. It refuses to know a password beyond the form's field. Web's visitors render it.
package door
