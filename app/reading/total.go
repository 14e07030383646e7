package reading

import "time"

// Firsts are the times at which an account's counters were first read; nil: never yet.
type Firsts = Table[*time.Time]

// Growth is what the posts of an account gained between two readings, by media type.
type Growth map[string]Counters

// Gained is one post at two readings.
type Gained struct {
	MediaType string
	PostedAt  time.Time // zero when unknown
	Was       Counters  // at the reading before; nil where unknown, all of them for a post that is new
	Is        Counters  // at this one; nil where it did not bring the counter
	Returned  bool      // the post was gone, and what was known of it was forgotten
}

// Add adds what one post gained. A counter that this reading did not bring adds nothing. One that was not known before
// starts from 0 if the post was published after the account's first reading of that counter, else from this reading.
func (g Growth) Add(p Gained, first Firsts) {
	sum := g[p.MediaType]
	for i, is := range p.Is {
		if is == nil {
			continue
		}
		gained := int64(0)
		switch was := p.Was[i]; {
		case was != nil:
			gained = *is - *was
		case !p.Returned && first[i] != nil && p.PostedAt.After(*first[i]):
			gained = *is
		}
		if sum[i] != nil {
			gained += *sum[i]
		}
		sum[i] = &gained
	}
	g[p.MediaType] = sum
}

// Plus gives the running totals after a reading that brought the growth: a counter stays unknown until its first one.
func Plus(total, growth Counters) Counters {
	for i, n := range growth {
		switch {
		case n == nil:
		case total[i] == nil:
			total[i] = n
		default:
			sum := *total[i] + *n
			total[i] = &sum
		}
	}
	return total
}

// Latest gives what is known after a reading: what it did not bring stays as it was.
func Latest(was, is Counters) Counters {
	for i, n := range is {
		if n != nil {
			was[i] = n
		}
	}
	return was
}
