package posts

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/usual"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/predicate"
)

// VsUsual is how a post did against the account's own posts at the same age. Median, Q25 and Q75 are views; they are
// nil where there are not enough posts, and Age is nil where nothing is known of the post at an age.
type VsUsual struct {
	Ratio  numbers.Value `json:"ratio"`
	Age    *int          `json:"age"` // days
	Median *float64      `json:"median"`
	Q25    *float64      `json:"q25"`
	Q75    *float64      `json:"q75"`
	Posts  int           `json:"posts"` // how many posts it is compared with
}

// VsUsualKey is the key under which a comparison with the usual is defined.
const VsUsualKey = "vs_usual"

// Usuals compares posts of accounts that are loaded with their runs. It reads, in one statement or two, the posts of
// the year before them too. A post of unknown age has no comparison.
func (p *Posts) Usuals(ctx context.Context, list []*accounts.Account, rows []*ent.Post) (map[string]*VsUsual, error) {
	by := map[string]*accounts.Account{}
	for _, acc := range list {
		by[acc.Row.ID] = acc
	}
	asked := comparing(by, rows)
	if len(asked.of) == 0 {
		return asked.out, nil
	}
	now := p.now()
	for _, whole := range []bool{false, true} { // the last posts before them are mostly enough
		posts, err := usual.Load(ctx, p.db, now, nil, post.BroadcastNEQ(usual.Announced), within(asked.of, whole))
		if err != nil {
			return nil, err
		}
		if asked.answer(by, shelve(by, asked.of, posts, now, whole), posts) {
			break
		}
	}
	return asked.out, nil
}

// comparison is which posts are to be compared, in which stretches of their accounts they lie, and what came of it.
type comparison struct {
	of    map[string]stretch // by account
	asked map[string]bool    // by post
	out   map[string]*VsUsual
}

// comparing gathers the posts to compare. Those of an account that may not be compared are answered at once.
func comparing(by map[string]*accounts.Account, rows []*ent.Post) comparison {
	c := comparison{of: map[string]stretch{}, asked: map[string]bool{}, out: map[string]*VsUsual{}}
	for _, r := range rows {
		if r.PostedAt == nil || r.Broadcast == usual.Announced {
			continue
		}
		if v := denied(by[r.ConnectionID]); v != nil {
			c.out[r.ID] = v
			continue
		}
		s, seen := c.of[r.ConnectionID]
		if !seen || r.PostedAt.Before(s.first) {
			s.first = *r.PostedAt
		}
		if !seen || r.PostedAt.After(s.last) {
			s.last = *r.PostedAt
		}
		c.of[r.ConnectionID], c.asked[r.ID] = s, true
	}
	return c
}

// answer compares the posts with those on a shelf, and reports that no posts were missing on it.
func (c comparison) answer(by map[string]*accounts.Account, shelf *usual.Shelf, posts []*usual.Post) bool {
	for _, one := range posts {
		if c.asked[one.ID] {
			c.out[one.ID] = vsUsual(by[one.ConnectionID], shelf.Of(one))
		}
	}
	return !shelf.Missed()
}

// shelve puts posts on a shelf. whole: all of the year before the stretches are among them.
func shelve(
	by map[string]*accounts.Account, of map[string]stretch, posts []*usual.Post, now time.Time, whole bool,
) *usual.Shelf {
	changes := map[string][]platform.Epoch{}
	for id := range of {
		known, _ := by[id].Spec.Metric(reading.Views.String())
		changes[id] = known.Epochs
	}
	shelf := usual.NewShelf(posts, changes, now)
	for id := range of {
		if !whole {
			shelf.Without(id)
		}
	}
	return shelf
}

// stretch is in which time posts of an account were published.
type stretch struct{ first, last time.Time }

// before is how many posts before those that are compared are read first: 30 of a type are mostly among them.
const before = 120

// within selects the posts of the stretches, and those of the year before them, or only the last of these.
func within(of map[string]stretch, whole bool) predicate.Post {
	var in []predicate.Post
	for id, s := range of {
		in = append(in, post.And(
			post.ConnectionID(id), post.PostedAtGTE(s.first.AddDate(-1, 0, 0)), post.PostedAtLTE(s.last),
		))
		if whole {
			continue
		}
		in[len(in)-1] = post.And(in[len(in)-1], func(sel *sql.Selector) {
			t := sql.Table(post.Table).As("earlier")
			first := sql.Dialect(sel.Dialect()).Select(t.C(post.FieldPostedAt)).From(t)
			first.Where(sql.And(
				sql.EQ(t.C(post.FieldConnectionID), id), sql.LT(t.C(post.FieldPostedAt), s.first),
			)).OrderBy(sql.Desc(t.C(post.FieldPostedAt))).Offset(before).Limit(1)
			oldest := sql.ExprFunc(func(b *sql.Builder) {
				b.WriteString("COALESCE((").Join(first).WriteString("), ").Arg(s.first.AddDate(-1, 0, 0)).WriteString(")")
			})
			sel.Where(sql.P(func(b *sql.Builder) {
				b.Ident(sel.C(post.FieldPostedAt)).WriteString(" >= ").Join(oldest)
			}))
		})
	}
	return post.Or(in...)
}

func ratio() numbers.Value {
	return numbers.Value{
		Unit: numbers.UnitRatio, Calculated: true, Definition: defined(VsUsualKey),
	}
}

// denied is the comparison of an account of which there is none: the platform does not give views, or its terms, or a
// missing permission, forbid it.
func denied(acc *accounts.Account) *VsUsual {
	views := reading.Views.String()
	v := ratio()
	switch {
	case acc.Spec.Forbids(platform.DeriveUsual) && !acc.Settings.Derived:
		v.State = numbers.StateWithheld
		v.Reason = &numbers.Reason{Code: numbers.ReasonPlatformTerms, Message: acc.Terms()}
	case acc.Lacks(views):
		v.State = numbers.StateMissing
		v.Reason = &numbers.Reason{
			Code: numbers.ReasonNotReported, Message: words.New("numbers.why.notReported", "Platform", acc.Spec.Name),
		}
	case acc.Ungranted(views):
		v.State = numbers.StateMissing
		v.Reason = &numbers.Reason{
			Code: numbers.ReasonNotGranted, Message: words.New("numbers.why.notGranted", "Platform", acc.Spec.Name),
		}
	default:
		return nil
	}
	return &VsUsual{Ratio: v}
}

func vsUsual(acc *accounts.Account, u usual.Usual) *VsUsual {
	out := &VsUsual{Ratio: ratio(), Posts: u.Posts}
	if u.Age > 0 {
		out.Age = &u.Age
	}
	if u.Posts >= usual.Needed {
		out.Median, out.Q25, out.Q75 = &u.Median, &u.Q25, &u.Q75
	}
	v := &out.Ratio
	v.State = numbers.StateMissing
	switch u.Why {
	case usual.WhyNone:
		v.Value, v.AsOf, v.State = &u.Ratio, &u.Read, numbers.StateDerived
	case usual.WhyYoung:
		v.Reason = &numbers.Reason{Code: numbers.ReasonNotYet, Message: words.New("numbers.usual.young")}
	case usual.WhyFew:
		v.Reason = &numbers.Reason{
			Code:    numbers.ReasonTooFewPosts,
			Message: words.New("numbers.usual.needs", "Needed", usual.Needed, "Posts", u.Posts),
		}
	case usual.WhyChanged:
		v.Reason = &numbers.Reason{
			Code: numbers.ReasonDefinitionChanged, Message: words.New("numbers.usual.changed", "Platform", acc.Spec.Name),
		}
	case usual.WhyZero:
		v.State = numbers.StateWithheld
		v.Reason = &numbers.Reason{Code: numbers.ReasonNoBase, Message: words.New("numbers.usual.noViews")}
	default:
		v.Reason = &numbers.Reason{Code: numbers.ReasonNeverRead, Message: words.New("numbers.usual.unread")}
	}
	return out
}
