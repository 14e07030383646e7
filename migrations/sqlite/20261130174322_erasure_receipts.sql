-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_deletions" table
CREATE TABLE `new_deletions` (`id` text NOT NULL, `platform` text NOT NULL, `subject_hash` text NOT NULL, `cause` text NOT NULL DEFAULT ('platform'), `connections` integer NOT NULL DEFAULT (0), `asked_at` datetime NOT NULL, `done_at` datetime NULL, `copies_until` datetime NULL, PRIMARY KEY (`id`));
-- copy rows from old table "deletions" to new temporary table "new_deletions"
INSERT INTO `new_deletions` (`id`, `platform`, `subject_hash`, `connections`, `asked_at`, `done_at`) SELECT `id`, `platform`, `subject_hash`, `connections`, `asked_at`, `done_at` FROM `deletions`;
-- drop "deletions" table after copying rows
DROP TABLE `deletions`;
-- rename temporary table "new_deletions" to "deletions"
ALTER TABLE `new_deletions` RENAME TO `deletions`;
-- create index "deletion_platform_subject_hash" to table: "deletions"
CREATE UNIQUE INDEX `deletion_platform_subject_hash` ON `deletions` (`platform`, `subject_hash`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "deletion_platform_subject_hash" to table: "deletions"
DROP INDEX `deletion_platform_subject_hash`;
-- reverse: create "new_deletions" table
DROP TABLE `new_deletions`;
