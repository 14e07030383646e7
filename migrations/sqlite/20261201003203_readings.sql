-- +goose Up
-- add column "known_at" to table: "profiles"
ALTER TABLE `profiles` ADD COLUMN `known_at` json NULL;
-- create "account_readings" table
CREATE TABLE `account_readings` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `observed_at` datetime NOT NULL, `run_id` text NOT NULL DEFAULT (''), `followers` integer NULL, `following` integer NULL, `post_count` integer NULL, `view_count` integer NULL, `like_count` integer NULL, `connection_id` text NOT NULL, CONSTRAINT `account_readings_connections_readings` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "accountreading_connection_id_observed_at" to table: "account_readings"
CREATE UNIQUE INDEX `accountreading_connection_id_observed_at` ON `account_readings` (`connection_id`, `observed_at`);
-- create "day_readings" table
CREATE TABLE `day_readings` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `metric` text NOT NULL, `day` text NOT NULL, `observed_at` datetime NOT NULL, `run_id` text NOT NULL DEFAULT (''), `value` integer NOT NULL, `connection_id` text NOT NULL, CONSTRAINT `day_readings_connections_day_readings` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "dayreading_connection_id_metric_day_observed_at" to table: "day_readings"
CREATE UNIQUE INDEX `dayreading_connection_id_metric_day_observed_at` ON `day_readings` (`connection_id`, `metric`, `day`, `observed_at`);
-- create "totals" table
CREATE TABLE `totals` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `media_type` text NOT NULL, `observed_at` datetime NOT NULL, `run_id` text NOT NULL DEFAULT (''), `posts` integer NOT NULL DEFAULT (0), `views` integer NULL, `likes` integer NULL, `comments` integer NULL, `shares` integer NULL, `saves` integer NULL, `reach` integer NULL, `interactions` integer NULL, `connection_id` text NOT NULL, CONSTRAINT `totals_connections_totals` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "total_connection_id_observed_at_media_type" to table: "totals"
CREATE UNIQUE INDEX `total_connection_id_observed_at_media_type` ON `totals` (`connection_id`, `observed_at`, `media_type`);
-- carry over what the daily snapshots know of the accounts' own counts
INSERT INTO `account_readings` (`connection_id`, `observed_at`, `followers`, `post_count`, `view_count`) SELECT `connection_id`, `observed_at`, MAX(CASE WHEN `metric` = 'follower_count' THEN `value` END), MAX(CASE WHEN `metric` = 'post_count' THEN `value` END), MAX(CASE WHEN `metric` = 'view_count' THEN `value` END) FROM `snapshots` WHERE `metric` IN ('follower_count', 'post_count', 'view_count') AND `value` IS NOT NULL GROUP BY `connection_id`, `observed_at`;
-- carry over the platforms' own figures of days
INSERT INTO `day_readings` (`connection_id`, `metric`, `day`, `observed_at`, `value`) SELECT `connection_id`, `metric`, `day`, `observed_at`, `value` FROM `snapshots` WHERE `metric` LIKE 'account\_%' ESCAPE '\' AND `value` IS NOT NULL;

-- +goose Down
-- reverse: create index "total_connection_id_observed_at_media_type" to table: "totals"
DROP INDEX `total_connection_id_observed_at_media_type`;
-- reverse: create "totals" table
DROP TABLE `totals`;
-- reverse: create index "dayreading_connection_id_metric_day_observed_at" to table: "day_readings"
DROP INDEX `dayreading_connection_id_metric_day_observed_at`;
-- reverse: create "day_readings" table
DROP TABLE `day_readings`;
-- reverse: create index "accountreading_connection_id_observed_at" to table: "account_readings"
DROP INDEX `accountreading_connection_id_observed_at`;
-- reverse: create "account_readings" table
DROP TABLE `account_readings`;
-- reverse: add column "known_at" to table: "profiles"
ALTER TABLE `profiles` DROP COLUMN `known_at`;
