package tags

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/posttag"
	"github.com/truecount/truecount/ent/tag"
)

// How many tags there may be, and how long one is.
const (
	MostTags    = 500  // of a creator
	MostOfPost  = 20   // of a post
	MostPosts   = 1000 // in one change
	longestName = 40   // characters
)

// Options is what Tags is made of.
type Options struct {
	Store *store.Store
	Now   func() time.Time
}

// Tags gives and lists tags.
type Tags struct{ o Options }

// New makes it.
func New(o Options) *Tags { return &Tags{o} }

// Tag is a word, and how many of the creator's posts have it.
type Tag struct {
	Name  string
	Posts int
}

// Change says which posts get which tags, and lose which.
type Change struct {
	Posts       []string // ids
	Add, Remove []string // names
}

// Set changes the tags of a creator's posts, all of them or none. A tag that there is not yet is made; upper and lower
// case are the same tag, as it was written first. NOT_FOUND for a post that is not theirs, INVALID for a name that is
// none, and for too many.
func (t *Tags) Set(ctx context.Context, creatorID string, c Change) error {
	posts := unique(c.Posts)
	if len(posts) > MostPosts {
		return invalid("posts", words.New("errors.tags.posts", "Most", MostPosts))
	}
	add, err := names(c.Add)
	if err != nil {
		return err
	}
	remove, err := names(c.Remove)
	if err != nil {
		return err
	}
	return t.o.Store.Tx(ctx, func(tx store.Tx) error {
		n, err := tx.Post.Query().
			Where(post.IDIn(posts...), post.HasConnectionWith(connection.OwnerID(creatorID))).
			Count(ctx)
		if err != nil {
			return fmt.Errorf("look for the posts: %w", err)
		}
		if n != len(posts) {
			return fault.New(fault.NotFound, words.New("errors.tags.post"))
		}
		known, err := own(ctx, tx, creatorID)
		if err != nil {
			return err
		}
		if err := t.take(ctx, tx, posts, known.ids(remove)); err != nil {
			return err
		}
		ids, err := t.make(ctx, tx, creatorID, known, add)
		if err != nil {
			return err
		}
		return give(ctx, tx, posts, ids)
	})
}

// Delete takes a tag from all posts of a creator, and it is gone. NOT_FOUND when there is no such tag.
func (t *Tags) Delete(ctx context.Context, creatorID, name string) error {
	return t.o.Store.Tx(ctx, func(tx store.Tx) error {
		known, err := own(ctx, tx, creatorID)
		if err != nil {
			return err
		}
		ids := known.ids([]string{name})
		if len(ids) == 0 {
			return fault.New(fault.NotFound, words.New("errors.tags.none"))
		}
		if _, err := tx.PostTag.Delete().Where(posttag.TagIDIn(ids...)).Exec(ctx); err != nil {
			return fmt.Errorf("take the tag from posts: %w", err)
		}
		if _, err := tx.Tag.Delete().Where(tag.IDIn(ids...)).Exec(ctx); err != nil {
			return fmt.Errorf("delete the tag: %w", err)
		}
		return nil
	})
}

// List lists a creator's tags by name, also those that no post has.
func (t *Tags) List(ctx context.Context, creatorID string) ([]Tag, error) {
	var out []Tag
	err := t.o.Store.Read.Tag.Query().Where(tag.OwnerID(creatorID)).
		Modify(func(s *sql.Selector) {
			of := sql.Table(posttag.Table)
			s.LeftJoin(of).On(s.C(tag.FieldID), of.C(posttag.FieldTagID))
			s.Select(s.C(tag.FieldName)).AppendSelectExprAs(sql.Raw("COUNT("+of.C(posttag.FieldPostID)+")"), "posts").
				GroupBy(s.C(tag.FieldID), s.C(tag.FieldName)).OrderBy(s.C(tag.FieldName))
		}).
		Scan(ctx, &out)
	if err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	return out, nil
}

// Of gives the names of the tags of some of a creator's posts, in order, by the post's id.
func (t *Tags) Of(ctx context.Context, creatorID string, posts []string) (map[string][]string, error) {
	out := map[string][]string{}
	for some := range slices.Chunk(posts, MostPosts) {
		var rows []struct {
			PostID string `sql:"post_id"`
			Name   string `sql:"name"`
		}
		err := t.o.Store.Read.PostTag.Query().
			Where(posttag.PostIDIn(some...), posttag.HasTagWith(tag.OwnerID(creatorID))).
			Modify(func(s *sql.Selector) {
				of := sql.Table(tag.Table)
				s.Join(of).On(s.C(posttag.FieldTagID), of.C(tag.FieldID))
				s.Select(s.C(posttag.FieldPostID)).AppendSelectAs(of.C(tag.FieldName), "name").OrderBy(of.C(tag.FieldName))
			}).
			Scan(ctx, &rows)
		if err != nil {
			return nil, fmt.Errorf("read the tags of posts: %w", err)
		}
		for _, r := range rows {
			out[r.PostID] = append(out[r.PostID], r.Name)
		}
	}
	return out, nil
}

// Erase deletes what this room keeps of a person, inside the transaction that erases them.
func (t *Tags) Erase(ctx context.Context, tx store.Tx, personID string) error {
	if _, err := tx.PostTag.Delete().Where(posttag.HasTagWith(tag.OwnerID(personID))).Exec(ctx); err != nil {
		return fmt.Errorf("erase the tags of posts: %w", err)
	}
	if _, err := tx.Tag.Delete().Where(tag.OwnerID(personID)).Exec(ctx); err != nil {
		return fmt.Errorf("erase tags: %w", err)
	}
	return nil
}

// known are a creator's tags: the id of each, by its name in lower case.
type known map[string]string

func own(ctx context.Context, tx store.Tx, creatorID string) (known, error) {
	rows, err := tx.Tag.Query().Where(tag.OwnerID(creatorID)).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tags: %w", err)
	}
	out := known{}
	for _, r := range rows {
		out[strings.ToLower(r.Name)] = r.ID
	}
	return out, nil
}

// ids are those of the names that there are.
func (k known) ids(names []string) []string {
	var out []string
	for _, n := range names {
		if id, ok := k[strings.ToLower(n)]; ok {
			out = append(out, id)
		}
	}
	return out
}

// make makes the tags that there are not yet, and gives the ids of all.
func (t *Tags) make(ctx context.Context, tx store.Tx, creatorID string, k known, names []string) ([]string, error) {
	var fresh []*ent.TagCreate
	for _, n := range names {
		if _, ok := k[strings.ToLower(n)]; !ok {
			fresh = append(fresh, tx.Tag.Create().SetOwnerID(creatorID).SetName(n).SetCreatedAt(t.o.Now()))
		}
	}
	if len(k)+len(fresh) > MostTags {
		return nil, invalid("add", words.New("errors.tags.most", "Most", MostTags))
	}
	if len(fresh) > 0 {
		rows, err := tx.Tag.CreateBulk(fresh...).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("make tags: %w", err)
		}
		for _, r := range rows {
			k[strings.ToLower(r.Name)] = r.ID
		}
	}
	return k.ids(names), nil
}

func (t *Tags) take(ctx context.Context, tx store.Tx, posts, ids []string) error {
	if len(posts) == 0 || len(ids) == 0 {
		return nil
	}
	_, err := tx.PostTag.Delete().Where(posttag.PostIDIn(posts...), posttag.TagIDIn(ids...)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("take tags from posts: %w", err)
	}
	return nil
}

// batch is how many tags of posts go into one statement.
const batch = 500

// give adds each tag to each post, and looks whether one of them has too many then.
func give(ctx context.Context, tx store.Tx, posts, ids []string) error {
	if len(posts) == 0 || len(ids) == 0 {
		return nil
	}
	rows := make([]*ent.PostTagCreate, 0, len(posts)*len(ids))
	for _, p := range posts {
		for _, id := range ids {
			rows = append(rows, tx.PostTag.Create().SetPostID(p).SetTagID(id))
		}
	}
	for some := range slices.Chunk(rows, batch) {
		err := tx.PostTag.CreateBulk(some...).
			OnConflictColumns(posttag.FieldPostID, posttag.FieldTagID).
			UpdateNewValues().
			Exec(ctx)
		if err != nil {
			return fmt.Errorf("give tags to posts: %w", err)
		}
	}
	var full []struct {
		PostID string `sql:"post_id"`
	}
	err := tx.PostTag.Query().Where(posttag.PostIDIn(posts...)).
		Modify(func(s *sql.Selector) {
			s.Select(s.C(posttag.FieldPostID)).GroupBy(s.C(posttag.FieldPostID)).
				Having(sql.GT(sql.Count("*"), MostOfPost))
		}).
		Scan(ctx, &full)
	if err != nil {
		return fmt.Errorf("count the tags of posts: %w", err)
	}
	if len(full) > 0 {
		return invalid("add", words.New("errors.tags.ofPost", "Most", MostOfPost))
	}
	return nil
}

// names are those that are wanted, each once, with single spaces. INVALID for one that is none, and for too many.
func names(list []string) ([]string, error) {
	if len(list) > MostTags {
		return nil, invalid("tag", words.New("errors.tags.most", "Most", MostTags))
	}
	var out []string
	for _, n := range list {
		if !text.Storable(n) {
			return nil, invalid("tag", words.New("errors.tags.name", "Longest", longestName))
		}
		n = strings.Join(strings.Fields(text.Clean(n)), " ")
		if n == "" || len([]rune(n)) > longestName {
			return nil, invalid("tag", words.New("errors.tags.name", "Longest", longestName))
		}
		if !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, n) }) {
			out = append(out, n)
		}
	}
	return out, nil
}

func unique(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

func invalid(parameter string, message words.Text) error {
	return &fault.Error{Code: fault.Invalid, Message: message, Fields: map[string]words.Text{parameter: message}}
}
