-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_profiles" table
CREATE TABLE `new_profiles` (`id` text NOT NULL, `display_name` text NOT NULL DEFAULT (''), `bio` text NOT NULL DEFAULT (''), `picture_url` text NOT NULL DEFAULT (''), `url` text NOT NULL DEFAULT (''), `account_type` text NOT NULL DEFAULT (''), `followers` integer NULL, `following` integer NULL, `post_count` integer NULL, `view_count` integer NULL, `like_count` integer NULL, `verified` bool NULL, `listing` text NOT NULL DEFAULT (''), `listed_at` datetime NULL, `listed_posts` integer NULL, `page_size` integer NOT NULL DEFAULT (0), `observed_at` datetime NOT NULL, `connection_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `profiles_connections_profile` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- copy rows from old table "profiles" to new temporary table "new_profiles"
INSERT INTO `new_profiles` (`id`, `display_name`, `bio`, `picture_url`, `url`, `account_type`, `followers`, `following`, `post_count`, `view_count`, `like_count`, `verified`, `listing`, `listed_at`, `listed_posts`, `observed_at`, `connection_id`) SELECT `id`, `display_name`, `bio`, `picture_url`, `url`, `account_type`, `followers`, `following`, `post_count`, `view_count`, `like_count`, `verified`, `listing`, `listed_at`, `listed_posts`, `observed_at`, `connection_id` FROM `profiles`;
-- drop "profiles" table after copying rows
DROP TABLE `profiles`;
-- rename temporary table "new_profiles" to "profiles"
ALTER TABLE `new_profiles` RENAME TO `profiles`;
-- create index "profiles_connection_id_key" to table: "profiles"
CREATE UNIQUE INDEX `profiles_connection_id_key` ON `profiles` (`connection_id`);
-- create "new_holds" table
CREATE TABLE `new_holds` (`id` text NOT NULL, `code` text NOT NULL DEFAULT (''), `kind` text NOT NULL DEFAULT (''), `detail` text NOT NULL DEFAULT (''), `since` datetime NOT NULL, `until` datetime NOT NULL, PRIMARY KEY (`id`));
-- copy rows from old table "holds" to new temporary table "new_holds"
INSERT INTO `new_holds` (`id`, `code`, `detail`, `since`, `until`) SELECT `id`, `code`, `detail`, `since`, `until` FROM `holds`;
-- drop "holds" table after copying rows
DROP TABLE `holds`;
-- rename temporary table "new_holds" to "holds"
ALTER TABLE `new_holds` RENAME TO `holds`;
-- create "doubts" table
CREATE TABLE `doubts` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `platform` text NOT NULL, `kind` text NOT NULL, `native` text NOT NULL DEFAULT (''), `first_at` datetime NOT NULL, `at` datetime NOT NULL, `lone` bool NOT NULL DEFAULT (false), `connection_id` text NOT NULL, CONSTRAINT `doubts_connections_doubts` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE);
-- create index "doubt_connection_id_kind" to table: "doubts"
CREATE UNIQUE INDEX `doubt_connection_id_kind` ON `doubts` (`connection_id`, `kind`);
-- create index "doubt_platform_kind_at" to table: "doubts"
CREATE INDEX `doubt_platform_kind_at` ON `doubts` (`platform`, `kind`, `at`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "doubt_platform_kind_at" to table: "doubts"
DROP INDEX `doubt_platform_kind_at`;
-- reverse: create index "doubt_connection_id_kind" to table: "doubts"
DROP INDEX `doubt_connection_id_kind`;
-- reverse: create "doubts" table
DROP TABLE `doubts`;
-- reverse: create "new_holds" table
DROP TABLE `new_holds`;
-- reverse: create index "profiles_connection_id_key" to table: "profiles"
DROP INDEX `profiles_connection_id_key`;
-- reverse: create "new_profiles" table
DROP TABLE `new_profiles`;
