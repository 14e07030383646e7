// Package period holds the days that a question is of: a range in a zone, the named periods, what a period is compared
// with, and how a series is cut. It reads them from the parameters of pages and of the API, which are the same. It
// knows nothing of figures, and refuses what cannot be meant by naming the parameter. Room numbers, pages and API use
// it.
package period
