package setup

import "strconv"

func doneSteps(list []SetupStep) int {
	n := 0
	for _, s := range list {
		if s.Done {
			n++
		}
	}
	return n
}

func pressed(done bool) string { return strconv.FormatBool(done) }
