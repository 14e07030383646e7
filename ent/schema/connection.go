package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Connection is one external account on one platform, owned by one creator.
type Connection struct{ ent.Schema }

// Mixin guards the table.
func (Connection) Mixin() []ent.Mixin { return []ent.Mixin{guarded{}} }

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
		owns("audience", Audience.Type),
		owns("refusals", Refusal.Type),
		owns("runs", Run.Type),
		owns("logs", SyncLog.Type),
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
	}
}

// PendingFlow is one OAuth flow under way. Its id is the hash of the state.
type PendingFlow struct{ ent.Schema }

// Mixin guards the table.
func (PendingFlow) Mixin() []ent.Mixin { return []ent.Mixin{guarded{}} }

// Fields of PendingFlow. A flow begun with a bearer token has no session and is bound to the user alone.
func (PendingFlow) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(64).Immutable().Comment("SHA-256 of the state, hex"),
		field.String("user_id").Immutable(),
		note("session_hash"),
		field.String("platform").Immutable(),
		note("connection_id"),
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
func (PendingFlow) Indexes() []ent.Index { return []ent.Index{index.Fields("expires_at")} }
