-- +goose Up
-- create "post_tags" table
CREATE TABLE `post_tags` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `post_id` text NOT NULL, `tag_id` text NOT NULL, CONSTRAINT `post_tags_posts_tags` FOREIGN KEY (`post_id`) REFERENCES `posts` (`id`) ON DELETE CASCADE, CONSTRAINT `post_tags_tags_posts` FOREIGN KEY (`tag_id`) REFERENCES `tags` (`id`) ON DELETE CASCADE);
-- create index "posttag_post_id_tag_id" to table: "post_tags"
CREATE UNIQUE INDEX `posttag_post_id_tag_id` ON `post_tags` (`post_id`, `tag_id`);
-- create index "posttag_tag_id" to table: "post_tags"
CREATE INDEX `posttag_tag_id` ON `post_tags` (`tag_id`);
-- create "tags" table
CREATE TABLE `tags` (`id` text NOT NULL, `name` text NOT NULL, `created_at` datetime NOT NULL, `owner_id` text NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `tags_users_tags` FOREIGN KEY (`owner_id`) REFERENCES `users` (`id`) ON DELETE CASCADE);
-- create index "tag_owner_id_name" to table: "tags"
CREATE UNIQUE INDEX `tag_owner_id_name` ON `tags` (`owner_id`, `name`);

-- +goose Down
-- reverse: create index "tag_owner_id_name" to table: "tags"
DROP INDEX `tag_owner_id_name`;
-- reverse: create "tags" table
DROP TABLE `tags`;
-- reverse: create index "posttag_tag_id" to table: "post_tags"
DROP INDEX `posttag_tag_id`;
-- reverse: create index "posttag_post_id_tag_id" to table: "post_tags"
DROP INDEX `posttag_post_id_tag_id`;
-- reverse: create "post_tags" table
DROP TABLE `post_tags`;
