package tags_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/tags"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/user"
)

// shelf is a creator with posts.
type shelf struct {
	t     *testing.T
	db    *store.Store
	tags  *tags.Tags
	ctx   context.Context
	me    string
	posts []string
}

func person(t *testing.T, db *store.Store, email string, posts int) *shelf {
	t.Helper()
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	s := &shelf{t: t, db: db, tags: tags.New(tags.Options{Store: db, Now: time.Now})}
	s.me = db.Client.User.Create().SetEmail(email).SetName("Mina").SetRole(user.RoleCreator).SetPasswordHash("x").SaveX(ctx).ID
	id := db.Client.Connection.Create().SetOwnerID(s.me).SetPlatform("tiktok").SetSource(connection.SourceLive).
		SetExternalID(email).SetHandle("mina").SetStatus(connection.StatusConnected).SetPrimary(true).SaveX(ctx).ID
	for i := range posts {
		s.posts = append(s.posts, db.Client.Post.Create().SetConnectionID(id).SetExternalID(fmt.Sprint(i)).SetMediaType("video").
			SetObservedAt(time.Now()).SaveX(ctx).ID)
	}
	s.ctx = viewer.With(t.Context(), viewer.Viewer{UserID: s.me})
	return s
}

func (s *shelf) set(c tags.Change) {
	s.t.Helper()
	if err := s.tags.Set(s.ctx, s.me, c); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) list() string {
	s.t.Helper()
	list, err := s.tags.List(s.ctx, s.me)
	if err != nil {
		s.t.Fatal(err)
	}
	return fmt.Sprint(list)
}

// Tags are given to many posts at once and taken again; upper and lower case are one tag, and each person has their own.
func TestTags(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	mina, omar := person(t, db, "mina@example.test", 3), person(t, db, "omar@example.test", 1)
	mina.set(tags.Change{Posts: mina.posts, Add: []string{" Travel  blog ", "travel BLOG", "food"}})
	mina.set(tags.Change{Posts: mina.posts[:2], Add: []string{"FOOD"}, Remove: []string{"travel blog", "none"}})
	omar.set(tags.Change{Posts: omar.posts, Add: []string{"food"}})
	if got := mina.list(); got != "[{Travel blog 1} {food 3}]" {
		t.Errorf("got %s, want one post with the first tag and three with the other", got)
	}
	if got := omar.list(); got != "[{food 1}]" {
		t.Errorf("got %s of another, want their own", got)
	}
	of, err := mina.tags.Of(mina.ctx, mina.me, append(mina.posts, omar.posts...))
	if err != nil || fmt.Sprint(of[mina.posts[2]]) != "[Travel blog food]" || len(of) != 3 {
		t.Errorf("got %v, %v, want the tags of one's own posts", of, err)
	}
	db.Client.Post.DeleteOneID(mina.posts[2]).ExecX(viewer.System(t.Context(), viewer.ReasonTest))
	if got := mina.list(); got != "[{Travel blog 0} {food 2}]" {
		t.Errorf("got %s after a post is gone, want its tags gone too", got)
	}
	if err := mina.tags.Delete(mina.ctx, mina.me, "TRAVEL BLOG"); err != nil {
		t.Error(err)
	}
	if err := mina.tags.Delete(mina.ctx, mina.me, "nothing"); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v for no tag, want NOT_FOUND", err)
	}
	if got := mina.list(); got != "[{food 2}]" {
		t.Errorf("got %s, want the other tag alone", got)
	}
}

// What cannot be a tag, another's post, and too much of anything is refused, and nothing of it is kept.
func TestTagsThatCannotBe(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	mina, omar := person(t, db, "mina@example.test", 2), person(t, db, "omar@example.test", 1)
	many := make([]string, 10_000)
	for i := range many {
		many[i] = fmt.Sprint("tag ", i)
	}
	for name, c := range map[string]struct {
		change tags.Change
		code   fault.Code
		field  string
	}{
		"an empty one":       {tags.Change{Posts: mina.posts, Add: []string{" "}}, fault.Invalid, "tag"},
		"a long one":         {tags.Change{Posts: mina.posts, Add: []string{strings.Repeat("x", 41)}}, fault.Invalid, "tag"},
		"no text":            {tags.Change{Posts: mina.posts, Add: []string{"\xff"}}, fault.Invalid, "tag"},
		"10,000 tags":        {tags.Change{Posts: mina.posts, Add: many}, fault.Invalid, "tag"},
		"21 tags of a post":  {tags.Change{Posts: mina.posts, Add: many[:21]}, fault.Invalid, "add"},
		"10,000 posts":       {tags.Change{Posts: many, Add: []string{"x"}}, fault.Invalid, "posts"},
		"another's post":     {tags.Change{Posts: append(omar.posts, mina.posts...), Add: []string{"x"}}, fault.NotFound, ""},
		"a post that is not": {tags.Change{Posts: []string{"x"}, Add: []string{"x"}}, fault.NotFound, ""},
	} {
		err := mina.tags.Set(mina.ctx, mina.me, c.change)
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != c.code || c.field != "" && f.Fields[c.field].IsZero() {
			t.Errorf("%s: got %v, want %s of %q", name, err, c.code, c.field)
		}
	}
	if got := mina.list(); got != "[]" {
		t.Errorf("got %s, want nothing kept of what was refused", got)
	}
	for i := 0; i < tags.MostTags; i += 20 {
		mina.set(tags.Change{Posts: mina.posts[:1], Add: many[i : i+20]})
		mina.set(tags.Change{Posts: mina.posts[:1], Remove: many[i : i+20]})
	}
	if err := mina.tags.Set(mina.ctx, mina.me, tags.Change{Posts: mina.posts, Add: []string{"one more"}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v for one tag more than a person can have, want INVALID", err)
	}
}
