// Package settings answers what people change about themselves, creators and admins alike: their name and their time
// zone. It refuses what admins change about others, which is with package admins. Package web puts the methods into its
// table of routes.
package settings
