// Package people owns what concerns a person as a whole: today the end of their account here, with everything that
// every room keeps of them. It writes no table itself: each room deletes its own rows inside one transaction. Web and
// the command "user delete" call it.
package people
