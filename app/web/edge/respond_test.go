package edge

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
)

// D2, W12: a database that is away or full is not a fault of the page. Whoever asked learns when to ask again, and the
// log has it, while a busy program stays out of the log.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err    error
		status int
		code   fault.Code
		again  bool
		ours   bool
	}{
		"PostgreSQL is stopped": {
			fmt.Errorf("read the session: %w", errors.New("failed to connect to `host=db`: connection refused")),
			http.StatusServiceUnavailable, fault.Busy, true, true,
		},
		"the disk is full": {
			errors.New("write: database or disk is full (13)"), http.StatusServiceUnavailable, fault.Busy, true, true,
		},
		"a fault of the page": {errors.New("index out of range"), http.StatusInternalServerError, fault.Internal, false, true},
		"a person's mistake": {
			fault.New(fault.NotFound, words.New("errors.nothing")), http.StatusNotFound, fault.NotFound, false, false,
		},
		"too many sign-ins": {
			&fault.Error{Code: fault.Busy, Message: words.New("errors.auth.busy"), RetryAfter: retryAfter},
			http.StatusServiceUnavailable, fault.Busy, true, false,
		},
	} {
		got := answerTo(tc.err)
		if got.status != tc.status || got.code != tc.code || (got.after > 0) != tc.again || got.ours != tc.ours ||
			got.message.IsZero() {
			t.Errorf("%s: got %+v, want %+v", name, got, tc)
		}
	}
}
