-- +goose Up
-- create "api_tokens" table
CREATE TABLE `api_tokens` (`id` text NOT NULL, `label` text NOT NULL, `token_hash` text NOT NULL, `last_used_at` datetime NULL, `revoked_at` datetime NULL, `created_at` datetime NOT NULL, `user_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `api_tokens_users_tokens` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE);
-- create index "api_tokens_token_hash_key" to table: "api_tokens"
CREATE UNIQUE INDEX `api_tokens_token_hash_key` ON `api_tokens` (`token_hash`);
-- create index "apitoken_user_id" to table: "api_tokens"
CREATE INDEX `apitoken_user_id` ON `api_tokens` (`user_id`);
-- create "alerts" table
CREATE TABLE `alerts` (`id` text NOT NULL, `rule` text NOT NULL, `platform` text NOT NULL DEFAULT (''), `scope` text NOT NULL DEFAULT (''), `occurrences` integer NOT NULL DEFAULT (1), `message` text NOT NULL DEFAULT (''), `opened_at` datetime NOT NULL, `last_seen_at` datetime NOT NULL, `notified_at` datetime NULL, `acknowledged_at` datetime NULL, `muted_until` datetime NULL, `reason` text NOT NULL DEFAULT (''), `resolved_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "alert_rule_platform_scope" to table: "alerts"
CREATE UNIQUE INDEX `alert_rule_platform_scope` ON `alerts` (`rule`, `platform`, `scope`) WHERE resolved_at IS NULL;
-- create index "alert_opened_at" to table: "alerts"
CREATE INDEX `alert_opened_at` ON `alerts` (`opened_at`);
-- create "attempt_counts" table
CREATE TABLE `attempt_counts` (`id` text NOT NULL, `failures` integer NOT NULL DEFAULT (0), `window_start` datetime NOT NULL, PRIMARY KEY (`id`));
-- create "audit_events" table
CREATE TABLE `audit_events` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `at` datetime NOT NULL, `actor_id` text NOT NULL DEFAULT (''), `action` text NOT NULL, `target` text NOT NULL DEFAULT (''), `result` text NOT NULL DEFAULT (''), `ip` text NOT NULL DEFAULT (''), `request_id` text NOT NULL DEFAULT (''), `prev_hash` blob NULL, `hash` blob NULL);
-- create index "auditevent_at" to table: "audit_events"
CREATE INDEX `auditevent_at` ON `audit_events` (`at`);
-- create "clocks" table
CREATE TABLE `clocks` (`id` text NOT NULL, `last_at` datetime NULL, `next_at` datetime NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create "connections" table
CREATE TABLE `connections` (`id` text NOT NULL, `platform` text NOT NULL, `source` text NOT NULL, `external_id` text NOT NULL, `alt_id` text NOT NULL DEFAULT (''), `handle` text NOT NULL DEFAULT (''), `status` text NOT NULL, `status_code` text NOT NULL DEFAULT (''), `status_detail` text NOT NULL DEFAULT (''), `status_since` datetime NULL, `primary` bool NOT NULL DEFAULT (false), `scopes` json NULL, `access_sealed` blob NULL, `refresh_sealed` blob NULL, `token_version` integer NOT NULL DEFAULT (0), `token_issued_at` datetime NULL, `token_expires_at` datetime NULL, `refresh_expires_at` datetime NULL, `refresh_intent_at` datetime NULL, `lease_holder` text NOT NULL DEFAULT (''), `lease_until` datetime NULL, `consented_at` datetime NULL, `disconnected_at` datetime NULL, `delete_by` datetime NULL, `created_at` datetime NOT NULL, `owner_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `connections_users_connections` FOREIGN KEY (`owner_id`) REFERENCES `users` (`id`) ON DELETE CASCADE);
-- create index "connection_source_platform_external_id" to table: "connections"
CREATE UNIQUE INDEX `connection_source_platform_external_id` ON `connections` (`source`, `platform`, `external_id`) WHERE status <> 'disconnected';
-- create index "connection_owner_id_source_platform_external_id" to table: "connections"
CREATE UNIQUE INDEX `connection_owner_id_source_platform_external_id` ON `connections` (`owner_id`, `source`, `platform`, `external_id`);
-- create index "connection_platform_status" to table: "connections"
CREATE INDEX `connection_platform_status` ON `connections` (`platform`, `status`);
-- create "invites" table
CREATE TABLE `invites` (`id` text NOT NULL, `token_hash` text NOT NULL, `purpose` text NOT NULL, `role` text NOT NULL, `email` text NOT NULL DEFAULT (''), `expires_at` datetime NOT NULL, `used_at` datetime NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "invites_token_hash_key" to table: "invites"
CREATE UNIQUE INDEX `invites_token_hash_key` ON `invites` (`token_hash`);
-- create "meta" table
CREATE TABLE `meta` (`id` text NOT NULL, `value` blob NOT NULL, PRIMARY KEY (`id`));
-- create "pending_flows" table
CREATE TABLE `pending_flows` (`id` text NOT NULL, `session_hash` text NOT NULL DEFAULT (''), `platform` text NOT NULL, `connection_id` text NOT NULL DEFAULT (''), `verifier_sealed` blob NULL, `redirect_uri` text NOT NULL, `popup` bool NOT NULL DEFAULT (false), `expires_at` datetime NOT NULL, `used_at` datetime NULL, `created_at` datetime NOT NULL, `user_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `pending_flows_users_flows` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE);
-- create index "pendingflow_expires_at" to table: "pending_flows"
CREATE INDEX `pendingflow_expires_at` ON `pending_flows` (`expires_at`);
-- create "posts" table
CREATE TABLE `posts` (`id` text NOT NULL, `external_id` text NOT NULL, `media_type` text NOT NULL, `title` text NOT NULL DEFAULT (''), `caption` text NOT NULL DEFAULT (''), `permalink` text NOT NULL DEFAULT (''), `media_url` text NOT NULL DEFAULT (''), `thumbnail_url` text NOT NULL DEFAULT (''), `posted_at` datetime NULL, `duration_seconds` integer NULL, `views` integer NULL, `likes` integer NULL, `comments` integer NULL, `shares` integer NULL, `saves` integer NULL, `reach` integer NULL, `interactions` integer NULL, `insights_never` bool NOT NULL DEFAULT (false), `observed_at` datetime NOT NULL, `gone_at` datetime NULL, `created_at` datetime NOT NULL, `connection_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `posts_connections_posts` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "post_connection_id_external_id" to table: "posts"
CREATE UNIQUE INDEX `post_connection_id_external_id` ON `posts` (`connection_id`, `external_id`);
-- create index "post_connection_id_posted_at" to table: "posts"
CREATE INDEX `post_connection_id_posted_at` ON `posts` (`connection_id`, `posted_at`);
-- create "profiles" table
CREATE TABLE `profiles` (`id` text NOT NULL, `display_name` text NOT NULL DEFAULT (''), `bio` text NOT NULL DEFAULT (''), `picture_url` text NOT NULL DEFAULT (''), `url` text NOT NULL DEFAULT (''), `account_type` text NOT NULL DEFAULT (''), `followers` integer NULL, `following` integer NULL, `post_count` integer NULL, `view_count` integer NULL, `like_count` integer NULL, `verified` bool NULL, `listing` text NOT NULL DEFAULT (''), `observed_at` datetime NOT NULL, `connection_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `profiles_connections_profile` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "profiles_connection_id_key" to table: "profiles"
CREATE UNIQUE INDEX `profiles_connection_id_key` ON `profiles` (`connection_id`);
-- create "quota_uses" table
CREATE TABLE `quota_uses` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `platform` text NOT NULL, `bucket` text NOT NULL, `scope` text NOT NULL DEFAULT (''), `window_start` datetime NOT NULL, `window_end` datetime NOT NULL, `reserved` integer NOT NULL DEFAULT (0), `used` integer NOT NULL DEFAULT (0));
-- create index "quotause_platform_bucket_scope_window_start" to table: "quota_uses"
CREATE UNIQUE INDEX `quotause_platform_bucket_scope_window_start` ON `quota_uses` (`platform`, `bucket`, `scope`, `window_start`);
-- create "runs" table
CREATE TABLE `runs` (`id` text NOT NULL, `platform` text NOT NULL, `trigger` text NOT NULL, `state` text NOT NULL, `attempt` integer NOT NULL DEFAULT (0), `items` integer NOT NULL DEFAULT (0), `api_calls` integer NOT NULL DEFAULT (0), `error_code` text NOT NULL DEFAULT (''), `error_message` text NOT NULL DEFAULT (''), `rate_limited` bool NOT NULL DEFAULT (false), `next_attempt_at` datetime NULL, `started_at` datetime NULL, `completed_at` datetime NULL, `settled_at` datetime NULL, `claimed_at` datetime NULL, `job_id` integer NOT NULL DEFAULT (0), `created_at` datetime NOT NULL, `connection_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `runs_connections_runs` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "run_connection_id" to table: "runs"
CREATE UNIQUE INDEX `run_connection_id` ON `runs` (`connection_id`) WHERE completed_at IS NULL;
-- create index "run_connection_id_created_at" to table: "runs"
CREATE INDEX `run_connection_id_created_at` ON `runs` (`connection_id`, `created_at`);
-- create index "run_platform_completed_at" to table: "runs"
CREATE INDEX `run_platform_completed_at` ON `runs` (`platform`, `completed_at`);
-- create index "run_completed_at" to table: "runs"
CREATE INDEX `run_completed_at` ON `runs` (`completed_at`);
-- create index "run_state" to table: "runs"
CREATE INDEX `run_state` ON `runs` (`state`);
-- create "schedules" table
CREATE TABLE `schedules` (`id` text NOT NULL, `platform` text NOT NULL, `due_at` datetime NOT NULL, `last_success_at` datetime NULL, `last_planned_at` datetime NULL, `connection_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `schedules_connections_schedule` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "schedules_connection_id_key" to table: "schedules"
CREATE UNIQUE INDEX `schedules_connection_id_key` ON `schedules` (`connection_id`);
-- create index "schedule_platform_due_at" to table: "schedules"
CREATE INDEX `schedule_platform_due_at` ON `schedules` (`platform`, `due_at`);
-- create "sessions" table
CREATE TABLE `sessions` (`id` text NOT NULL, `data` blob NOT NULL, `expires_at` datetime NOT NULL, `created_at` datetime NOT NULL, `user_id` text NULL, PRIMARY KEY (`id`), CONSTRAINT `sessions_users_sessions` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE);
-- create index "session_user_id" to table: "sessions"
CREATE INDEX `session_user_id` ON `sessions` (`user_id`);
-- create index "session_expires_at" to table: "sessions"
CREATE INDEX `session_expires_at` ON `sessions` (`expires_at`);
-- create "snapshots" table
CREATE TABLE `snapshots` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `metric` text NOT NULL, `day` text NOT NULL, `value` integer NULL, `observed_at` datetime NOT NULL, `connection_id` text NOT NULL, CONSTRAINT `snapshots_connections_snapshots` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "snapshot_connection_id_metric_day" to table: "snapshots"
CREATE UNIQUE INDEX `snapshot_connection_id_metric_day` ON `snapshots` (`connection_id`, `metric`, `day`);
-- create "sync_logs" table
CREATE TABLE `sync_logs` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `run_id` text NOT NULL, `platform` text NOT NULL, `sync_type` text NOT NULL, `status` text NOT NULL, `items_synced` integer NOT NULL DEFAULT (0), `error_code` text NOT NULL DEFAULT (''), `error_message` text NOT NULL DEFAULT (''), `rate_limit_hit` bool NOT NULL DEFAULT (false), `rate_limit_reset` datetime NULL, `started_at` datetime NOT NULL, `completed_at` datetime NOT NULL, `duration` integer NOT NULL, `attempt` integer NOT NULL, `api_calls` integer NOT NULL DEFAULT (0), `connection_id` text NOT NULL, CONSTRAINT `sync_logs_connections_logs` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "synclog_run_id" to table: "sync_logs"
CREATE INDEX `synclog_run_id` ON `sync_logs` (`run_id`);
-- create index "synclog_connection_id_started_at" to table: "sync_logs"
CREATE INDEX `synclog_connection_id_started_at` ON `sync_logs` (`connection_id`, `started_at`);
-- create index "synclog_platform_started_at" to table: "sync_logs"
CREATE INDEX `synclog_platform_started_at` ON `sync_logs` (`platform`, `started_at`);
-- create "users" table
CREATE TABLE `users` (`id` text NOT NULL, `email` text NOT NULL, `name` text NOT NULL, `role` text NOT NULL, `password_hash` text NOT NULL, `disabled` bool NOT NULL DEFAULT (false), `demo` bool NOT NULL DEFAULT (false), `timezone` text NOT NULL DEFAULT ('UTC'), `theme` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "users_email_key" to table: "users"
CREATE UNIQUE INDEX `users_email_key` ON `users` (`email`);

-- +goose Down
-- reverse: create index "users_email_key" to table: "users"
DROP INDEX `users_email_key`;
-- reverse: create "users" table
DROP TABLE `users`;
-- reverse: create index "synclog_platform_started_at" to table: "sync_logs"
DROP INDEX `synclog_platform_started_at`;
-- reverse: create index "synclog_connection_id_started_at" to table: "sync_logs"
DROP INDEX `synclog_connection_id_started_at`;
-- reverse: create index "synclog_run_id" to table: "sync_logs"
DROP INDEX `synclog_run_id`;
-- reverse: create "sync_logs" table
DROP TABLE `sync_logs`;
-- reverse: create index "snapshot_connection_id_metric_day" to table: "snapshots"
DROP INDEX `snapshot_connection_id_metric_day`;
-- reverse: create "snapshots" table
DROP TABLE `snapshots`;
-- reverse: create index "session_expires_at" to table: "sessions"
DROP INDEX `session_expires_at`;
-- reverse: create index "session_user_id" to table: "sessions"
DROP INDEX `session_user_id`;
-- reverse: create "sessions" table
DROP TABLE `sessions`;
-- reverse: create index "schedule_platform_due_at" to table: "schedules"
DROP INDEX `schedule_platform_due_at`;
-- reverse: create index "schedules_connection_id_key" to table: "schedules"
DROP INDEX `schedules_connection_id_key`;
-- reverse: create "schedules" table
DROP TABLE `schedules`;
-- reverse: create index "run_state" to table: "runs"
DROP INDEX `run_state`;
-- reverse: create index "run_completed_at" to table: "runs"
DROP INDEX `run_completed_at`;
-- reverse: create index "run_platform_completed_at" to table: "runs"
DROP INDEX `run_platform_completed_at`;
-- reverse: create index "run_connection_id_created_at" to table: "runs"
DROP INDEX `run_connection_id_created_at`;
-- reverse: create index "run_connection_id" to table: "runs"
DROP INDEX `run_connection_id`;
-- reverse: create "runs" table
DROP TABLE `runs`;
-- reverse: create index "quotause_platform_bucket_scope_window_start" to table: "quota_uses"
DROP INDEX `quotause_platform_bucket_scope_window_start`;
-- reverse: create "quota_uses" table
DROP TABLE `quota_uses`;
-- reverse: create index "profiles_connection_id_key" to table: "profiles"
DROP INDEX `profiles_connection_id_key`;
-- reverse: create "profiles" table
DROP TABLE `profiles`;
-- reverse: create index "post_connection_id_posted_at" to table: "posts"
DROP INDEX `post_connection_id_posted_at`;
-- reverse: create index "post_connection_id_external_id" to table: "posts"
DROP INDEX `post_connection_id_external_id`;
-- reverse: create "posts" table
DROP TABLE `posts`;
-- reverse: create index "pendingflow_expires_at" to table: "pending_flows"
DROP INDEX `pendingflow_expires_at`;
-- reverse: create "pending_flows" table
DROP TABLE `pending_flows`;
-- reverse: create "meta" table
DROP TABLE `meta`;
-- reverse: create index "invites_token_hash_key" to table: "invites"
DROP INDEX `invites_token_hash_key`;
-- reverse: create "invites" table
DROP TABLE `invites`;
-- reverse: create index "connection_platform_status" to table: "connections"
DROP INDEX `connection_platform_status`;
-- reverse: create index "connection_owner_id_source_platform_external_id" to table: "connections"
DROP INDEX `connection_owner_id_source_platform_external_id`;
-- reverse: create index "connection_source_platform_external_id" to table: "connections"
DROP INDEX `connection_source_platform_external_id`;
-- reverse: create "connections" table
DROP TABLE `connections`;
-- reverse: create "clocks" table
DROP TABLE `clocks`;
-- reverse: create index "auditevent_at" to table: "audit_events"
DROP INDEX `auditevent_at`;
-- reverse: create "audit_events" table
DROP TABLE `audit_events`;
-- reverse: create "attempt_counts" table
DROP TABLE `attempt_counts`;
-- reverse: create index "alert_opened_at" to table: "alerts"
DROP INDEX `alert_opened_at`;
-- reverse: create index "alert_rule_platform_scope" to table: "alerts"
DROP INDEX `alert_rule_platform_scope`;
-- reverse: create "alerts" table
DROP TABLE `alerts`;
-- reverse: create index "apitoken_user_id" to table: "api_tokens"
DROP INDEX `apitoken_user_id`;
-- reverse: create index "api_tokens_token_hash_key" to table: "api_tokens"
DROP INDEX `api_tokens_token_hash_key`;
-- reverse: create "api_tokens" table
DROP TABLE `api_tokens`;
