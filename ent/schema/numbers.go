package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Profile is the account as last seen.
type Profile struct{ ent.Schema }

// Mixin guards the table.
func (Profile) Mixin() []ent.Mixin { return []ent.Mixin{guarded{}} }

// Fields of Profile.
func (Profile) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("connection_id").Unique().Immutable(),
		note("display_name"),
		text("bio"),
		text("picture_url"),
		text("url"),
		note("account_type"),
		count("followers"),
		count("following"),
		count("post_count"),
		count("view_count"),
		count("like_count"),
		field.Bool("verified").Optional().Nillable(),
		note("listing"),
		field.Time("observed_at"),
	}
}

// Edges of Profile.
func (Profile) Edges() []ent.Edge { return ofConnection("profile") }

// Post is an Instagram media, a TikTok video or a YouTube video.
type Post struct{ ent.Schema }

// Mixin guards the table.
func (Post) Mixin() []ent.Mixin { return []ent.Mixin{guarded{}} }

// Fields of Post.
func (Post) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("connection_id").Immutable(),
		field.String("external_id").Immutable(),
		field.String("media_type"),
		text("title"),
		text("caption"),
		text("permalink"),
		text("media_url"),
		text("thumbnail_url"),
		moment("posted_at"),
		count("duration_seconds"),
		count("views"),
		count("likes"),
		count("comments"),
		count("shares"),
		count("saves"),
		count("reach"),
		count("interactions"),
		field.Bool("insights_never").Default(false),
		field.Time("observed_at"),
		moment("gone_at"),
		created(),
	}
}

// Edges of Post.
func (Post) Edges() []ent.Edge { return ofConnection("posts") }

// Indexes of Post.
func (Post) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("connection_id", "external_id").Unique(),
		index.Fields("connection_id", "posted_at"),
	}
}

// Snapshot is one dated value of one metric; a later sync of the same UTC day overwrites it.
type Snapshot struct{ ent.Schema }

// Mixin guards the table.
func (Snapshot) Mixin() []ent.Mixin { return []ent.Mixin{guarded{}} }

// Fields of Snapshot.
func (Snapshot) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("connection_id").Immutable(),
		field.String("metric").Immutable(),
		field.String("day").MaxLen(10).Immutable().Comment("UTC date of the observation, 2006-01-02"),
		count("value"),
		field.Time("observed_at"),
	}
}

// Edges of Snapshot.
func (Snapshot) Edges() []ent.Edge { return ofConnection("snapshots") }

// Indexes of Snapshot.
func (Snapshot) Indexes() []ent.Index {
	return []ent.Index{index.Fields("connection_id", "metric", "day").Unique()}
}
