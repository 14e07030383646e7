// Package ui owns the parts that pages are made of: pills, figures, charts, forms and times, with their colours and
// sizes. It refuses to know creators, platforms or any other thing of the product beyond the data it is given. All
// other views use it.
package ui
