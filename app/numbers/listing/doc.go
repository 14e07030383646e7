// Package listing reads which posts of an account are stored, and when the list of them was read. Package numbers asks
// it where a count of posts, or a media type that an account never had, depends on that.
package listing
