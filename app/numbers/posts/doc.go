// Package posts answers what is known of a creator's posts: each counter as a value of package numbers, how a post did
// against the account's usual, and its readings. It owns which posts a filter means, their order and where a page of
// them ends. It reads only.
//
// The questions take the creator's id first; another's post is not there. The API and the creator's pages call it.
package posts
