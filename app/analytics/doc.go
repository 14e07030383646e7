// Package analytics owns the read models for creators: what is true, how fresh it is and what is missing. The pages and
// the JSON routes show the same values. It refuses to write anything and to call a platform, and takes the creator's id
// first in every query. Web calls it.
package analytics
