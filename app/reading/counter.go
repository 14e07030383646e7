package reading

import "slices"

// Counter is a number that a platform counts for a post, and that only ever stands for that post.
type Counter int

// The counters, in the order in which pages show them. A new one comes last.
const (
	Views Counter = iota
	Reach
	Likes
	Comments
	Shares
	Saves
	Interactions // the platform's own total: stored as given, never shown

	counters // how many there are
)

// Table has a value for each counter. Make one of an array literal, Table[T]([...]T{Views: …, Reach: …}): when the
// newest counter has no row, it does not compile.
type Table[T any] [counters]T

// Counters are a post's numbers at one moment. A nil one is unknown, never zero.
type Counters = Table[*int64]

// keys are the contract's words: in JSON, in the database's columns and in a Spec.
var keys = Table[string]([...]string{
	Views: "views", Reach: "reach", Likes: "likes", Comments: "comments", Shares: "shares", Saves: "saves",
	Interactions: "interactions",
})

// missable ranks the counters in freshness' list of what is missing, after followers; 0 is never told.
var missable = Table[int]([...]int{Likes: 1, Comments: 2, Views: 3, Reach: 4, Saves: 5, Shares: 6, Interactions: 0})

// String is the contract's word for a counter.
func (c Counter) String() string { return keys[c] }

// Shown reports whether pages and JSON show the counter.
func (c Counter) Shown() bool { return missable[c] > 0 }

// All lists every counter, in order.
func All() []Counter {
	out := make([]Counter, counters)
	for i := range out {
		out[i] = Counter(i)
	}
	return out
}

// Parse finds a counter by its word.
func Parse(word string) (Counter, bool) {
	i := slices.Index(keys[:], word)
	return Counter(max(i, 0)), i >= 0
}

// Followers is the word for an account's followers, which are no counter of a post.
const Followers = "followers"

// Missable lists what an account may lack, in the order in which the contract lists it.
func Missable() []string {
	ranked := slices.DeleteFunc(All(), func(c Counter) bool { return !c.Shown() })
	slices.SortFunc(ranked, func(a, b Counter) int { return missable[a] - missable[b] })
	out := []string{Followers}
	for _, c := range ranked {
		out = append(out, c.String())
	}
	return out
}
