// Package tags owns the words that creators give to their posts. It gives and takes them, many posts at once, and lists
// them. Which figures follow from a tag is asked in package numbers, which reads the tables.
//
// A tag belongs to its creator: nobody else sees it, an admin included. The questions take the creator's id first.
package tags
