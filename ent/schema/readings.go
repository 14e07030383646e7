package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// AccountReading is what a platform said of an account's own counts at one time. A count that this reading did not
// bring is null here, whatever an earlier one brought.
type AccountReading struct{ ent.Schema }

// Mixin guards the table.
func (AccountReading) Mixin() []ent.Mixin { return []ent.Mixin{numbers()} }

// Annotations names the table.
func (AccountReading) Annotations() []schema.Annotation { return table("account_readings") }

// Fields of AccountReading.
func (AccountReading) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("connection_id").Immutable(),
		field.Time("observed_at").Immutable(),
		field.String("run_id").Default("").Immutable().Comment("the run whose calls brought it; empty for a demo's past"),
		count("followers"),
		count("following"),
		count("post_count"),
		count("view_count"),
		count("like_count"),
	}
}

// Edges of AccountReading.
func (AccountReading) Edges() []ent.Edge { return ofConnection("readings") }

// Indexes of AccountReading.
func (AccountReading) Indexes() []ent.Index {
	return []ent.Index{index.Fields("connection_id", "observed_at").Unique()}
}

// Total is what the posts of one media type of an account had gained, at one reading of its posts, since the account's
// first one. Only the difference between two rows means something.
type Total struct{ ent.Schema }

// Mixin guards the table.
func (Total) Mixin() []ent.Mixin { return []ent.Mixin{numbers()} }

// Fields of Total.
func (Total) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("connection_id").Immutable(),
		field.String("media_type").Immutable(),
		field.Time("observed_at").Immutable(),
		field.String("run_id").Default("").Immutable().Comment("the run whose calls brought it; empty for a demo's past"),
		field.Int("posts").Default(0).Comment("posts of the type whose counters this reading brought"),
		count("views"),
		count("likes"),
		count("comments"),
		count("shares"),
		count("saves"),
		count("reach"),
		count("interactions"),
	}
}

// Edges of Total.
func (Total) Edges() []ent.Edge { return ofConnection("totals") }

// Indexes of Total.
func (Total) Indexes() []ent.Index {
	return []ent.Index{index.Fields("connection_id", "observed_at", "media_type").Unique()}
}

// DayReading is a platform's own figure of one day of an account, as it was given at one time. There is a row for each
// time at which the figure differed from the last one of that metric and day.
type DayReading struct{ ent.Schema }

// Mixin guards the table.
func (DayReading) Mixin() []ent.Mixin { return []ent.Mixin{numbers()} }

// Annotations names the table.
func (DayReading) Annotations() []schema.Annotation { return table("day_readings") }

// Fields of DayReading.
func (DayReading) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("connection_id").Immutable(),
		field.String("metric").Immutable(),
		field.String("day").MaxLen(10).Immutable().Comment("the day meant, of the platform's calendar, 2006-01-02"),
		field.Time("observed_at").Immutable(),
		field.String("run_id").Default("").Immutable().Comment("the run whose calls brought it; empty for a demo's past"),
		field.Int64("value").Immutable(),
	}
}

// Edges of DayReading.
func (DayReading) Edges() []ent.Edge { return ofConnection("day_readings") }

// Indexes of DayReading.
func (DayReading) Indexes() []ent.Index {
	return []ent.Index{index.Fields("connection_id", "metric", "day", "observed_at").Unique()}
}

// PostAge is how many views a post had at the ages at which posts are compared, in days of 24 hours after it was
// published: the number itself, which may lie between two readings, and when the later one of them was made, in
// microseconds since 1970. An age that was not reached, or around which nothing was read, is null.
type PostAge struct{ ent.Schema }

// Mixin guards the table.
func (PostAge) Mixin() []ent.Mixin { return []ent.Mixin{numbers()} }

// Annotations names the table.
func (PostAge) Annotations() []schema.Annotation { return table("post_ages") }

// Fields of PostAge.
func (PostAge) Fields() []ent.Field {
	views := func(name string) ent.Field { return field.Float(name).Optional().Nillable() }
	return []ent.Field{
		field.Int("id"),
		field.String("connection_id").Immutable(),
		field.String("post_id").Immutable(),
		views("views_1"), count("read_1"),
		views("views_2"), count("read_2"),
		views("views_3"), count("read_3"),
		views("views_7"), count("read_7"),
		views("views_14"), count("read_14"),
		views("views_30"), count("read_30"),
		views("views_90"), count("read_90"),
	}
}

// Edges of PostAge.
func (PostAge) Edges() []ent.Edge {
	return append(ofConnection("ages"),
		edge.From("post", Post.Type).Ref("ages").Field("post_id").Unique().Required().Immutable())
}

// Indexes of PostAge.
func (PostAge) Indexes() []ent.Index { return []ent.Index{index.Fields("post_id").Unique()} }
