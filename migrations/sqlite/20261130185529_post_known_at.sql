-- +goose Up
-- add column "known_at" to table: "posts"
ALTER TABLE `posts` ADD COLUMN `known_at` json NULL;

-- +goose Down
-- reverse: add column "known_at" to table: "posts"
ALTER TABLE `posts` DROP COLUMN `known_at`;
