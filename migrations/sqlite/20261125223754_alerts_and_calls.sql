-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_alerts" table
CREATE TABLE `new_alerts` (`id` text NOT NULL, `source` text NOT NULL DEFAULT (''), `rule` text NOT NULL, `platform` text NOT NULL DEFAULT (''), `scope` text NOT NULL DEFAULT (''), `occurrences` integer NOT NULL DEFAULT (1), `message` text NOT NULL DEFAULT (''), `opened_at` datetime NOT NULL, `last_seen_at` datetime NOT NULL, `notified_at` datetime NULL, `acknowledged_at` datetime NULL, `muted_until` datetime NULL, `reason` text NOT NULL DEFAULT (''), `acted_by` text NOT NULL DEFAULT (''), `follows` text NOT NULL DEFAULT (''), `resolved_at` datetime NULL, PRIMARY KEY (`id`));
-- copy rows from old table "alerts" to new temporary table "new_alerts"
INSERT INTO `new_alerts` (`id`, `rule`, `platform`, `scope`, `occurrences`, `message`, `opened_at`, `last_seen_at`, `notified_at`, `acknowledged_at`, `muted_until`, `reason`, `resolved_at`) SELECT `id`, `rule`, `platform`, `scope`, `occurrences`, `message`, `opened_at`, `last_seen_at`, `notified_at`, `acknowledged_at`, `muted_until`, `reason`, `resolved_at` FROM `alerts`;
-- drop "alerts" table after copying rows
DROP TABLE `alerts`;
-- rename temporary table "new_alerts" to "alerts"
ALTER TABLE `new_alerts` RENAME TO `alerts`;
-- create index "alert_source_rule_platform_scope" to table: "alerts"
CREATE UNIQUE INDEX `alert_source_rule_platform_scope` ON `alerts` (`source`, `rule`, `platform`, `scope`) WHERE resolved_at IS NULL;
-- create index "alert_opened_at" to table: "alerts"
CREATE INDEX `alert_opened_at` ON `alerts` (`opened_at`);
-- create index "alert_rule_platform_scope_opened_at" to table: "alerts"
CREATE INDEX `alert_rule_platform_scope_opened_at` ON `alerts` (`rule`, `platform`, `scope`, `opened_at`);
-- create index "auditevent_action" to table: "audit_events"
CREATE INDEX `auditevent_action` ON `audit_events` (`action`);
-- create index "auditevent_actor_id" to table: "audit_events"
CREATE INDEX `auditevent_actor_id` ON `audit_events` (`actor_id`);
-- create index "auditevent_target" to table: "audit_events"
CREATE INDEX `auditevent_target` ON `audit_events` (`target`);
-- create "new_invites" table
CREATE TABLE `new_invites` (`id` text NOT NULL, `token_hash` text NOT NULL, `purpose` text NOT NULL, `role` text NOT NULL, `email` text NOT NULL DEFAULT (''), `user_id` text NOT NULL DEFAULT (''), `expires_at` datetime NOT NULL, `used_at` datetime NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- copy rows from old table "invites" to new temporary table "new_invites"
INSERT INTO `new_invites` (`id`, `token_hash`, `purpose`, `role`, `email`, `expires_at`, `used_at`, `created_at`) SELECT `id`, `token_hash`, `purpose`, `role`, `email`, `expires_at`, `used_at`, `created_at` FROM `invites`;
-- drop "invites" table after copying rows
DROP TABLE `invites`;
-- rename temporary table "new_invites" to "invites"
ALTER TABLE `new_invites` RENAME TO `invites`;
-- create index "invites_token_hash_key" to table: "invites"
CREATE UNIQUE INDEX `invites_token_hash_key` ON `invites` (`token_hash`);
-- add column "signed_in_at" to table: "users"
ALTER TABLE `users` ADD COLUMN `signed_in_at` datetime NULL;
-- create index "connection_status_handle_platform_id" to table: "connections"
CREATE INDEX `connection_status_handle_platform_id` ON `connections` (`status` DESC, `handle`, `platform`, `id`);
-- create index "run_settled_at_state_completed_at_platform_error_code" to table: "runs"
CREATE INDEX `run_settled_at_state_completed_at_platform_error_code` ON `runs` (`settled_at`, `state`, `completed_at`, `platform`, `error_code`);
-- add column "calls" to table: "sync_logs"
ALTER TABLE `sync_logs` ADD COLUMN `calls` json NULL;
-- create "deliveries" table
CREATE TABLE `deliveries` (`id` text NOT NULL, `event` text NOT NULL, `number` integer NOT NULL, `channel` text NOT NULL, `attempts` integer NOT NULL DEFAULT (0), `next_at` datetime NULL, `claimed_until` datetime NULL, `tried_at` datetime NULL, `sent_at` datetime NULL, `dropped_at` datetime NULL, `error` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, `alert_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `deliveries_alerts_deliveries` FOREIGN KEY (`alert_id`) REFERENCES `alerts` (`id`) ON DELETE CASCADE);
-- create index "delivery_alert_id_event_number_channel" to table: "deliveries"
CREATE UNIQUE INDEX `delivery_alert_id_event_number_channel` ON `deliveries` (`alert_id`, `event`, `number`, `channel`);
-- create index "delivery_next_at" to table: "deliveries"
CREATE INDEX `delivery_next_at` ON `deliveries` (`next_at`);
-- create index "delivery_channel_tried_at" to table: "deliveries"
CREATE INDEX `delivery_channel_tried_at` ON `deliveries` (`channel`, `tried_at`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "delivery_channel_tried_at" to table: "deliveries"
DROP INDEX `delivery_channel_tried_at`;
-- reverse: create index "delivery_next_at" to table: "deliveries"
DROP INDEX `delivery_next_at`;
-- reverse: create index "delivery_alert_id_event_number_channel" to table: "deliveries"
DROP INDEX `delivery_alert_id_event_number_channel`;
-- reverse: create "deliveries" table
DROP TABLE `deliveries`;
-- reverse: add column "calls" to table: "sync_logs"
ALTER TABLE `sync_logs` DROP COLUMN `calls`;
-- reverse: create index "run_settled_at_state_completed_at_platform_error_code" to table: "runs"
DROP INDEX `run_settled_at_state_completed_at_platform_error_code`;
-- reverse: create index "connection_status_handle_platform_id" to table: "connections"
DROP INDEX `connection_status_handle_platform_id`;
-- reverse: add column "signed_in_at" to table: "users"
ALTER TABLE `users` DROP COLUMN `signed_in_at`;
-- reverse: create index "invites_token_hash_key" to table: "invites"
DROP INDEX `invites_token_hash_key`;
-- reverse: create "new_invites" table
DROP TABLE `new_invites`;
-- reverse: create index "auditevent_target" to table: "audit_events"
DROP INDEX `auditevent_target`;
-- reverse: create index "auditevent_actor_id" to table: "audit_events"
DROP INDEX `auditevent_actor_id`;
-- reverse: create index "auditevent_action" to table: "audit_events"
DROP INDEX `auditevent_action`;
-- reverse: create index "alert_rule_platform_scope_opened_at" to table: "alerts"
DROP INDEX `alert_rule_platform_scope_opened_at`;
-- reverse: create index "alert_opened_at" to table: "alerts"
DROP INDEX `alert_opened_at`;
-- reverse: create index "alert_source_rule_platform_scope" to table: "alerts"
DROP INDEX `alert_source_rule_platform_scope`;
-- reverse: create "new_alerts" table
DROP TABLE `new_alerts`;
