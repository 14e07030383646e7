-- +goose Up
-- modify "deletions" table
ALTER TABLE "deletions" ADD COLUMN "cause" character varying NOT NULL DEFAULT 'platform', ADD COLUMN "copies_until" timestamptz NULL;

-- +goose Down
-- reverse: modify "deletions" table
ALTER TABLE "deletions" DROP COLUMN "copies_until", DROP COLUMN "cause";
