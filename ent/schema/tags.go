package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Tag is a word that a creator gives to posts.
type Tag struct{ ent.Schema }

// Mixin guards the table.
func (Tag) Mixin() []ent.Mixin { return []ent.Mixin{private("owner_id")} }

// Fields of Tag.
func (Tag) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("owner_id").Immutable(),
		field.String("name"),
		created(),
	}
}

// Edges of Tag.
func (Tag) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("owner", User.Type).Ref("tags").Field("owner_id").Unique().Required().Immutable(),
		owns("posts", PostTag.Type),
	}
}

// Indexes of Tag.
func (Tag) Indexes() []ent.Index { return []ent.Index{index.Fields("owner_id", "name").Unique()} }

// PostTag is a tag of a post.
type PostTag struct{ ent.Schema }

// Mixin guards the table.
func (PostTag) Mixin() []ent.Mixin { return []ent.Mixin{numbersOfPosts()} }

// Annotations names the table.
func (PostTag) Annotations() []schema.Annotation { return table("post_tags") }

// Fields of PostTag.
func (PostTag) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("post_id").Immutable(),
		field.String("tag_id").Immutable(),
	}
}

// Edges of PostTag.
func (PostTag) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("post", Post.Type).Ref("tags").Field("post_id").Unique().Required().Immutable(),
		edge.From("tag", Tag.Type).Ref("posts").Field("tag_id").Unique().Required().Immutable(),
	}
}

// Indexes of PostTag.
func (PostTag) Indexes() []ent.Index {
	return []ent.Index{index.Fields("post_id", "tag_id").Unique(), index.Fields("tag_id")}
}
