-- +goose Up
-- modify "posts" table
ALTER TABLE "posts" ADD COLUMN "known_at" jsonb NULL;

-- +goose Down
-- reverse: modify "posts" table
ALTER TABLE "posts" DROP COLUMN "known_at";
