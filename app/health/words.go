package health

import "fmt"

// runs counts runs in words.
func runs(n int) string { return fmt.Sprintf("%d %s", n, plural(n, "run", "runs")) }

// plural gives the form of a noun or verb that fits a number.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
