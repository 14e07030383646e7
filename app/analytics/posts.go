package analytics

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/predicate"
)

const (
	recentPosts = 10
	topPosts    = 7
	newestPosts = 50
	pageSize    = 25
)

// newestFirst puts posts without a date last, in the words that let each database use its index.
func newestFirst() post.OrderOption {
	return func(s *sql.Selector) {
		nulls := "" // SQLite sorts them last by itself
		if s.Dialect() == dialect.Postgres {
			nulls = " NULLS LAST"
		}
		s.OrderExpr(sql.Raw("posted_at DESC"+nulls), sql.Raw("id DESC"))
	}
}

// ordered sorts by an expression, unknown values last whatever the direction, newest id first
// among equals so that pages do not overlap.
func ordered(expr string, desc bool) post.OrderOption {
	dir := " ASC"
	if desc {
		dir = " DESC"
	}
	return func(s *sql.Selector) {
		s.OrderExpr(sql.Raw("("+expr+") IS NULL"), sql.Raw("("+expr+")"+dir), sql.Raw("id DESC"))
	}
}

// fields are the counters of a post that is shown; nil for one that never is.
func (p *Post) fields() reading.Table[**int64] {
	return reading.Table[**int64]([...]**int64{
		reading.Views: &p.ViewCount, reading.Reach: &p.Reach, reading.Likes: &p.LikeCount, reading.Comments: &p.CommentCount,
		reading.Shares: &p.ShareCount, reading.Saves: &p.SaveCount, reading.Interactions: nil,
	})
}

// post puts a stored post into the reader's shape.
func postOf(acc *accounts.Account, p *ent.Post) Post {
	out := Post{
		ID: p.ID, ConnectionID: p.ConnectionID, Platform: acc.Row.Platform, Handle: acc.At(), ExternalID: p.ExternalID,
		Title: accounts.Filled(
			p.Title,
		), Caption: accounts.Filled(p.Caption), MediaType: p.MediaType, Permalink: accounts.Filled(p.Permalink),
		MediaURL: accounts.Filled(p.MediaURL), ThumbnailURL: accounts.Filled(p.ThumbnailURL),
		DurationSeconds: p.DurationSeconds, PostedAt: store.UTC(p.PostedAt),
		Gone: p.GoneAt != nil, Items: p.Items, Broadcast: p.Broadcast, Why: acc.Absences(p),
	}
	stored := store.PostCounters(p)
	for i, n := range out.fields() {
		if n == nil {
			continue
		}
		*n = stored[i]
		if metric := reading.Counter(i).String(); *n != nil && acc.Ungranted(metric) {
			at, dated := p.KnownAt[metric]
			if !dated {
				at = p.ObservedAt
			}
			out.Why[metric] = acc.LastKnown(**n, &at)
			*n = nil
		}
	}
	if p.Visibility != "public" {
		out.Visibility = p.Visibility
	}
	if s, ok := sumsOf(out.LikeCount, out.CommentCount, out.SaveCount, out.ShareCount, out.ViewCount, out.Reach); ok &&
		!acc.Restricted() {
		out.EngagementRate = s.rate()
	}
	out.Calculated = acc.Spec.DerivedRestricted && !acc.Restricted()
	return out
}

func (a *Analytics) recent(ctx context.Context, list []*accounts.Account) ([]Post, error) {
	out, err := a.read(
		ctx,
		list,
		a.db.Post.Query().Where(listed(accounts.IDs(list))).Order(newestFirst()).Limit(recentPosts),
	)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].ID = "" // the overview's posts are named by the platform's id alone
	}
	return out, nil
}

func (a *Analytics) top(ctx context.Context, list []*accounts.Account, span Span) ([]Post, error) {
	r := span.asked()
	out, err := a.read(ctx, list, a.db.Post.Query().
		Where(listed(accounts.IDs(list)), post.PostedAtGTE(r.From.Begin(r.Zone)), post.PostedAtLT(r.To.End(r.Zone))).
		Order(ordered("views", true)).Limit(topPosts))
	if err != nil {
		return nil, err
	}
	var best int64
	for _, p := range out {
		if p.ViewCount != nil {
			best = max(best, *p.ViewCount)
		}
	}
	setBars(out, best)
	return out, nil
}

func (a *Analytics) read(ctx context.Context, list []*accounts.Account, q *ent.PostQuery) ([]Post, error) {
	out := []Post{}
	if len(list) == 0 {
		return out, nil
	}
	rows, err := q.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	by := map[string]*accounts.Account{}
	for _, acc := range list {
		by[acc.Row.ID] = acc
	}
	for _, p := range rows {
		out = append(out, postOf(by[p.ConnectionID], p))
	}
	return out, nil
}

// setBars measures views against the best, 0 to 100.
func setBars(posts []Post, best int64) {
	for i, p := range posts {
		if p.ViewCount != nil && best > 0 {
			posts[i].Bar = int(float64(*p.ViewCount) / float64(best) * 100)
		}
	}
}

// sorts are the table's orders as the database knows them.
var sorts = map[string]string{
	"posted":   "posted_at",
	"views":    "views",
	"likes":    "likes",
	"comments": "comments",
	"rate":     sqlRate,
}

// table reads one page of an account's posts, filtered and sorted by the reader.
func (a *Analytics) table(ctx context.Context, acc *accounts.Account, q PlatformQuery) (PostTable, error) {
	t := PostTable{
		Sort:  q.Sort,
		Desc:  q.Dir != "asc",
		Type:  q.Type,
		Query: strings.TrimSpace(q.Query),
		Page:  max(1, q.Page),
		Pages: 1,
	}
	if t.Sort == "" {
		t.Sort = "posted"
	}
	expr, ok := sorts[t.Sort]
	if !ok || (q.Dir != "" && q.Dir != "asc" && q.Dir != "desc") {
		return t, fault.New(fault.Invalid, words.New("errors.sort"))
	}
	if !text.Storable(t.Type) || !text.Storable(t.Query) {
		return t, fault.New(fault.Invalid, words.New("errors.filterText"))
	}
	var err error
	if err = a.mediaTypes(ctx, acc, &t); err != nil {
		return t, err
	}
	where := []predicate.Post{post.ConnectionID(acc.Row.ID)}
	if t.Type != "" {
		where = append(where, post.MediaType(t.Type))
	}
	if t.Query != "" {
		where = append(where, post.Or(post.CaptionContainsFold(t.Query), post.TitleContainsFold(t.Query)))
	}
	var found []struct {
		Rows int              `sql:"found"`
		Best stdsql.NullInt64 `sql:"best"`
	}
	err = a.db.Post.Query().Where(where...).Modify(func(s *sql.Selector) {
		s.SelectExpr(sql.Raw("COUNT(*) AS found"), sql.Raw("MAX(views) AS best"))
	}).Scan(ctx, &found)
	if err != nil {
		return t, fmt.Errorf("count posts: %w", err)
	}
	t.Total = found[0].Rows
	t.Pages = max(1, (t.Total+pageSize-1)/pageSize)
	t.Page = min(t.Page, t.Pages)
	t.Rows, err = a.read(ctx, []*accounts.Account{acc}, a.db.Post.Query().Where(where...).
		Order(ordered(expr, t.Desc)).Offset((t.Page-1)*pageSize).Limit(pageSize))
	setBars(t.Rows, found[0].Best.Int64)
	return t, err
}

// mediaTypes fills in the kinds of post there are, and how many posts in all.
func (a *Analytics) mediaTypes(ctx context.Context, acc *accounts.Account, t *PostTable) error {
	var kinds []struct {
		MediaType string `sql:"media_type"`
		Count     int    `sql:"count"`
	}
	err := a.db.Post.Query().
		Where(post.ConnectionID(acc.Row.ID)).
		GroupBy(post.FieldMediaType).
		Aggregate(ent.Count()).
		Scan(ctx, &kinds)
	if err != nil {
		return fmt.Errorf("count kinds of posts: %w", err)
	}
	for _, k := range kinds {
		t.Types = append(t.Types, k.MediaType)
		t.All += k.Count
	}
	slices.Sort(t.Types)
	return nil
}
