// Package sets follows how posts grew, post by post, from the readings that found a change. It owns the rules by which
// the growth of some posts adds up as the running totals of all of them do: where a post starts from, and what is not
// counted because it was there before.
//
// It knows no state and no platform's terms. Package numbers asks it for questions about tags and times of publishing.
package sets
