package posts

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/usual"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
)

// What patterns are made of.
const (
	patternAge  = 3   // the day of their life at which posts are compared
	patternDays = 182 // how far back posts are looked at
	patternFrom = 3   // posts of a slot or a type that are needed
	slotHours   = 3
)

// SlotsOfDay is into how many slots of three hours a day is cut.
const SlotsOfDay = 24 / slotHours

// Cell is what the posts of one slot of the week did: the median of their views at day 3 against the usual.
type Cell struct {
	Ratio numbers.Value // missing with too few posts
	Posts int
}

// Kind is what the posts of one media type did: the median of their views at day 3 against all posts of the account.
type Kind struct {
	MediaType string
	Ratio     numbers.Value
	Posts     int
}

// Patterns is when, and with what, posts did well against the account's usual.
type Patterns struct {
	Week  [7][SlotsOfDay]Cell // Monday first, in a zone
	Kinds []Kind              // the best first; types with too few posts are left out
	Posts int                 // how many posts could be compared
	Days  int                 // how far back posts were looked at
}

// Best is the slot with the best median; false: no slot has enough posts.
func (p Patterns) Best() (day, slot int, ok bool) {
	for d := range p.Week {
		for s, c := range p.Week[d] {
			if v := c.Ratio.Value; v != nil && (!ok || *v > *p.Week[day][slot].Ratio.Value) {
				day, slot, ok = d, s, true
			}
		}
	}
	return day, slot, ok
}

// Board compares some posts of accounts that are loaded with their runs, as Usuals does, and the posts of the last half
// year by the weekday and hour in a zone at which they were published, and by their type. Both rest on the same posts,
// which are read once. Accounts whose platform's terms forbid it are left out; nil patterns: there is no other.
func (p *Posts) Board(
	ctx context.Context, list []*accounts.Account, rows []*ent.Post, zone *time.Location,
) (map[string]*VsUsual, *Patterns, error) {
	by := map[string]*accounts.Account{}
	for _, acc := range list {
		by[acc.Row.ID] = acc
	}
	now, asked := p.now(), comparing(by, rows)
	begin := now.AddDate(0, 0, -patternDays)
	of := map[string]stretch{}
	for id, acc := range by {
		if denied(acc) != nil {
			continue
		}
		s := stretch{begin, now}
		if first := asked.of[id].first; !first.IsZero() && first.Before(begin) {
			s.first = first
		}
		of[id] = s
	}
	if len(of) == 0 {
		return asked.out, nil, nil
	}
	posts, err := usual.Load(ctx, p.db, now, nil, post.BroadcastNEQ(usual.Announced), within(of, false))
	if err != nil {
		return nil, nil, err
	}
	usuals := asked.out
	if !asked.answer(by, shelve(by, of, posts, now, false), posts) {
		if usuals, err = p.Usuals(ctx, list, rows); err != nil {
			return nil, nil, err
		}
	}
	return usuals, patterns(posts, shelve(by, of, posts, now, true), begin, zone), nil
}

// patterns finds when and with what posts did well, of those since a time.
func patterns(posts []*usual.Post, shelf *usual.Shelf, begin time.Time, zone *time.Location) *Patterns {
	out := &Patterns{Days: patternDays}
	var week [7][SlotsOfDay]ratios
	kinds := map[string]*ratios{}
	for _, one := range posts {
		if one.PostedAt.Before(begin) || one.Gone {
			continue
		}
		if u := shelf.AtAge(one, patternAge); u.Why == usual.WhyNone {
			at := one.PostedAt.In(zone)
			day, slot := (int(at.Weekday())+6)%7, at.Hour()/slotHours
			week[day][slot].add(u)
			out.Posts++
		}
		if u := shelf.AgainstAll(one, patternAge); u.Why == usual.WhyNone {
			if kinds[one.MediaType] == nil {
				kinds[one.MediaType] = &ratios{}
			}
			kinds[one.MediaType].add(u)
		}
	}
	for d := range week {
		for s, of := range week[d] {
			out.Week[d][s] = Cell{of.value(), len(of.list)}
		}
	}
	for kind, of := range kinds {
		if v := of.value(); v.Value != nil {
			out.Kinds = append(out.Kinds, Kind{kind, v, len(of.list)})
		}
	}
	slices.SortFunc(out.Kinds, func(x, y Kind) int {
		return cmp.Or(cmp.Compare(*y.Ratio.Value, *x.Ratio.Value), cmp.Compare(x.MediaType, y.MediaType))
	})
	return out
}

// ratios are those of the posts of one slot or type, and their newest reading.
type ratios struct {
	list []float64
	read time.Time
}

func (r *ratios) add(u usual.Usual) {
	if r.list = append(r.list, u.Ratio); u.Read.After(r.read) {
		r.read = u.Read
	}
}

// value is their median, when there are enough.
func (r *ratios) value() numbers.Value {
	v := ratio()
	if len(r.list) < patternFrom {
		v.State = numbers.StateMissing
		v.Reason = &numbers.Reason{
			Code:    numbers.ReasonTooFewPosts,
			Message: words.New("numbers.usual.needs", "Needed", patternFrom, "Posts", len(r.list)),
		}
		return v
	}
	_, median, _, _ := reading.Quartiles(r.list)
	v.Value, v.State, v.AsOf = &median, numbers.StateDerived, &r.read
	return v
}
