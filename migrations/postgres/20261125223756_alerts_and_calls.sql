-- +goose Up
-- drop index "alert_rule_platform_scope" from table: "alerts"
DROP INDEX "alert_rule_platform_scope";
-- modify "alerts" table
ALTER TABLE "alerts" ADD COLUMN "source" character varying NOT NULL DEFAULT '', ADD COLUMN "acted_by" character varying NOT NULL DEFAULT '', ADD COLUMN "follows" character varying NOT NULL DEFAULT '';
-- create index "alert_rule_platform_scope_opened_at" to table: "alerts"
CREATE INDEX "alert_rule_platform_scope_opened_at" ON "alerts" ("rule", "platform", "scope", "opened_at");
-- create index "alert_source_rule_platform_scope" to table: "alerts"
CREATE UNIQUE INDEX "alert_source_rule_platform_scope" ON "alerts" ("source", "rule", "platform", "scope") WHERE (resolved_at IS NULL);
-- create index "auditevent_action" to table: "audit_events"
CREATE INDEX "auditevent_action" ON "audit_events" ("action");
-- create index "auditevent_actor_id" to table: "audit_events"
CREATE INDEX "auditevent_actor_id" ON "audit_events" ("actor_id");
-- create index "auditevent_target" to table: "audit_events"
CREATE INDEX "auditevent_target" ON "audit_events" ("target");
-- create index "connection_status_handle_platform_id" to table: "connections"
CREATE INDEX "connection_status_handle_platform_id" ON "connections" ("status" DESC, "handle", "platform", "id");
-- modify "invites" table
ALTER TABLE "invites" ADD COLUMN "user_id" character varying NOT NULL DEFAULT '';
-- create index "run_settled_at_state_completed_at_platform_error_code" to table: "runs"
CREATE INDEX "run_settled_at_state_completed_at_platform_error_code" ON "runs" ("settled_at", "state", "completed_at", "platform", "error_code");
-- modify "sync_logs" table
ALTER TABLE "sync_logs" ADD COLUMN "calls" jsonb NULL;
-- modify "users" table
ALTER TABLE "users" ADD COLUMN "signed_in_at" timestamptz NULL;
-- create "deliveries" table
CREATE TABLE "deliveries" ("id" character varying NOT NULL, "event" character varying NOT NULL, "number" bigint NOT NULL, "channel" character varying NOT NULL, "attempts" bigint NOT NULL DEFAULT 0, "next_at" timestamptz NULL, "claimed_until" timestamptz NULL, "tried_at" timestamptz NULL, "sent_at" timestamptz NULL, "dropped_at" timestamptz NULL, "error" character varying NOT NULL DEFAULT '', "created_at" timestamptz NOT NULL, "alert_id" character varying NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "deliveries_alerts_deliveries" FOREIGN KEY ("alert_id") REFERENCES "alerts" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "delivery_alert_id_event_number_channel" to table: "deliveries"
CREATE UNIQUE INDEX "delivery_alert_id_event_number_channel" ON "deliveries" ("alert_id", "event", "number", "channel");
-- create index "delivery_channel_tried_at" to table: "deliveries"
CREATE INDEX "delivery_channel_tried_at" ON "deliveries" ("channel", "tried_at");
-- create index "delivery_next_at" to table: "deliveries"
CREATE INDEX "delivery_next_at" ON "deliveries" ("next_at");

-- +goose Down
-- reverse: create index "delivery_next_at" to table: "deliveries"
DROP INDEX "delivery_next_at";
-- reverse: create index "delivery_channel_tried_at" to table: "deliveries"
DROP INDEX "delivery_channel_tried_at";
-- reverse: create index "delivery_alert_id_event_number_channel" to table: "deliveries"
DROP INDEX "delivery_alert_id_event_number_channel";
-- reverse: create "deliveries" table
DROP TABLE "deliveries";
-- reverse: modify "users" table
ALTER TABLE "users" DROP COLUMN "signed_in_at";
-- reverse: modify "sync_logs" table
ALTER TABLE "sync_logs" DROP COLUMN "calls";
-- reverse: create index "run_settled_at_state_completed_at_platform_error_code" to table: "runs"
DROP INDEX "run_settled_at_state_completed_at_platform_error_code";
-- reverse: modify "invites" table
ALTER TABLE "invites" DROP COLUMN "user_id";
-- reverse: create index "connection_status_handle_platform_id" to table: "connections"
DROP INDEX "connection_status_handle_platform_id";
-- reverse: create index "auditevent_target" to table: "audit_events"
DROP INDEX "auditevent_target";
-- reverse: create index "auditevent_actor_id" to table: "audit_events"
DROP INDEX "auditevent_actor_id";
-- reverse: create index "auditevent_action" to table: "audit_events"
DROP INDEX "auditevent_action";
-- reverse: create index "alert_source_rule_platform_scope" to table: "alerts"
DROP INDEX "alert_source_rule_platform_scope";
-- reverse: create index "alert_rule_platform_scope_opened_at" to table: "alerts"
DROP INDEX "alert_rule_platform_scope_opened_at";
-- reverse: modify "alerts" table
ALTER TABLE "alerts" DROP COLUMN "follows", DROP COLUMN "acted_by", DROP COLUMN "source";
-- reverse: drop index "alert_rule_platform_scope" from table: "alerts"
CREATE UNIQUE INDEX "alert_rule_platform_scope" ON "alerts" ("rule", "platform", "scope") WHERE (resolved_at IS NULL);
