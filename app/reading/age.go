package reading

import (
	"slices"
	"time"
)

// ages are the ages at which posts are compared.
var ages = [...]int{1, 2, 3, 7, 14, 30, 90}

// AgeCount is how many ages there are at which posts are compared.
const AgeCount = len(ages)

// Ages lists the ages at which posts are compared, in days of 24 hours after their publication, youngest first.
func Ages() []int { return slices.Clone(ages[:]) }

// AgeIndex finds an age in the list; -1: posts are not compared at it.
func AgeIndex(days int) int { return slices.Index(ages[:], days) }

// AgeMoment is when a post that was published at a time reaches an age.
func AgeMoment(postedAt time.Time, days int) time.Time {
	return postedAt.Add(time.Duration(days) * 24 * time.Hour)
}

// How far apart the two readings around an age may lie for the value between them to count as known.
const (
	gapInFirstWeek = 36 * time.Hour
	gapLater       = 8 * 24 * time.Hour
	firstWeek      = 7 // days
)

// Point is one reading of one counter of a post.
type Point struct {
	At time.Time
	N  int64
}

// AtAge gives a counter's value when a post was so many days old, a day being 24 hours after postedAt. A reading at
// exactly that moment is the value; otherwise the value lies on the straight line between the readings around it.
//
// The points ascend by time. With fromZero, which callers set for a post published after its account's first reading,
// the counter was 0 at postedAt; readings at or before postedAt are passed over. The value is unknown, and the second
// result false, if either reading is missing or if they lie more than 36 hours apart (up to day 7; 8 days later on).
// Two readings that found the same are never too far apart: the counter did not move between them.
// A history that has a row only when a counter changed must be filled with the last reading before each row, because
// the time between two rows would be taken for a gap.
func AtAge(points []Point, postedAt time.Time, days int, fromZero bool) (float64, bool) {
	if postedAt.IsZero() || days < 1 {
		return 0, false
	}
	from, _ := slices.BinarySearchFunc(points, postedAt.Add(1), byTime)
	points = points[from:]
	moment := AgeMoment(postedAt, days)
	i, exact := slices.BinarySearchFunc(points, moment, byTime)
	if exact {
		return float64(points[i].N), true
	}
	if i == len(points) || i == 0 && !fromZero {
		return 0, false
	}
	left, right := Point{At: postedAt}, points[i]
	if i > 0 {
		left = points[i-1]
	}
	widest := gapLater
	if days <= firstWeek {
		widest = gapInFirstWeek
	}
	gap := right.At.Sub(left.At)
	if gap > widest && left.N != right.N {
		return 0, false
	}
	share := float64(moment.Sub(left.At)) / float64(gap)
	return float64(left.N) + share*float64(right.N-left.N), true
}

func byTime(p Point, t time.Time) int { return p.At.Compare(t) }

// Quartiles gives the values below which a quarter, half and three quarters of a list lie. Between two values of the
// list it interpolates, so that the median of an even number of values is the mean of the middle two. The list may have
// any order and stays as it is. An empty list has none, and the last result is false.
func Quartiles(values []float64) (q25, median, q75 float64, ok bool) {
	if len(values) == 0 {
		return 0, 0, 0, false
	}
	sorted := slices.Sorted(slices.Values(values))
	return quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75), true
}

// quantile reads a sorted list that is not empty at a share of the way from its first value to its last.
func quantile(sorted []float64, share float64) float64 {
	place := share * float64(len(sorted)-1)
	i := int(place)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (place-float64(i))*(sorted[i+1]-sorted[i])
}
