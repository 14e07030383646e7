// Package help owns the pages that show the product's documents in the product's own look. Everybody may read them,
// signed in or not. It refuses to know what a document says: app/help hands it safe HTML. Web's visitors render it.
package help
