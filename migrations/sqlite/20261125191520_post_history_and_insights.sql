-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_connections" table
CREATE TABLE `new_connections` (`id` text NOT NULL, `platform` text NOT NULL, `source` text NOT NULL, `external_id` text NOT NULL, `alt_id` text NOT NULL DEFAULT (''), `handle` text NOT NULL DEFAULT (''), `status` text NOT NULL, `status_code` text NOT NULL DEFAULT (''), `status_detail` text NOT NULL DEFAULT (''), `status_since` datetime NULL, `primary` bool NOT NULL DEFAULT (false), `scopes` json NULL, `access_sealed` blob NULL, `refresh_sealed` blob NULL, `token_version` integer NOT NULL DEFAULT (0), `token_issued_at` datetime NULL, `token_expires_at` datetime NULL, `refresh_expires_at` datetime NULL, `refresh_intent_at` datetime NULL, `refresh_due_at` datetime NULL, `refresh_failures` integer NOT NULL DEFAULT (0), `refresh_retry_at` datetime NULL, `failing_since` datetime NULL, `lease_holder` text NOT NULL DEFAULT (''), `lease_until` datetime NULL, `consented_at` datetime NULL, `disconnected_at` datetime NULL, `delete_by` datetime NULL, `created_at` datetime NOT NULL, `owner_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `connections_users_connections` FOREIGN KEY (`owner_id`) REFERENCES `users` (`id`) ON DELETE CASCADE);
-- copy rows from old table "connections" to new temporary table "new_connections"
INSERT INTO `new_connections` (`id`, `platform`, `source`, `external_id`, `alt_id`, `handle`, `status`, `status_code`, `status_detail`, `status_since`, `primary`, `scopes`, `access_sealed`, `refresh_sealed`, `token_version`, `token_issued_at`, `token_expires_at`, `refresh_expires_at`, `refresh_intent_at`, `lease_holder`, `lease_until`, `consented_at`, `disconnected_at`, `delete_by`, `created_at`, `owner_id`) SELECT `id`, `platform`, `source`, `external_id`, `alt_id`, `handle`, `status`, `status_code`, `status_detail`, `status_since`, `primary`, `scopes`, `access_sealed`, `refresh_sealed`, `token_version`, `token_issued_at`, `token_expires_at`, `refresh_expires_at`, `refresh_intent_at`, `lease_holder`, `lease_until`, `consented_at`, `disconnected_at`, `delete_by`, `created_at`, `owner_id` FROM `connections`;
-- drop "connections" table after copying rows
DROP TABLE `connections`;
-- rename temporary table "new_connections" to "connections"
ALTER TABLE `new_connections` RENAME TO `connections`;
-- create index "connection_source_platform_external_id" to table: "connections"
CREATE UNIQUE INDEX `connection_source_platform_external_id` ON `connections` (`source`, `platform`, `external_id`) WHERE status <> 'disconnected';
-- create index "connection_owner_id_source_platform_external_id" to table: "connections"
CREATE UNIQUE INDEX `connection_owner_id_source_platform_external_id` ON `connections` (`owner_id`, `source`, `platform`, `external_id`);
-- create index "connection_platform_status" to table: "connections"
CREATE INDEX `connection_platform_status` ON `connections` (`platform`, `status`);
-- create index "connection_refresh_due_at" to table: "connections"
CREATE INDEX `connection_refresh_due_at` ON `connections` (`refresh_due_at`);
-- create "new_posts" table
CREATE TABLE `new_posts` (`id` text NOT NULL, `external_id` text NOT NULL, `media_type` text NOT NULL, `title` text NOT NULL DEFAULT (''), `caption` text NOT NULL DEFAULT (''), `permalink` text NOT NULL DEFAULT (''), `media_url` text NOT NULL DEFAULT (''), `thumbnail_url` text NOT NULL DEFAULT (''), `posted_at` datetime NULL, `duration_seconds` integer NULL, `views` integer NULL, `likes` integer NULL, `comments` integer NULL, `shares` integer NULL, `saves` integer NULL, `reach` integer NULL, `interactions` integer NULL, `items` integer NULL, `insights_never` bool NOT NULL DEFAULT (false), `visibility` text NOT NULL DEFAULT (''), `broadcast` text NOT NULL DEFAULT (''), `absent` json NULL, `read_at` datetime NULL, `observed_at` datetime NOT NULL, `gone_at` datetime NULL, `created_at` datetime NOT NULL, `connection_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `posts_connections_posts` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- copy rows from old table "posts" to new temporary table "new_posts"
INSERT INTO `new_posts` (`id`, `external_id`, `media_type`, `title`, `caption`, `permalink`, `media_url`, `thumbnail_url`, `posted_at`, `duration_seconds`, `views`, `likes`, `comments`, `shares`, `saves`, `reach`, `interactions`, `insights_never`, `observed_at`, `gone_at`, `created_at`, `connection_id`) SELECT `id`, `external_id`, `media_type`, `title`, `caption`, `permalink`, `media_url`, `thumbnail_url`, `posted_at`, `duration_seconds`, `views`, `likes`, `comments`, `shares`, `saves`, `reach`, `interactions`, `insights_never`, `observed_at`, `gone_at`, `created_at`, `connection_id` FROM `posts`;
-- drop "posts" table after copying rows
DROP TABLE `posts`;
-- rename temporary table "new_posts" to "posts"
ALTER TABLE `new_posts` RENAME TO `posts`;
-- create index "post_connection_id_external_id" to table: "posts"
CREATE UNIQUE INDEX `post_connection_id_external_id` ON `posts` (`connection_id`, `external_id`);
-- create index "post_connection_id_posted_at" to table: "posts"
CREATE INDEX `post_connection_id_posted_at` ON `posts` (`connection_id`, `posted_at`);
-- add column "listed_at" to table: "profiles"
ALTER TABLE `profiles` ADD COLUMN `listed_at` datetime NULL;
-- add column "listed_posts" to table: "profiles"
ALTER TABLE `profiles` ADD COLUMN `listed_posts` integer NULL;
-- create "new_runs" table
CREATE TABLE `new_runs` (`id` text NOT NULL, `platform` text NOT NULL, `kind` text NOT NULL DEFAULT ('sync'), `trigger` text NOT NULL, `state` text NOT NULL, `attempt` integer NOT NULL DEFAULT (0), `items` integer NOT NULL DEFAULT (0), `api_calls` integer NOT NULL DEFAULT (0), `error_code` text NOT NULL DEFAULT (''), `error_message` text NOT NULL DEFAULT (''), `rate_limited` bool NOT NULL DEFAULT (false), `next_attempt_at` datetime NULL, `started_at` datetime NULL, `completed_at` datetime NULL, `settled_at` datetime NULL, `claimed_at` datetime NULL, `claimed_by` text NOT NULL DEFAULT (''), `job_id` integer NOT NULL DEFAULT (0), `created_at` datetime NOT NULL, `connection_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `runs_connections_runs` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- copy rows from old table "runs" to new temporary table "new_runs"
INSERT INTO `new_runs` (`id`, `platform`, `trigger`, `state`, `attempt`, `items`, `api_calls`, `error_code`, `error_message`, `rate_limited`, `next_attempt_at`, `started_at`, `completed_at`, `settled_at`, `claimed_at`, `job_id`, `created_at`, `connection_id`) SELECT `id`, `platform`, `trigger`, `state`, `attempt`, `items`, `api_calls`, `error_code`, `error_message`, `rate_limited`, `next_attempt_at`, `started_at`, `completed_at`, `settled_at`, `claimed_at`, `job_id`, `created_at`, `connection_id` FROM `runs`;
-- drop "runs" table after copying rows
DROP TABLE `runs`;
-- rename temporary table "new_runs" to "runs"
ALTER TABLE `new_runs` RENAME TO `runs`;
-- create index "run_connection_id_kind" to table: "runs"
CREATE UNIQUE INDEX `run_connection_id_kind` ON `runs` (`connection_id`, `kind`) WHERE completed_at IS NULL;
-- create index "run_connection_id_created_at" to table: "runs"
CREATE INDEX `run_connection_id_created_at` ON `runs` (`connection_id`, `created_at`);
-- create index "run_platform_completed_at" to table: "runs"
CREATE INDEX `run_platform_completed_at` ON `runs` (`platform`, `completed_at`);
-- create index "run_completed_at" to table: "runs"
CREATE INDEX `run_completed_at` ON `runs` (`completed_at`);
-- create index "run_created_at" to table: "runs"
CREATE INDEX `run_created_at` ON `runs` (`created_at`);
-- create index "run_state" to table: "runs"
CREATE INDEX `run_state` ON `runs` (`state`);
-- add column "posts_read_at" to table: "schedules"
ALTER TABLE `schedules` ADD COLUMN `posts_read_at` datetime NULL;
-- add column "insights_due_at" to table: "schedules"
ALTER TABLE `schedules` ADD COLUMN `insights_due_at` datetime NULL;
-- create "new_sync_logs" table
CREATE TABLE `new_sync_logs` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `run_id` text NOT NULL, `platform` text NOT NULL, `sync_type` text NOT NULL, `status` text NOT NULL, `items_synced` integer NOT NULL DEFAULT (0), `error_code` text NOT NULL DEFAULT (''), `error_message` text NOT NULL DEFAULT (''), `sample` text NOT NULL DEFAULT (''), `rate_limit_hit` bool NOT NULL DEFAULT (false), `rate_limit_reset` datetime NULL, `started_at` datetime NOT NULL, `completed_at` datetime NOT NULL, `duration` integer NOT NULL, `attempt` integer NOT NULL, `api_calls` integer NOT NULL DEFAULT (0), `connection_id` text NOT NULL, CONSTRAINT `sync_logs_connections_logs` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- copy rows from old table "sync_logs" to new temporary table "new_sync_logs"
INSERT INTO `new_sync_logs` (`id`, `run_id`, `platform`, `sync_type`, `status`, `items_synced`, `error_code`, `error_message`, `rate_limit_hit`, `rate_limit_reset`, `started_at`, `completed_at`, `duration`, `attempt`, `api_calls`, `connection_id`) SELECT `id`, `run_id`, `platform`, `sync_type`, `status`, `items_synced`, `error_code`, `error_message`, `rate_limit_hit`, `rate_limit_reset`, `started_at`, `completed_at`, `duration`, `attempt`, `api_calls`, `connection_id` FROM `sync_logs`;
-- drop "sync_logs" table after copying rows
DROP TABLE `sync_logs`;
-- rename temporary table "new_sync_logs" to "sync_logs"
ALTER TABLE `new_sync_logs` RENAME TO `sync_logs`;
-- create index "synclog_run_id" to table: "sync_logs"
CREATE INDEX `synclog_run_id` ON `sync_logs` (`run_id`);
-- create index "synclog_connection_id_started_at" to table: "sync_logs"
CREATE INDEX `synclog_connection_id_started_at` ON `sync_logs` (`connection_id`, `started_at`);
-- create index "synclog_platform_started_at" to table: "sync_logs"
CREATE INDEX `synclog_platform_started_at` ON `sync_logs` (`platform`, `started_at`);
-- create "audiences" table
CREATE TABLE `audiences` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `of` text NOT NULL, `by` text NOT NULL, `key` text NOT NULL, `value` integer NOT NULL, `observed_at` datetime NOT NULL, `connection_id` text NOT NULL, CONSTRAINT `audiences_connections_audience` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "audience_connection_id_of_by_key" to table: "audiences"
CREATE UNIQUE INDEX `audience_connection_id_of_by_key` ON `audiences` (`connection_id`, `of`, `by`, `key`);
-- create "connection_events" table
CREATE TABLE `connection_events` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `at` datetime NOT NULL, `kind` text NOT NULL, `code` text NOT NULL DEFAULT (''), `words` text NOT NULL DEFAULT (''), `connection_id` text NOT NULL, CONSTRAINT `connection_events_connections_events` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "connectionevent_connection_id_at" to table: "connection_events"
CREATE INDEX `connectionevent_connection_id_at` ON `connection_events` (`connection_id`, `at`);
-- create "deletions" table
CREATE TABLE `deletions` (`id` text NOT NULL, `platform` text NOT NULL, `subject_hash` text NOT NULL, `connections` integer NOT NULL DEFAULT (0), `asked_at` datetime NOT NULL, `done_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "deletion_platform_subject_hash" to table: "deletions"
CREATE UNIQUE INDEX `deletion_platform_subject_hash` ON `deletions` (`platform`, `subject_hash`);
-- create "holds" table
CREATE TABLE `holds` (`id` text NOT NULL, `code` text NOT NULL DEFAULT (''), `detail` text NOT NULL DEFAULT (''), `since` datetime NOT NULL, `until` datetime NOT NULL, PRIMARY KEY (`id`));
-- create "notices" table
CREATE TABLE `notices` (`id` text NOT NULL, `number` integer NOT NULL, `lost_at` datetime NOT NULL, `token_hash` text NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `used_at` datetime NULL, `sent_at` datetime NULL, `error` text NOT NULL DEFAULT (''), `connection_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `notices_connections_notices` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "notices_token_hash_key" to table: "notices"
CREATE UNIQUE INDEX `notices_token_hash_key` ON `notices` (`token_hash`);
-- create index "notice_connection_id_lost_at_number" to table: "notices"
CREATE UNIQUE INDEX `notice_connection_id_lost_at_number` ON `notices` (`connection_id`, `lost_at`, `number`);
-- create "post_history" table
CREATE TABLE `post_history` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `observed_at` datetime NOT NULL, `views` integer NULL, `likes` integer NULL, `comments` integer NULL, `shares` integer NULL, `saves` integer NULL, `reach` integer NULL, `interactions` integer NULL, `post_id` text NOT NULL, CONSTRAINT `post_history_posts_history` FOREIGN KEY (`post_id`) REFERENCES `posts` (`id`) ON DELETE CASCADE);
-- create index "posthistory_post_id_observed_at" to table: "post_history"
CREATE UNIQUE INDEX `posthistory_post_id_observed_at` ON `post_history` (`post_id`, `observed_at`);
-- create "refusals" table
CREATE TABLE `refusals` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `platform` text NOT NULL, `metric` text NOT NULL, `native` text NOT NULL DEFAULT (''), `lone` bool NOT NULL DEFAULT (false), `at` datetime NOT NULL, `connection_id` text NOT NULL, CONSTRAINT `refusals_connections_refusals` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "refusal_connection_id_metric" to table: "refusals"
CREATE UNIQUE INDEX `refusal_connection_id_metric` ON `refusals` (`connection_id`, `metric`);
-- create index "refusal_platform_metric_at" to table: "refusals"
CREATE INDEX `refusal_platform_metric_at` ON `refusals` (`platform`, `metric`, `at`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "refusal_platform_metric_at" to table: "refusals"
DROP INDEX `refusal_platform_metric_at`;
-- reverse: create index "refusal_connection_id_metric" to table: "refusals"
DROP INDEX `refusal_connection_id_metric`;
-- reverse: create "refusals" table
DROP TABLE `refusals`;
-- reverse: create index "posthistory_post_id_observed_at" to table: "post_history"
DROP INDEX `posthistory_post_id_observed_at`;
-- reverse: create "post_history" table
DROP TABLE `post_history`;
-- reverse: create index "notice_connection_id_lost_at_number" to table: "notices"
DROP INDEX `notice_connection_id_lost_at_number`;
-- reverse: create index "notices_token_hash_key" to table: "notices"
DROP INDEX `notices_token_hash_key`;
-- reverse: create "notices" table
DROP TABLE `notices`;
-- reverse: create "holds" table
DROP TABLE `holds`;
-- reverse: create index "deletion_platform_subject_hash" to table: "deletions"
DROP INDEX `deletion_platform_subject_hash`;
-- reverse: create "deletions" table
DROP TABLE `deletions`;
-- reverse: create index "connectionevent_connection_id_at" to table: "connection_events"
DROP INDEX `connectionevent_connection_id_at`;
-- reverse: create "connection_events" table
DROP TABLE `connection_events`;
-- reverse: create index "audience_connection_id_of_by_key" to table: "audiences"
DROP INDEX `audience_connection_id_of_by_key`;
-- reverse: create "audiences" table
DROP TABLE `audiences`;
-- reverse: create index "synclog_platform_started_at" to table: "sync_logs"
DROP INDEX `synclog_platform_started_at`;
-- reverse: create index "synclog_connection_id_started_at" to table: "sync_logs"
DROP INDEX `synclog_connection_id_started_at`;
-- reverse: create index "synclog_run_id" to table: "sync_logs"
DROP INDEX `synclog_run_id`;
-- reverse: create "new_sync_logs" table
DROP TABLE `new_sync_logs`;
-- reverse: add column "insights_due_at" to table: "schedules"
ALTER TABLE `schedules` DROP COLUMN `insights_due_at`;
-- reverse: add column "posts_read_at" to table: "schedules"
ALTER TABLE `schedules` DROP COLUMN `posts_read_at`;
-- reverse: create index "run_state" to table: "runs"
DROP INDEX `run_state`;
-- reverse: create index "run_created_at" to table: "runs"
DROP INDEX `run_created_at`;
-- reverse: create index "run_completed_at" to table: "runs"
DROP INDEX `run_completed_at`;
-- reverse: create index "run_platform_completed_at" to table: "runs"
DROP INDEX `run_platform_completed_at`;
-- reverse: create index "run_connection_id_created_at" to table: "runs"
DROP INDEX `run_connection_id_created_at`;
-- reverse: create index "run_connection_id_kind" to table: "runs"
DROP INDEX `run_connection_id_kind`;
-- reverse: create "new_runs" table
DROP TABLE `new_runs`;
-- reverse: add column "listed_posts" to table: "profiles"
ALTER TABLE `profiles` DROP COLUMN `listed_posts`;
-- reverse: add column "listed_at" to table: "profiles"
ALTER TABLE `profiles` DROP COLUMN `listed_at`;
-- reverse: create index "post_connection_id_posted_at" to table: "posts"
DROP INDEX `post_connection_id_posted_at`;
-- reverse: create index "post_connection_id_external_id" to table: "posts"
DROP INDEX `post_connection_id_external_id`;
-- reverse: create "new_posts" table
DROP TABLE `new_posts`;
-- reverse: create index "connection_refresh_due_at" to table: "connections"
DROP INDEX `connection_refresh_due_at`;
-- reverse: create index "connection_platform_status" to table: "connections"
DROP INDEX `connection_platform_status`;
-- reverse: create index "connection_owner_id_source_platform_external_id" to table: "connections"
DROP INDEX `connection_owner_id_source_platform_external_id`;
-- reverse: create index "connection_source_platform_external_id" to table: "connections"
DROP INDEX `connection_source_platform_external_id`;
-- reverse: create "new_connections" table
DROP TABLE `new_connections`;
