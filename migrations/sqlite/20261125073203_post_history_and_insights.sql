-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
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
-- create index "run_state" to table: "runs"
CREATE INDEX `run_state` ON `runs` (`state`);
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
-- reverse: create index "run_state" to table: "runs"
DROP INDEX `run_state`;
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
