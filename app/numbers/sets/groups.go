package sets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/posttag"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/tag"
)

// Member is a post of a set that gained something at a reading, or that was published.
type Member struct {
	Gain
	Published bool // it is of when it was published, and has no gain
}

// Groups are the posts that a question is of.
type Groups struct {
	All  []Member
	Keys []string            // of the groups, in order
	Of   map[string][]Member // by group; a post may be in several, or in none
}

// Read reads the posts that a question is of: what they gained, and which were published when.
func Read(ctx context.Context, db *ent.Client, q Question) (Groups, error) {
	out := Groups{Of: map[string][]Member{}}
	if len(q.Grown)+len(q.Published) == 0 {
		return out, nil
	}
	var tags map[string][]string
	var err error
	if q.By == period.ByTag {
		if tags, err = q.tags(ctx, db); err != nil {
			return out, err
		}
		for _, names := range tags { // also those whose posts gained nothing
			for _, key := range names {
				out.Of[key] = nil
			}
		}
	}
	if len(q.Grown) > 0 {
		gains, err := q.gains(ctx, db)
		if err != nil {
			return out, err
		}
		for _, g := range gains {
			out.All = append(out.All, Member{Gain: g})
		}
	}
	if len(q.Published) > 0 {
		published, err := q.published(ctx, db)
		if err != nil {
			return out, err
		}
		out.All = append(out.All, published...)
	}
	for _, m := range out.All {
		for _, key := range q.keys(m.Gain, tags) {
			out.Of[key] = append(out.Of[key], m)
		}
	}
	out.Keys = slices.SortedFunc(maps.Keys(out.Of), byKey)
	return out, nil
}

// published reads the posts that were published in the windows.
func (q Question) published(ctx context.Context, db *ent.Client) ([]Member, error) {
	var in []predicate.Post
	for _, w := range q.Windows {
		in = append(in, post.And(post.PostedAtGTE(w.From), post.PostedAtLTE(w.To)))
	}
	rows, err := db.Post.Query().Where(q.where(q.Published)...).Where(post.GoneAtIsNil(), post.Or(in...)).
		Select(post.FieldConnectionID, post.FieldPostedAt).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the posts of a set: %w", err)
	}
	out := make([]Member, len(rows))
	for i, r := range rows {
		out[i] = Member{Gain: Gain{Account: r.ConnectionID, Post: r.ID, PostedAt: r.PostedAt}, Published: true}
	}
	return out, nil
}

// tags gives the tags of the posts of the accounts, by post.
func (q Question) tags(ctx context.Context, db *ent.Client) (map[string][]string, error) {
	var rows []struct {
		PostID string `sql:"post_id"`
		Name   string `sql:"name"`
	}
	err := db.PostTag.Query().
		Where(posttag.HasPostWith(post.ConnectionIDIn(slices.Concat(q.Grown, q.Published)...))).
		Modify(func(s *sql.Selector) {
			of := sql.Table(tag.Table)
			s.Join(of).On(s.C(posttag.FieldTagID), of.C(tag.FieldID))
			s.Select(s.C(posttag.FieldPostID)).AppendSelectAs(of.C(tag.FieldName), "name")
		}).
		Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read the tags of posts: %w", err)
	}
	out := map[string][]string{}
	for _, r := range rows {
		out[r.PostID] = append(out[r.PostID], r.Name)
	}
	return out, nil
}

// keys are the groups that a post is in: its tags, or its time of the week where that is known.
func (q Question) keys(g Gain, tags map[string][]string) []string {
	switch {
	case q.By == period.ByTag:
		return tags[g.Post]
	case q.By != period.ByWeekdayHour || g.PostedAt == nil:
		return nil
	default:
		return []string{SlotOf(*g.PostedAt, q.Zone)}
	}
}

const hoursOfSlot = 3

// SlotOf is the key of the time of the week at which something was published: the weekday and the first hour of three,
// such as "mon-18".
func SlotOf(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return fmt.Sprintf("%s-%02d", strings.ToLower(t.Weekday().String()[:3]), t.Hour()/hoursOfSlot*hoursOfSlot)
}

// weekdays is the order of the days of a week.
var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// byKey orders times of the week from Monday on, and tags by name.
func byKey(x, y string) int {
	if len(x) == len("mon-18") && len(y) == len(x) {
		i, j := slices.Index(weekdays, x[:3]), slices.Index(weekdays, y[:3])
		if i >= 0 && j >= 0 && i != j {
			return i - j
		}
	}
	return strings.Compare(x, y)
}

// Gained adds up what the members of an account had gained since the reading before, at each of its readings, whose
// times ascend: of some counters, and of views.
func Gained(list []Member, account string, times []time.Time, of []reading.Counter) (value, views []float64) {
	value, views = make([]float64, len(times)), make([]float64, len(times))
	for _, m := range list {
		i, _ := slices.BinarySearchFunc(times, m.At, time.Time.Compare)
		if m.Published || m.Account != account || i == len(times) {
			continue
		}
		for _, c := range of {
			if n := m.Counters[c]; n != nil {
				value[i] += float64(*n)
			}
		}
		if n := m.Counters[reading.Views]; n != nil {
			views[i] += float64(*n)
		}
	}
	return value, views
}

// HasTags reports that a creator has all of the tags.
func HasTags(ctx context.Context, db *ent.Client, creatorID string, names []string) (bool, error) {
	if len(names) == 0 {
		return true, nil
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	n, err := db.Tag.Query().Where(tag.OwnerID(creatorID), tag.NameIn(names...)).Count(ctx)
	if err != nil {
		return false, fmt.Errorf("look for tags: %w", err)
	}
	return n == len(names), nil
}
