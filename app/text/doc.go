// Package text owns the rules of which text a database accepts, and cuts text without splitting a letter. It refuses
// words of the product's own, which are in package words. Every room that stores or shortens foreign text calls it.
package text
