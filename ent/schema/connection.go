package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Connection is one external account on one platform, owned by one creator.
type Connection struct{ ent.Schema }

// Mixin guards the table.
func (Connection) Mixin() []ent.Mixin { return []ent.Mixin{personal("owner_id")} }

// Fields of Connection. The sealed fields are ciphertext bound to id, field and token_version.
func (Connection) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("owner_id").Immutable(),
		field.String("platform").Immutable(),
		field.Enum("source").Values("live", "sandbox").Immutable(),
		field.String("external_id").Immutable(),
		note("alt_id"),
		note("handle"),
		field.Enum("status").Values("connected", "limited", "expiring", "needs_reconnect", "paused", "disconnected"),
		note("status_code"),
		note("status_detail"),
		moment("status_since"),
		field.Bool("primary").Default(false),
		field.Strings("scopes").Optional().Comment("granted; null when the platform did not say"),
		field.Bytes("access_sealed").Optional().Nillable().Sensitive(),
		field.Bytes("refresh_sealed").Optional().Nillable().Sensitive(),
		field.Int64("token_version").Default(0),
		moment("token_issued_at"),
		moment("token_expires_at"),
		moment("refresh_expires_at"),
		moment("refresh_intent_at"),
		moment("refresh_due_at"),
		field.Int("refresh_failures").Default(0).Comment("in a row"),
		moment("refresh_retry_at"),
		moment("failing_since"),
		note("lease_holder"),
		moment("lease_until"),
		moment("consented_at"),
		moment("disconnected_at"),
		moment("delete_by"),
		created(),
	}
}

// Edges of Connection: everything it owns goes with it.
func (Connection) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("owner", User.Type).Ref("connections").Field("owner_id").Unique().Required().Immutable(),
		edge.To("profile", Profile.Type).Unique().Annotations(entsql.OnDelete(entsql.Cascade)),
		owns("posts", Post.Type),
		owns("snapshots", Snapshot.Type),
		owns("readings", AccountReading.Type),
		owns("totals", Total.Type),
		owns("day_readings", DayReading.Type),
		owns("ages", PostAge.Type),
		owns("audience", Audience.Type),
		owns("refusals", Refusal.Type),
		owns("doubts", Doubt.Type),
		owns("runs", Run.Type),
		owns("logs", SyncLog.Type),
		owns("events", ConnectionEvent.Type),
		owns("notices", Notice.Type),
		edge.To("schedule", Schedule.Type).Unique().Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

// Indexes of Connection. An external account is live for one creator at a time; a creator has one
// row for it whatever its state.
func (Connection) Indexes() []ent.Index {
	return []ent.Index{
		only("status <> 'disconnected'", "source", "platform", "external_id"),
		index.Fields("owner_id", "source", "platform", "external_id").Unique(),
		index.Fields("platform", "status"),
		index.Fields("status", "handle", "platform", "id").
			Annotations(entsql.DescColumns("status")), // as the admin's list runs
		index.Fields("refresh_due_at"),
	}
}

// ConnectionEvent is one thing that happened to a connection, in words: its timeline.
type ConnectionEvent struct{ ent.Schema }

// Mixin guards the table.
func (ConnectionEvent) Mixin() []ent.Mixin { return []ent.Mixin{ofAccount()} }

// Annotations names the table.
func (ConnectionEvent) Annotations() []schema.Annotation { return table("connection_events") }

// Fields of ConnectionEvent.
func (ConnectionEvent) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("connection_id").Immutable(),
		field.Time("at").Immutable(),
		field.String("kind").Immutable().Comment("connected, renewed, failing, recovered, lost, ended, tampered, notice"),
		field.String("code").Default("").Immutable(),
		field.Text("words").Default("").Immutable(),
	}
}

// Edges of ConnectionEvent.
func (ConnectionEvent) Edges() []ent.Edge { return ofConnection("events") }

// Indexes of ConnectionEvent.
func (ConnectionEvent) Indexes() []ent.Index { return []ent.Index{index.Fields("connection_id", "at")} }

// Notice is one message that asks a creator to reconnect, with a link of its own.
type Notice struct{ ent.Schema }

// Mixin guards the table.
func (Notice) Mixin() []ent.Mixin { return []ent.Mixin{ofAccount()} }

// Fields of Notice. The link's token is kept as its hash alone.
func (Notice) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("connection_id").Immutable(),
		field.Int("number").Immutable().Comment("from 1, since the connection was lost"),
		field.Time("lost_at").Immutable(),
		field.String("token_hash").MaxLen(64).Unique().Immutable(),
		created(),
		field.Time("expires_at").Immutable(),
		moment("used_at"),
		moment("sent_at"),
		note("error"),
	}
}

// Edges of Notice.
func (Notice) Edges() []ent.Edge { return ofConnection("notices") }

// Indexes of Notice: each message is made once.
func (Notice) Indexes() []ent.Index {
	return []ent.Index{index.Fields("connection_id", "lost_at", "number").Unique()}
}

// Hold is a platform that refuses this installation: nobody is asked before it ends.
type Hold struct{ ent.Schema }

// Mixin guards the table.
func (Hold) Mixin() []ent.Mixin { return []ent.Mixin{common()} }

// Fields of Hold.
func (Hold) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(32).Immutable().Comment("a platform's id"),
		note("code"),
		note("kind"),
		note("detail"),
		field.Time("since"),
		field.Time("until"),
	}
}

// Doubt is a refusal that no table of ours names: whether it is the installation's or this grant's own is not known
// yet. A connection has one for its data calls and one for the renewal of its access.
type Doubt struct{ ent.Schema }

// Mixin guards the table.
func (Doubt) Mixin() []ent.Mixin { return []ent.Mixin{ofAccount()} }

// Fields of Doubt.
func (Doubt) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("connection_id").Immutable(),
		field.String("platform").Immutable(),
		field.String("kind").Immutable().Comment("data, token"),
		note("native"),
		field.Time("first_at").Comment("since when without a success of this connection"),
		field.Time("at"),
		field.Bool("lone").Default(false).Comment("the platform answered others after that"),
	}
}

// Edges of Doubt.
func (Doubt) Edges() []ent.Edge { return ofConnection("doubts") }

// Indexes of Doubt.
func (Doubt) Indexes() []ent.Index {
	return []ent.Index{index.Fields("connection_id", "kind").Unique(), index.Fields("platform", "kind", "at")}
}

// Deletion is the receipt of data that was erased; it outlives the data. A restore reads it, so that nobody comes back.
type Deletion struct{ ent.Schema }

// Mixin guards the table.
func (Deletion) Mixin() []ent.Mixin { return []ent.Mixin{operators()} }

// Fields of Deletion. The subject is kept as a hash alone: of a platform and an external id, or of a person's id. An
// empty platform means a person with everything they owned.
func (Deletion) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(32).Immutable().Comment("the confirmation code"),
		field.String("platform").Immutable(),
		field.String("subject_hash").MaxLen(64).Immutable(),
		field.Enum("cause").
			Values("platform", "creator", "admin", "command", "terms").
			Default("platform").
			Comment("who asked for it, or the platform's terms"),
		field.Int("connections").Default(0),
		field.Time("asked_at").Immutable(),
		moment("done_at"),
		moment("copies_until"),
	}
}

// Indexes of Deletion: the same person asking again gets the same receipt.
func (Deletion) Indexes() []ent.Index {
	return []ent.Index{index.Fields("platform", "subject_hash").Unique()}
}

// PendingFlow is one OAuth flow under way. Its id is the hash of the state.
type PendingFlow struct{ ent.Schema }

// Mixin guards the table.
func (PendingFlow) Mixin() []ent.Mixin { return []ent.Mixin{personal("user_id")} }

// Fields of PendingFlow. A flow begun with a bearer token has no session and is bound to the user alone.
func (PendingFlow) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(64).Immutable().Comment("SHA-256 of the state, hex"),
		field.String("user_id").Immutable(),
		note("session_hash"),
		field.String("platform").Immutable(),
		note("connection_id"),
		note("external_id"), // the account that connection_id is of: the only one the flow may end with
		note("notice_id"),   // the link it began with; nobody need be signed in then
		field.Bytes("verifier_sealed").Optional().Nillable().Sensitive(),
		field.String("redirect_uri"),
		field.Bool("popup").Default(false),
		field.Time("expires_at"),
		moment("used_at"),
		created(),
	}
}

// Edges of PendingFlow.
func (PendingFlow) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("flows").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of PendingFlow.
func (PendingFlow) Indexes() []ent.Index {
	return []ent.Index{index.Fields("expires_at"), index.Fields("user_id", "created_at"), index.Fields("connection_id")}
}
