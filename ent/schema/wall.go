package schema

import (
	"context"
	"reflect"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/privacy"
	"entgo.io/ent/schema/mixin"

	"github.com/truecount/truecount/app/viewer"
)

// The wall is the second one, behind what the rooms check themselves. Every table has one of the mixins below, which
// say whose its rows are:
//
//   - personal: rows of one person, named by a column.
//   - ofAccount, ofPost: rows of the person who owns the connection, or the post's connection.
//   - private: as personal, and an admin does not see them either.
//   - numbers: as ofAccount or ofPost, and an admin does not see them either.
//   - operators: rows that admins see and creators do not.
//   - common: rows that are about nobody: platforms, clocks, quotas.
//
// A query without a viewer, or of somebody who is not signed in, is refused. A query for a creator is kept to the rows
// that are theirs, whatever else it asks for. The program's own work asks for everything and names its reason.
// RELIABILITY C2 is held by TestTheWall in package app.

// owned adds to a statement the condition that its rows are the person's.
type owned func(s *sql.Selector, userID string)

// rule is what a table lets a person do.
type rule struct {
	owned  owned  // nil: the rows are nobody's
	admins bool   // admins see them
	others bool   // creators see them: all, or with owned their own
	owner  string // the column that a creator who adds a row must fill with their own id; empty: the room checks
}

type wall struct {
	mixin.Schema
	rule
}

func personal(column string) ent.Mixin {
	return wall{rule: rule{owned: byColumn(column), admins: true, others: true, owner: column}}
}

func private(column string) ent.Mixin {
	return wall{rule: rule{owned: byColumn(column), others: true, owner: column}}
}

func ofAccount() ent.Mixin { return wall{rule: rule{owned: byAccount, admins: true, others: true}} }

func numbers() ent.Mixin { return wall{rule: rule{owned: byAccount, others: true}} }

func numbersOfPosts() ent.Mixin { return wall{rule: rule{owned: byPost, others: true}} }

func operators() ent.Mixin { return wall{rule: rule{admins: true}} }

func common() ent.Mixin { return wall{rule: rule{admins: true, others: true}} }

func byColumn(column string) owned {
	return func(s *sql.Selector, userID string) { s.Where(sql.EQ(s.C(column), userID)) }
}

func accounts(s *sql.Selector, userID string) *sql.Selector {
	t := sql.Dialect(s.Dialect()).Select()
	connections := sql.Table("connections")
	return t.Select(connections.C("id")).From(connections).Where(sql.EQ(connections.C("owner_id"), userID))
}

func byAccount(s *sql.Selector, userID string) {
	s.Where(sql.In(s.C("connection_id"), accounts(s, userID)))
}

func byPost(s *sql.Selector, userID string) {
	posts := sql.Table("posts")
	mine := sql.Dialect(s.Dialect()).Select(posts.C("id")).From(posts)
	mine.Where(sql.In(posts.C("connection_id"), accounts(s, userID)))
	s.Where(sql.In(s.C("post_id"), mine))
}

// Policy is what ent asks before each query and each change.
func (w wall) Policy() ent.Policy {
	return privacy.Policy{
		Query:    privacy.QueryPolicy{queryRule(w.query)},
		Mutation: privacy.MutationPolicy{mutationRule(w.mutation)},
	}
}

// queryRule and mutationRule fit functions to the interfaces of ent's privacy layer.
type (
	queryRule    func(context.Context, ent.Query) error
	mutationRule func(context.Context, ent.Mutation) error
)

func (f queryRule) EvalQuery(ctx context.Context, q ent.Query) error { return f(ctx, q) }

func (f mutationRule) EvalMutation(ctx context.Context, m ent.Mutation) error { return f(ctx, m) }

// allowed decides without looking at the rows: nil means that they must be kept to the person's own.
func (w wall) allowed(ctx context.Context) (viewer.Viewer, error) {
	v, ok := viewer.From(ctx)
	switch {
	case !ok:
		return v, privacy.Denyf("nobody is asking: there is no viewer in the context")
	case v.System():
		return v, privacy.Allow
	case v.UserID == "":
		return v, privacy.Denyf("whoever asks is not signed in")
	case v.Admin && w.admins, !v.Admin && w.others && w.owned == nil:
		return v, privacy.Allow
	case v.Admin, !w.others:
		return v, privacy.Denyf("these rows are not for this viewer")
	default:
		return v, nil
	}
}

func (w wall) query(ctx context.Context, q ent.Query) error {
	v, decided := w.allowed(ctx)
	if decided != nil {
		return decided
	}
	// Each generated query has its own type of predicate, so Where is called by reflection.
	where := reflect.ValueOf(q).MethodByName("Where")
	if !where.IsValid() {
		return privacy.Denyf("the query cannot be kept to one person's rows")
	}
	mine := reflect.ValueOf(func(s *sql.Selector) { w.owned(s, v.UserID) })
	where.Call([]reflect.Value{mine.Convert(where.Type().In(0).Elem())})
	return privacy.Allow
}

func (w wall) mutation(ctx context.Context, m ent.Mutation) error {
	v, decided := w.allowed(ctx)
	if decided != nil {
		return decided
	}
	if m.Op().Is(ent.OpCreate) {
		if w.owner == "" {
			return privacy.Allow
		}
		if id, _ := m.Field(w.owner); id != v.UserID {
			return privacy.Denyf("the new row would be somebody else's")
		}
		return privacy.Allow
	}
	where, ok := m.(interface{ WhereP(...func(*sql.Selector)) })
	if !ok {
		return privacy.Denyf("the change cannot be kept to one person's rows")
	}
	where.WhereP(func(s *sql.Selector) { w.owned(s, v.UserID) })
	return privacy.Allow
}
