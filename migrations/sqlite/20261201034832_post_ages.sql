-- +goose Up
-- create "post_ages" table
CREATE TABLE `post_ages` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `views_1` real NULL, `read_1` integer NULL, `views_2` real NULL, `read_2` integer NULL, `views_3` real NULL, `read_3` integer NULL, `views_7` real NULL, `read_7` integer NULL, `views_14` real NULL, `read_14` integer NULL, `views_30` real NULL, `read_30` integer NULL, `views_90` real NULL, `read_90` integer NULL, `connection_id` text NOT NULL, `post_id` text NOT NULL, CONSTRAINT `post_ages_connections_ages` FOREIGN KEY (`connection_id`) REFERENCES `connections` (`id`) ON DELETE CASCADE, CONSTRAINT `post_ages_posts_ages` FOREIGN KEY (`post_id`) REFERENCES `posts` (`id`) ON DELETE CASCADE);
-- create index "postage_post_id" to table: "post_ages"
CREATE UNIQUE INDEX `postage_post_id` ON `post_ages` (`post_id`);

-- +goose Down
-- reverse: create index "postage_post_id" to table: "post_ages"
DROP INDEX `postage_post_id`;
-- reverse: create "post_ages" table
DROP TABLE `post_ages`;
