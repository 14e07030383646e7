-- +goose Up
-- modify "api_tokens" table
ALTER TABLE "api_tokens" ADD COLUMN "scopes" character varying NOT NULL DEFAULT '', ADD COLUMN "expires_at" timestamptz NULL;
-- modify "attempt_counts" table
ALTER TABLE "attempt_counts" DROP COLUMN "failures", ADD COLUMN "times" jsonb NULL;
-- modify "pending_flows" table
ALTER TABLE "pending_flows" ADD COLUMN "external_id" character varying NOT NULL DEFAULT '', ADD COLUMN "notice_id" character varying NOT NULL DEFAULT '';
-- create index "pendingflow_connection_id" to table: "pending_flows"
CREATE INDEX "pendingflow_connection_id" ON "pending_flows" ("connection_id");
-- create index "pendingflow_user_id_created_at" to table: "pending_flows"
CREATE INDEX "pendingflow_user_id_created_at" ON "pending_flows" ("user_id", "created_at");

-- +goose Down
-- reverse: create index "pendingflow_user_id_created_at" to table: "pending_flows"
DROP INDEX "pendingflow_user_id_created_at";
-- reverse: create index "pendingflow_connection_id" to table: "pending_flows"
DROP INDEX "pendingflow_connection_id";
-- reverse: modify "pending_flows" table
ALTER TABLE "pending_flows" DROP COLUMN "notice_id", DROP COLUMN "external_id";
-- reverse: modify "attempt_counts" table
ALTER TABLE "attempt_counts" DROP COLUMN "times", ADD COLUMN "failures" bigint NOT NULL DEFAULT 0;
-- reverse: modify "api_tokens" table
ALTER TABLE "api_tokens" DROP COLUMN "expires_at", DROP COLUMN "scopes";
