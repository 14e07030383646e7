package health

import (
	"testing"

	"github.com/truecount/truecount/app/health/healthtest"
)

type world struct {
	*healthtest.World
	h *Health
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := healthtest.New(t)
	return &world{
		w,
		New(
			Options{
				Store:     w.Store,
				Platforms: w.Platforms,
				Source:    "live",
				Now:       w.Now,
				Started:   healthtest.Noon.AddDate(0, 0, -1),
			},
		),
	}
}

func (w *world) report() *Report {
	w.T.Helper()
	r, err := w.h.Report(w.Ctx)
	w.Must(err)
	return r
}

// codes lists the reasons: "CODE/platform".
func codes(reasons []Reason) []string {
	out := []string{}
	for _, r := range reasons {
		s := r.Code
		if r.Platform != nil {
			s += "/" + *r.Platform
		}
		out = append(out, s)
	}
	return out
}
