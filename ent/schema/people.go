package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// User is a person who signs in: a creator who owns connections, or an admin.
type User struct{ ent.Schema }

// Mixin guards the table.
func (User) Mixin() []ent.Mixin { return []ent.Mixin{personal("id")} }

// Fields of User.
func (User) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("email").Unique().Comment("lower case"),
		field.String("name"),
		field.Enum("role").Values("creator", "admin"),
		field.String("password_hash").Sensitive(),
		field.Bool("disabled").Default(false),
		field.Bool("demo").Default(false).Comment("belongs to the sandbox and signs in only there"),
		field.String("timezone").Default("UTC"),
		field.String("theme").Default(""),
		moment("signed_in_at"),
		created(),
	}
}

// Edges of User.
func (User) Edges() []ent.Edge {
	return []ent.Edge{
		owns("connections", Connection.Type),
		owns("sessions", Session.Type),
		owns("tokens", APIToken.Type),
		owns("flows", PendingFlow.Type),
		owns("tags", Tag.Type),
	}
}

// Session is one browser's session. Its id is a hash: the cookie's value is never stored.
type Session struct{ ent.Schema }

// Mixin guards the table.
func (Session) Mixin() []ent.Mixin { return []ent.Mixin{personal("user_id")} }

// Fields of Session.
func (Session) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(64).Immutable().Comment("SHA-256 of the cookie, hex"),
		field.Bytes("data").Sensitive(),
		field.String("user_id").Optional().Nillable(),
		field.Time("expires_at"),
		created(),
	}
}

// Edges of Session.
func (Session) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("sessions").Field("user_id").Unique()}
}

// Indexes of Session.
func (Session) Indexes() []ent.Index {
	return []ent.Index{index.Fields("user_id"), index.Fields("expires_at")}
}

// Invite is a one-time link: the first admin's set-up, an invitation, a new password.
type Invite struct{ ent.Schema }

// Mixin guards the table.
func (Invite) Mixin() []ent.Mixin { return []ent.Mixin{operators()} }

// Fields of Invite.
func (Invite) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("token_hash").Unique().Sensitive(),
		field.Enum("purpose").Values("setup", "invite", "reset"),
		field.Enum("role").Values("creator", "admin"),
		note("email"),
		note("user_id"),
		field.Time("expires_at"),
		moment("used_at"),
		created(),
	}
}

// APIToken is a personal token for programs; only its hash is kept.
type APIToken struct{ ent.Schema }

// Mixin guards the table.
func (APIToken) Mixin() []ent.Mixin { return []ent.Mixin{personal("user_id")} }

// Annotations names the table.
func (APIToken) Annotations() []schema.Annotation { return table("api_tokens") }

// Fields of APIToken.
func (APIToken) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("user_id").Immutable(),
		field.String("label"),
		field.String("token_hash").Unique().Sensitive(),
		note("scopes"), // with commas; empty: made before there were scopes, and may do everything
		moment("expires_at"),
		moment("last_used_at"),
		moment("revoked_at"),
		created(),
	}
}

// Edges of APIToken.
func (APIToken) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("tokens").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of APIToken.
func (APIToken) Indexes() []ent.Index { return []ent.Index{index.Fields("user_id")} }

// AttemptCount holds the moments of the last failed sign-ins per key, so that a restart forgets none.
type AttemptCount struct{ ent.Schema }

// Mixin guards the table.
func (AttemptCount) Mixin() []ent.Mixin { return []ent.Mixin{operators()} }

// Fields of AttemptCount.
func (AttemptCount) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(128).Immutable().Comment("kind and hash: acct:… or net:…"),
		field.JSON("times", []int64{}).Optional().Comment("Unix microseconds, oldest first; no more than the limit"),
		field.Time("window_start").Comment("of the newest"),
	}
}

// AuditEvent is one thing an admin, a sign-in or an OAuth flow did.
type AuditEvent struct{ ent.Schema }

// Mixin guards the table, and keeps what was recorded.
func (AuditEvent) Mixin() []ent.Mixin { return []ent.Mixin{appended{}, operators()} }

// Annotations names the table.
func (AuditEvent) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "audit_events"}}
}

// Fields of AuditEvent. The actor is kept by id alone, so that the record outlives the person.
func (AuditEvent) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.Time("at"),
		note("actor_id"),
		field.String("action"),
		note("target"),
		note("result"),
		note("ip"),
		note("request_id"),
		field.Bytes("prev_hash").Optional().Comment("place of the chain"),
		field.Bytes("hash").Optional(),
	}
}

// Indexes of AuditEvent.
func (AuditEvent) Indexes() []ent.Index {
	return []ent.Index{index.Fields("at"), index.Fields("action"), index.Fields("actor_id"), index.Fields("target")}
}
