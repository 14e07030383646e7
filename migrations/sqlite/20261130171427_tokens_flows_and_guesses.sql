-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_api_tokens" table
CREATE TABLE `new_api_tokens` (`id` text NOT NULL, `label` text NOT NULL, `token_hash` text NOT NULL, `scopes` text NOT NULL DEFAULT (''), `expires_at` datetime NULL, `last_used_at` datetime NULL, `revoked_at` datetime NULL, `created_at` datetime NOT NULL, `user_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `api_tokens_users_tokens` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE);
-- copy rows from old table "api_tokens" to new temporary table "new_api_tokens"
INSERT INTO `new_api_tokens` (`id`, `label`, `token_hash`, `last_used_at`, `revoked_at`, `created_at`, `user_id`) SELECT `id`, `label`, `token_hash`, `last_used_at`, `revoked_at`, `created_at`, `user_id` FROM `api_tokens`;
-- drop "api_tokens" table after copying rows
DROP TABLE `api_tokens`;
-- rename temporary table "new_api_tokens" to "api_tokens"
ALTER TABLE `new_api_tokens` RENAME TO `api_tokens`;
-- create index "api_tokens_token_hash_key" to table: "api_tokens"
CREATE UNIQUE INDEX `api_tokens_token_hash_key` ON `api_tokens` (`token_hash`);
-- create index "apitoken_user_id" to table: "api_tokens"
CREATE INDEX `apitoken_user_id` ON `api_tokens` (`user_id`);
-- create "new_attempt_counts" table
CREATE TABLE `new_attempt_counts` (`id` text NOT NULL, `times` json NULL, `window_start` datetime NOT NULL, PRIMARY KEY (`id`));
-- copy rows from old table "attempt_counts" to new temporary table "new_attempt_counts"
INSERT INTO `new_attempt_counts` (`id`, `window_start`) SELECT `id`, `window_start` FROM `attempt_counts`;
-- drop "attempt_counts" table after copying rows
DROP TABLE `attempt_counts`;
-- rename temporary table "new_attempt_counts" to "attempt_counts"
ALTER TABLE `new_attempt_counts` RENAME TO `attempt_counts`;
-- create "new_pending_flows" table
CREATE TABLE `new_pending_flows` (`id` text NOT NULL, `session_hash` text NOT NULL DEFAULT (''), `platform` text NOT NULL, `connection_id` text NOT NULL DEFAULT (''), `external_id` text NOT NULL DEFAULT (''), `notice_id` text NOT NULL DEFAULT (''), `verifier_sealed` blob NULL, `redirect_uri` text NOT NULL, `popup` bool NOT NULL DEFAULT (false), `expires_at` datetime NOT NULL, `used_at` datetime NULL, `created_at` datetime NOT NULL, `user_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `pending_flows_users_flows` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE);
-- copy rows from old table "pending_flows" to new temporary table "new_pending_flows"
INSERT INTO `new_pending_flows` (`id`, `session_hash`, `platform`, `connection_id`, `verifier_sealed`, `redirect_uri`, `popup`, `expires_at`, `used_at`, `created_at`, `user_id`) SELECT `id`, `session_hash`, `platform`, `connection_id`, `verifier_sealed`, `redirect_uri`, `popup`, `expires_at`, `used_at`, `created_at`, `user_id` FROM `pending_flows`;
-- drop "pending_flows" table after copying rows
DROP TABLE `pending_flows`;
-- rename temporary table "new_pending_flows" to "pending_flows"
ALTER TABLE `new_pending_flows` RENAME TO `pending_flows`;
-- create index "pendingflow_expires_at" to table: "pending_flows"
CREATE INDEX `pendingflow_expires_at` ON `pending_flows` (`expires_at`);
-- create index "pendingflow_user_id_created_at" to table: "pending_flows"
CREATE INDEX `pendingflow_user_id_created_at` ON `pending_flows` (`user_id`, `created_at`);
-- create index "pendingflow_connection_id" to table: "pending_flows"
CREATE INDEX `pendingflow_connection_id` ON `pending_flows` (`connection_id`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "pendingflow_connection_id" to table: "pending_flows"
DROP INDEX `pendingflow_connection_id`;
-- reverse: create index "pendingflow_user_id_created_at" to table: "pending_flows"
DROP INDEX `pendingflow_user_id_created_at`;
-- reverse: create index "pendingflow_expires_at" to table: "pending_flows"
DROP INDEX `pendingflow_expires_at`;
-- reverse: create "new_pending_flows" table
DROP TABLE `new_pending_flows`;
-- reverse: create "new_attempt_counts" table
DROP TABLE `new_attempt_counts`;
-- reverse: create index "apitoken_user_id" to table: "api_tokens"
DROP INDEX `apitoken_user_id`;
-- reverse: create index "api_tokens_token_hash_key" to table: "api_tokens"
DROP INDEX `api_tokens_token_hash_key`;
-- reverse: create "new_api_tokens" table
DROP TABLE `new_api_tokens`;
