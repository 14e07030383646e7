package posts

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/posttag"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/tag"
)

// Query says which posts are wanted, in which order, and where the page begins.
type Query struct {
	Filter numbers.Filter
	Text   string    // in a title or caption
	From   time.Time // published from then on; zero: since ever
	To     time.Time // and before then; zero: until now
	Sort   string    // posted_at views vs_usual likes comments shares saves engagement_rate, "-" first for descending
	Cursor string    // the Next of the page before
	Limit  int       // from 1
}

// newest is the order of a list that none is given for.
const newest = "-posted_at"

// where are the conditions of a filter.
func (q Query) where(list []*accounts.Account) ([]predicate.Post, error) {
	for _, t := range q.Filter.MediaTypes {
		if !slices.Contains(platform.MediaTypes(), platform.MediaType(t)) {
			return nil, fault.InvalidParameter("media_type", words.New("numbers.bad.mediaType"))
		}
	}
	out := []predicate.Post{post.ConnectionIDIn(accounts.IDs(list)...)}
	if len(q.Filter.MediaTypes) > 0 {
		out = append(out, post.MediaTypeIn(q.Filter.MediaTypes...))
	}
	if len(q.Filter.Tags) > 0 {
		out = append(out, post.HasTagsWith(posttag.HasTagWith(tag.NameIn(q.Filter.Tags...))))
	}
	if t := strings.TrimSpace(q.Text); t != "" {
		out = append(out, post.Or(post.CaptionContainsFold(t), post.TitleContainsFold(t)))
	}
	if !q.From.IsZero() {
		out = append(out, post.PostedAtGTE(q.From))
	}
	if !q.To.IsZero() {
		out = append(out, post.PostedAtLT(q.To))
	}
	return out, nil
}

// place is where a page ends: the value of its last post and its id. A value that is unknown comes last.
type place struct {
	Sort  string   `json:"s"`
	Value *float64 `json:"v"`
	ID    string   `json:"i"`
}

// order is how a list is sorted.
type order struct {
	sort  string
	desc  bool
	usual bool // by a value that no column holds
	at    *place
	// the expression, and the accounts whose values of it are not shown and count as unknown
	key    string
	hidden []string
	value  func(r *ent.Post, hidden bool) *float64
}

const (
	sqlSeen    = "COALESCE(views, reach)"
	sqlEngaged = "(COALESCE(likes, 0) + COALESCE(comments, 0) + COALESCE(saves, 0) + COALESCE(shares, 0))"
	sqlRate    = "CASE WHEN " + sqlSeen + " > 0 AND COALESCE(likes, comments, saves, shares) IS NOT NULL THEN CAST(" +
		sqlEngaged + " AS FLOAT) / " + sqlSeen + " END"
)

func (q Query) order(list []*accounts.Account) (order, error) {
	o := order{sort: cmp.Or(q.Sort, newest)}
	key, desc := strings.CutPrefix(o.sort, "-")
	o.desc, o.key = desc, key
	hide := func(hidden func(acc *accounts.Account) bool) {
		for _, acc := range list {
			if hidden(acc) {
				o.hidden = append(o.hidden, acc.Row.ID)
			}
		}
	}
	switch key {
	case "posted_at":
		o.value = func(r *ent.Post, _ bool) *float64 {
			if r.PostedAt == nil {
				return nil
			}
			f := float64(r.PostedAt.UnixMicro())
			return &f
		}
	case "vs_usual":
		o.usual = true
	case RateKey:
		o.key, o.value = sqlRate, rateOf
		hide(func(acc *accounts.Account) bool {
			return acc.Spec.Forbids(platform.DeriveRate) && !acc.Settings.Derived
		})
	case "views", "likes", "comments", "shares", "saves":
		c, _ := reading.Parse(key)
		o.value = func(r *ent.Post, hidden bool) *float64 {
			n := store.PostCounters(r)[c]
			if n == nil || hidden {
				return nil
			}
			f := float64(*n)
			return &f
		}
		hide(func(acc *accounts.Account) bool { return acc.Ungranted(key) })
	default:
		return o, fault.InvalidParameter("sort", words.New("numbers.bad.sort"))
	}
	return o, o.begin(q.Cursor)
}

// begin reads a cursor: it must be of a list in the same order.
func (o *order) begin(cursor string) error {
	if cursor == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	var at place
	if err != nil || json.Unmarshal(b, &at) != nil || at.Sort != o.sort || at.ID == "" {
		return fault.InvalidParameter("cursor", words.New("numbers.bad.cursor"))
	}
	o.at = &at
	return nil
}

func (o *order) write(value *float64, id string) string {
	b, err := json.Marshal(place{o.sort, value, id})
	if err != nil { // a number or a string: it cannot fail
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// cursor is the place after a post.
func (o *order) cursor(r *ent.Post) string {
	return o.write(o.value(r, slices.Contains(o.hidden, r.ConnectionID)), r.ID)
}

func rateOf(r *ent.Post, hidden bool) *float64 {
	seen := r.Views
	if seen == nil {
		seen = r.Reach
	}
	engaged, known := int64(0), false
	for _, n := range []*int64{r.Likes, r.Comments, r.Saves, r.Shares} {
		if n != nil {
			engaged, known = engaged+*n, true
		}
	}
	if hidden || !known || seen == nil || *seen <= 0 {
		return nil
	}
	f := float64(engaged) / float64(*seen)
	return &f
}

// expression is what the database sorts by. Its parts are our own constants; ids are arguments.
func (o *order) expression() sql.Querier {
	return sql.ExprFunc(func(b *sql.Builder) {
		if len(o.hidden) == 0 {
			b.WriteString("(" + o.key + ")")
			return
		}
		b.WriteString("(CASE WHEN connection_id IN (").Args(anys(o.hidden)...).
			WriteString(") THEN NULL ELSE " + o.key + " END)")
	})
}

// by sorts unknown values last whatever the direction, and the newest id first among equals.
func (o *order) by() post.OrderOption {
	return func(s *sql.Selector) {
		direction := " ASC"
		if o.desc {
			direction = " DESC"
		}
		s.OrderExpr(
			sql.ExprFunc(func(b *sql.Builder) { b.Join(o.expression()).WriteString(" IS NULL") }),
			sql.ExprFunc(func(b *sql.Builder) { b.Join(o.expression()).WriteString(direction) }),
			sql.Raw("id DESC"),
		)
	}
}

// after keeps what comes after the place at which the page begins.
func (o *order) after() predicate.Post {
	return func(s *sql.Selector) {
		if o.at == nil {
			return
		}
		of := func(operator string, arg any) *sql.Predicate {
			return sql.P(func(b *sql.Builder) { b.Join(o.expression()).WriteString(operator).Arg(arg) })
		}
		null := sql.P(func(b *sql.Builder) { b.Join(o.expression()).WriteString(" IS NULL") })
		older := sql.LT(s.C(post.FieldID), o.at.ID)
		if o.at.Value == nil {
			s.Where(sql.And(null, older))
			return
		}
		beyond := " > "
		if o.desc {
			beyond = " < "
		}
		value := o.argument()
		s.Where(sql.Or(of(beyond, value), sql.And(of(" = ", value), older), null))
	}
}

// argument is the value of the place as the database compares it.
func (o *order) argument() any {
	switch o.key {
	case "posted_at":
		return time.UnixMicro(int64(*o.at.Value)).UTC()
	case sqlRate:
		return *o.at.Value
	default:
		return int64(*o.at.Value)
	}
}

// cut sorts posts by how they did against the usual, and gives the ids of the page and the cursor of the next.
func (o *order) cut(all []*ent.Post, usuals map[string]*VsUsual, limit int) (ids []string, next string) {
	list := make([]place, len(all))
	for i, r := range all {
		list[i].ID = r.ID
		if u := usuals[r.ID]; u != nil {
			list[i].Value = u.Ratio.Value
		}
	}
	slices.SortFunc(list, o.compare)
	if o.at != nil {
		i, _ := slices.BinarySearchFunc(list, *o.at, o.compare)
		for i < len(list) && o.compare(list[i], *o.at) <= 0 {
			i++
		}
		list = list[i:]
	}
	if len(list) > limit {
		list = list[:limit]
		next = o.write(list[limit-1].Value, list[limit-1].ID)
	}
	for _, one := range list {
		ids = append(ids, one.ID)
	}
	return ids, next
}

func (o *order) compare(x, y place) int {
	switch {
	case x.Value == nil && y.Value != nil:
		return 1
	case x.Value != nil && y.Value == nil:
		return -1
	case x.Value != nil && *x.Value != *y.Value:
		if o.desc {
			return cmp.Compare(*y.Value, *x.Value)
		}
		return cmp.Compare(*x.Value, *y.Value)
	default:
		return cmp.Compare(y.ID, x.ID)
	}
}

func anys(ids []string) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = id
	}
	return out
}
