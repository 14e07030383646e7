package posts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/posttag"
	"github.com/truecount/truecount/ent/predicate"
)

// Options is what Posts are made of.
type Options struct {
	Store    *store.Store
	Accounts *accounts.Accounts
	Numbers  *numbers.Numbers
	Now      func() time.Time
}

// Posts answers questions about a creator's posts.
type Posts struct {
	db       *ent.Client
	accounts *accounts.Accounts
	numbers  *numbers.Numbers
	clock    func() time.Time
}

// New makes it.
func New(o Options) *Posts {
	return &Posts{db: o.Store.Read, accounts: o.Accounts, numbers: o.Numbers, clock: o.Now}
}

func (p *Posts) now() time.Time { return p.clock().UTC() }

// Post is one post, with its counters as values.
type Post struct {
	ID         string                   `json:"id"`
	Connection string                   `json:"connection"`
	Platform   string                   `json:"platform"`
	Handle     string                   `json:"handle"`
	ExternalID string                   `json:"externalId"`
	Title      *string                  `json:"title"`
	Caption    *string                  `json:"caption"`
	MediaType  string                   `json:"mediaType"`
	Permalink  *string                  `json:"permalink"`
	PostedAt   *time.Time               `json:"postedAt"`
	Tags       []string                 `json:"tags"`
	Counters   map[string]numbers.Value `json:"counters"`
	VsUsual    *VsUsual                 `json:"vsUsual"` // nil: it is unknown when the post was published
}

// Page is a page of a list of posts.
type Page struct {
	Items []Post
	Next  string // the cursor of the next page; empty: this is the last one
}

// List answers a page of the creator's posts. A parameter that cannot be meant is INVALID and named.
func (p *Posts) List(ctx context.Context, creatorID string, q Query) (*Page, error) {
	list, err := p.numbers.Chosen(ctx, creatorID, q.Filter)
	if err != nil {
		return nil, err
	}
	o, err := q.order(list)
	if err != nil {
		return nil, err
	}
	where, err := q.where(list)
	if err != nil {
		return nil, err
	}
	if o.usual {
		return p.byUsual(ctx, list, where, q, o)
	}
	rows, err := p.db.Post.Query().Where(where...).Where(o.after()).Order(o.by()).Limit(q.Limit + 1).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	out := &Page{}
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		out.Next = o.cursor(rows[q.Limit-1])
	}
	usuals, err := p.Usuals(ctx, list, rows)
	if err != nil {
		return nil, err
	}
	out.Items, err = p.items(ctx, list, rows, usuals)
	return out, err
}

func (p *Posts) items(
	ctx context.Context,
	list []*accounts.Account,
	rows []*ent.Post,
	usuals map[string]*VsUsual,
) ([]Post, error) {
	by := map[string]*accounts.Account{}
	for _, acc := range list {
		by[acc.Row.ID] = acc
	}
	now := p.now()
	out := make([]Post, len(rows))
	for i, r := range rows {
		out[i] = item(by[r.ConnectionID], r, usuals[r.ID], now)
	}
	return out, p.tag(ctx, out)
}

// tag fills in the tags of posts, by name.
func (p *Posts) tag(ctx context.Context, list []Post) error {
	ids := make([]string, len(list))
	for i, one := range list {
		ids[i] = one.ID
	}
	rows, err := p.db.PostTag.Query().Where(posttag.PostIDIn(ids...)).WithTag().All(ctx)
	if err != nil {
		return fmt.Errorf("read the tags of posts: %w", err)
	}
	for _, r := range rows {
		one := &list[slices.Index(ids, r.PostID)]
		one.Tags = append(one.Tags, r.Edges.Tag.Name)
		slices.Sort(one.Tags)
	}
	return nil
}

func item(acc *accounts.Account, r *ent.Post, u *VsUsual, now time.Time) Post {
	return Post{
		ID: r.ID, Connection: r.ConnectionID, Platform: acc.Row.Platform, Handle: acc.At(), ExternalID: r.ExternalID,
		Title: accounts.Filled(r.Title), Caption: accounts.Filled(r.Caption), MediaType: r.MediaType,
		Permalink: accounts.Filled(r.Permalink), PostedAt: store.UTC(r.PostedAt), Tags: []string{},
		Counters: counters(acc, r, now), VsUsual: u,
	}
}

// One answers one post. NOT_FOUND for another's, and for what is not there.
func (p *Posts) One(ctx context.Context, creatorID, id string) (*Post, error) {
	acc, r, err := p.find(ctx, creatorID, id)
	if err != nil {
		return nil, err
	}
	usuals, err := p.Usuals(ctx, []*accounts.Account{acc}, []*ent.Post{r})
	if err != nil {
		return nil, err
	}
	out := []Post{item(acc, r, usuals[r.ID], p.now())}
	return &out[0], p.tag(ctx, out)
}

// find reads a post of the creator, and its account with its runs.
func (p *Posts) find(ctx context.Context, creatorID, id string) (*accounts.Account, *ent.Post, error) {
	if !text.Storable(id) {
		return nil, nil, accounts.NothingThere()
	}
	r, err := p.db.Post.Query().Where(post.ID(id)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil, accounts.NothingThere()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read post %s: %w", id, err)
	}
	all, err := p.accounts.Load(ctx, creatorID)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(all, func(acc *accounts.Account) bool { return acc.Row.ID == r.ConnectionID })
	if i < 0 {
		return nil, nil, accounts.NothingThere()
	}
	return all[i], r, p.accounts.WithRuns(ctx, all[i:i+1])
}

// byUsual answers a page in the order of how posts did against the usual, which no column holds: every post that the
// filter means is compared.
func (p *Posts) byUsual(
	ctx context.Context,
	list []*accounts.Account,
	where []predicate.Post,
	q Query,
	o order,
) (*Page, error) {
	all, err := p.db.Post.Query().Where(where...).
		Select(post.FieldConnectionID, post.FieldMediaType, post.FieldPostedAt, post.FieldBroadcast).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read posts to compare: %w", err)
	}
	usuals, err := p.Usuals(ctx, list, all)
	if err != nil {
		return nil, err
	}
	ids, next := o.cut(all, usuals, q.Limit)
	rows, err := p.db.Post.Query().Where(post.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	slices.SortFunc(rows, func(x, y *ent.Post) int { return slices.Index(ids, x.ID) - slices.Index(ids, y.ID) })
	items, err := p.items(ctx, list, rows, usuals)
	return &Page{Items: items, Next: next}, err
}
