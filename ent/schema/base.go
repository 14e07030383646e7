// Package schema holds the tables: fields, edges, indexes and who may ask. Every counter a
// platform gives is nullable: nil is unknown, never zero. All times are UTC.
package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/privacy"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"entgo.io/ent/schema/mixin"
	"github.com/google/uuid"
)

// appended lets rows be added, and nobody change or delete one.
type appended struct{ mixin.Schema }

// Policy refuses a change.
func (appended) Policy() ent.Policy {
	const changes = ent.OpUpdate | ent.OpUpdateOne | ent.OpDelete | ent.OpDeleteOne
	return privacy.Policy{Mutation: privacy.MutationPolicy{privacy.OnMutationOperation(privacy.AlwaysDenyRule(), changes)}}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// ident is a primary key that tells nothing: a UUID of version 7, in text.
func ident() ent.Field {
	return field.String("id").DefaultFunc(newID).MaxLen(36).Immutable()
}

func created() ent.Field { return field.Time("created_at").Default(time.Now).Immutable() }

// count is a number a platform may not give.
func count(name string) ent.Field { return field.Int64(name).Optional().Nillable() }

// moment is a time that may be unknown.
func moment(name string) ent.Field { return field.Time(name).Optional().Nillable() }

// text is free text of any length, empty when unknown.
func text(name string) ent.Field { return field.Text(name).Default("") }

// note is a short text, empty when there is none.
func note(name string) ent.Field { return field.String(name).Default("") }

// ofConnection makes rows go away with their connection.
func ofConnection(ref string) []ent.Edge {
	return []ent.Edge{edge.From("connection", Connection.Type).Ref(ref).Field("connection_id").
		Unique().Required().Immutable()}
}

// owns is the other side: deleting the connection deletes the rows.
func owns(name string, t any) ent.Edge {
	return edge.To(name, t).Annotations(entsql.OnDelete(entsql.Cascade))
}

// only makes an index unique among the rows a condition selects; both databases know such indexes.
func only(where string, fields ...string) ent.Index {
	return index.Fields(fields...).Unique().Annotations(entsql.IndexWhere(where))
}

func table(name string) []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: name}}
}
