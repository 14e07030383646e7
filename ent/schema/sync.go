package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Run is one asked-for sync of one connection, up to five attempts under one id.
type Run struct{ ent.Schema }

// Mixin guards the table.
func (Run) Mixin() []ent.Mixin { return []ent.Mixin{ofAccount()} }

// Fields of Run.
func (Run) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("connection_id").Immutable(),
		field.String("platform").Immutable(),
		field.Enum("kind").
			Values("sync", "insights").
			Default("sync").
			Immutable().
			Comment("insights: the account as a whole, weekly"),
		field.Enum("trigger").Values("first", "schedule", "creator", "admin", "api", "command", "retry").Immutable(),
		field.Enum("state").Values("queued", "deferred", "running", "retrying", "success", "partial", "failed", "dead"),
		field.Int("attempt").Default(0),
		field.Int("items").Default(0),
		field.Int64("api_calls").Default(0),
		note("error_code"),
		note("error_message"),
		field.Bool("rate_limited").Default(false),
		moment("next_attempt_at"),
		moment("started_at"),
		moment("completed_at"),
		moment("settled_at"),
		moment("claimed_at"),
		note("claimed_by"),
		field.Int64("job_id").Default(0),
		created(),
	}
}

// Edges of Run.
func (Run) Edges() []ent.Edge { return ofConnection("runs") }

// Indexes of Run. A connection has at most one run of a kind that has not ended (it has no end): the database holds it.
func (Run) Indexes() []ent.Index {
	return []ent.Index{
		only("completed_at IS NULL", "connection_id", "kind"),
		index.Fields("connection_id", "created_at"),
		index.Fields("platform", "completed_at"),
		index.Fields("completed_at"),
		index.Fields("created_at"),
		index.Fields("state"),
		index.Fields("settled_at", "state", "completed_at", "platform", "error_code"), // what waits for somebody
	}
}

// SyncLog is one step of one attempt.
type SyncLog struct{ ent.Schema }

// Mixin guards the table.
func (SyncLog) Mixin() []ent.Mixin { return []ent.Mixin{ofAccount()} }

// Fields of SyncLog. Duration is in milliseconds; sample is the shape of an answer that could not be read.
func (SyncLog) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("connection_id").Immutable(),
		field.String("run_id").Immutable(),
		field.String("platform").Immutable(),
		field.Enum("sync_type").Values("token", "profile", "posts", "metrics").Immutable(),
		field.Enum("status").Values("success", "partial", "failed"),
		field.Int("items_synced").Default(0),
		note("error_code"),
		note("error_message"),
		text("sample"),
		field.Bool("rate_limit_hit").Default(false),
		moment("rate_limit_reset"),
		field.Time("started_at"),
		field.Time("completed_at"),
		field.Int64("duration"),
		field.Int("attempt"),
		field.Int64("api_calls").Default(0),
		field.JSON("calls", []Call{}).Optional().Comment("to the platform, oldest first; not every one of a long list"),
	}
}

// Call is one request to a platform: never an address or a body, only what its documentation calls the endpoint.
type Call struct {
	Method   string    `json:"m"`
	Endpoint string    `json:"e"`
	Status   int       `json:"s,omitempty"` // 0: no answer came
	Failure  string    `json:"f,omitempty"` // why none came: timeout, network, …
	Millis   int64     `json:"t"`
	Units    int64     `json:"u,omitempty"` // of the platform's quota
	At       time.Time `json:"a"`
}

// Edges of SyncLog.
func (SyncLog) Edges() []ent.Edge { return ofConnection("logs") }

// Indexes of SyncLog.
func (SyncLog) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("run_id"),
		index.Fields("connection_id", "started_at"),
		index.Fields("platform", "started_at"),
	}
}

// Schedule says when a connection is due. Due-ness is this column and nothing else.
type Schedule struct{ ent.Schema }

// Mixin guards the table.
func (Schedule) Mixin() []ent.Mixin { return []ent.Mixin{ofAccount()} }

// Fields of Schedule.
func (Schedule) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("connection_id").Unique().Immutable(),
		field.String("platform").Immutable(),
		field.Time("due_at"),
		moment("last_success_at"),
		moment("posts_read_at"),
		moment("last_planned_at"),
		moment("insights_due_at"),
	}
}

// Edges of Schedule.
func (Schedule) Edges() []ent.Edge { return ofConnection("schedule") }

// Indexes of Schedule.
func (Schedule) Indexes() []ent.Index { return []ent.Index{index.Fields("platform", "due_at")} }

// Clock is the pulse of the scheduler: one row a platform, and one for the minute tick.
type Clock struct{ ent.Schema }

// Mixin guards the table.
func (Clock) Mixin() []ent.Mixin { return []ent.Mixin{common()} }

// Fields of Clock.
func (Clock) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(32).Immutable().Comment("a platform's id, or tick"),
		moment("last_at"),
		moment("next_at"),
		created(),
	}
}

// QuotaUse is what was spent of one limit in one window.
type QuotaUse struct{ ent.Schema }

// Mixin guards the table.
func (QuotaUse) Mixin() []ent.Mixin { return []ent.Mixin{common()} }

// Annotations names the table.
func (QuotaUse) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "quota_uses"}}
}

// Fields of QuotaUse.
func (QuotaUse) Fields() []ent.Field {
	return []ent.Field{
		field.Int("id"),
		field.String("platform").Immutable(),
		field.String("bucket").Immutable().Comment("QUOTA, USER_QUOTA, STATS_QUOTA, or an endpoint"),
		note("scope"),
		field.Time("window_start").Immutable(),
		field.Time("window_end"),
		field.Int64("reserved").Default(0), // what the platform calls spent beyond what was counted; above 0 nothing is left
		field.Int64("used").Default(0),
	}
}

// Indexes of QuotaUse.
func (QuotaUse) Indexes() []ent.Index {
	return []ent.Index{index.Fields("platform", "bucket", "scope", "window_start").Unique()}
}

// Alert is one cause in one scope, from its opening to its end.
type Alert struct{ ent.Schema }

// Mixin guards the table.
func (Alert) Mixin() []ent.Mixin { return []ent.Mixin{operators()} }

// Fields of Alert. Acted_by is the id of who acknowledged or muted it; follows is the id of the alert it is a
// consequence of, which speaks for both.
func (Alert) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("source").Default("").Immutable().Comment("live or sandbox; empty in rows of before there was one"),
		field.String("rule").Immutable(),
		note("platform"),
		note("scope"),
		field.Int("occurrences").Default(1),
		text("message"),
		field.Time("opened_at").Immutable(),
		field.Time("last_seen_at"),
		moment("notified_at"),
		moment("acknowledged_at"),
		moment("muted_until"),
		note("reason"),
		note("acted_by"),
		note("follows"),
		moment("resolved_at"),
	}
}

// Edges of Alert.
func (Alert) Edges() []ent.Edge { return []ent.Edge{owns("deliveries", Delivery.Type)} }

// Indexes of Alert: open once for a cause and scope.
func (Alert) Indexes() []ent.Index {
	return []ent.Index{
		only(
			"resolved_at IS NULL",
			"source",
			"rule",
			"platform",
			"scope",
		), index.Fields("opened_at"), index.Fields("rule", "platform", "scope", "opened_at"),
	}
}

// Delivery is one message about an alert on one channel. Its text is written when it is sent.
type Delivery struct{ ent.Schema }

// Mixin guards the table.
func (Delivery) Mixin() []ent.Mixin { return []ent.Mixin{operators()} }

// Fields of Delivery. A channel is a label without its secret; next_at is null once it was sent or dropped.
func (Delivery) Fields() []ent.Field {
	return []ent.Field{
		ident(),
		field.String("alert_id").Immutable(),
		field.Enum("event").Values("opened", "reminder", "over").Immutable(),
		field.Int("number").Immutable().Comment("of this event of the alert, from 1"),
		field.String("channel").Immutable(),
		field.Int("attempts").Default(0),
		moment("next_at"),
		moment("claimed_until"),
		moment("tried_at"),
		moment("sent_at"),
		moment("dropped_at"),
		note("error"),
		created(),
	}
}

// Edges of Delivery.
func (Delivery) Edges() []ent.Edge {
	return []ent.Edge{edge.From("alert", Alert.Type).Ref("deliveries").Field("alert_id").Unique().Required().Immutable()}
}

// Indexes of Delivery: each message is made once.
func (Delivery) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("alert_id", "event", "number", "channel").Unique(),
		index.Fields("next_at"),
		index.Fields("channel", "tried_at"),
	}
}

// Meta is a small fact of the installation, by name: the key check, the demo's sign-ins.
type Meta struct{ ent.Schema }

// Mixin guards the table.
func (Meta) Mixin() []ent.Mixin { return []ent.Mixin{operators()} }

// Annotations names the table.
func (Meta) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "meta"}}
}

// Fields of Meta.
func (Meta) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(64).Immutable(),
		field.Bytes("value").Sensitive(),
	}
}
