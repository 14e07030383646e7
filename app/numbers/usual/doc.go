// Package usual compares a post with the account's own posts at the same age. It owns which posts those are, how many
// are needed, and at which age; it reads what posts had at the ages of package reading, which the syncer settles.
//
// It knows no state, no reason in words and no platform's terms: whoever asks must not ask for an account whose
// platform forbids it. Package numbers makes typical values of it, and package posts and the pages the comparison of a
// single post.
package usual
