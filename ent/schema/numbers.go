package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Profile is the account as last seen.
type Profile struct{ ent.Schema }

// Mixin guards the table.
func (Profile) Mixin() []ent.Mixin { return []ent.Mixin{numbers()} }

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
		moment("listed_at"),
		count("listed_posts"),
		field.Int("page_size").
			Default(0).
			Comment("posts at a time that the platform gives of this account; 0: as many as it is asked"),
		field.JSON("known_at", map[string]time.Time{}).Optional().
			Comment("when a count was last read, by its column, where the newest reading did not bring it"),
		field.Time("observed_at"),
	}
}

// Edges of Profile.
func (Profile) Edges() []ent.Edge { return ofConnection("profile") }

// Post is an Instagram media, a TikTok video or a YouTube video.
type Post struct{ ent.Schema }

// Mixin guards the table.
func (Post) Mixin() []ent.Mixin { return []ent.Mixin{numbers()} }

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
		count("items"),
		field.Bool("insights_never").Default(false),
		note("visibility"),
		note("broadcast"),
		field.JSON("absent", map[string]string{}).Optional().Comment("why a counter is unknown, by its name"),
		field.JSON("known_at", map[string]time.Time{}).Optional().
			Comment("when a counter was last read, by its name, where the newest reading did not bring it"),
		moment("read_at"),
		field.Time("observed_at"),
		moment("gone_at"),
		created(),
	}
}

// Edges of Post.
func (Post) Edges() []ent.Edge {
	return append(
		ofConnection("posts"),
		owns("history", PostHistory.Type), owns("ages", PostAge.Type), owns("tags", PostTag.Type),
	)
}

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
func (Snapshot) Mixin() []ent.Mixin { return []ent.Mixin{numbers()} }

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

// PostHistory is a post's counters at a time at which at least one of them had changed.
type PostHistory struct{ ent.Schema }

// Mixin guards the table.
func (PostHistory) Mixin() []ent.Mixin { return []ent.Mixin{numbersOfPosts()} }

// Annotations names the table.
func (PostHistory) Annotations() []schema.Annotation { return table("post_history") }

// Fields of PostHistory.
func (PostHistory) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("post_id").Immutable(),
		field.Time("observed_at").Immutable(),
		count("views"),
		count("likes"),
		count("comments"),
		count("shares"),
		count("saves"),
		count("reach"),
		count("interactions"),
	}
}

// Edges of PostHistory.
func (PostHistory) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("history").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of PostHistory.
func (PostHistory) Indexes() []ent.Index {
	return []ent.Index{index.Fields("post_id", "observed_at").Unique()}
}

// Audience is one part of an account's audience as last told.
type Audience struct{ ent.Schema }

// Mixin guards the table.
func (Audience) Mixin() []ent.Mixin { return []ent.Mixin{numbers()} }

// Annotations names the table.
func (Audience) Annotations() []schema.Annotation { return table("audiences") }

// Fields of Audience.
func (Audience) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("connection_id").Immutable(),
		field.String("of").Immutable().Comment("followers, engaged"),
		field.String("by").Immutable().Comment("age, gender, country, city"),
		field.String("key").Immutable(),
		field.Int64("value"),
		field.Time("observed_at"),
	}
}

// Edges of Audience.
func (Audience) Edges() []ent.Edge { return ofConnection("audience") }

// Indexes of Audience.
func (Audience) Indexes() []ent.Index {
	return []ent.Index{index.Fields("connection_id", "of", "by", "key").Unique()}
}

// Refusal is a metric that a platform refused one account altogether. Those that are not lone count as
// a withdrawal once there are several.
type Refusal struct{ ent.Schema }

// Mixin guards the table.
func (Refusal) Mixin() []ent.Mixin { return []ent.Mixin{ofAccount()} }

// Fields of Refusal.
func (Refusal) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("connection_id").Immutable(),
		field.String("platform").Immutable(),
		field.String("metric").Immutable(),
		note("native"),
		field.Bool("lone").Default(false).Comment("others were given it after that"),
		field.Time("at"),
	}
}

// Edges of Refusal.
func (Refusal) Edges() []ent.Edge { return ofConnection("refusals") }

// Indexes of Refusal.
func (Refusal) Indexes() []ent.Index {
	return []ent.Index{index.Fields("connection_id", "metric").Unique(), index.Fields("platform", "metric", "at")}
}
