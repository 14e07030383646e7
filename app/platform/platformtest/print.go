package platformtest

import (
	"encoding/json"
	"errors"
	"fmt"
)

// prints is an error in every way somebody may print it, down its chain.
func prints(err error) []string {
	var out []string
	for e := err; e != nil; e = errors.Unwrap(e) {
		out = append(out, e.Error(), fmt.Sprintf("%v", e), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e))
		if b, err := json.Marshal(e); err == nil {
			out = append(out, string(b))
		}
	}
	return out
}
