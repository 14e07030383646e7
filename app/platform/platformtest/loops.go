package platformtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
)

// again serves a fake that has one answer for each address while on is true: whatever page is asked
// for, the first comes.
func again(next http.Handler, on *atomic.Bool) http.Handler {
	var mu sync.Mutex
	first := map[string]*httptest.ResponseRecorder{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !on.Load() {
			next.ServeHTTP(w, r)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		rec := first[r.Method+r.URL.Path]
		if rec == nil {
			rec = httptest.NewRecorder()
			first[r.Method+r.URL.Path] = rec
			next.ServeHTTP(rec, r)
		}
		for k, vs := range rec.Header() {
			w.Header()[k] = vs
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// listsThatLeadBack: a list whose next page is always the first one ends, and brings no post twice. // P8
func listsThatLeadBack(t *testing.T, m platform.Maker, fake func(*sandbox.World) http.Handler) {
	const limit = 500
	var on atomic.Bool
	var calls atomic.Int64
	s := newFixture(t, m, func(w *sandbox.World) http.Handler {
		h := again(fake(w), &on)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if on.Load() {
				calls.Add(1)
			}
			h.ServeHTTP(w, r)
		})
	})
	token := s.connect(sandbox.Choice{})
	p := s.profile(token)
	on.Store(true)
	b, err := s.platform.Posts(s.Context(), token, platform.PostQuery{Limit: limit, Profile: p})
	NoSecrets(t, err)
	if len(b.Posts) == 0 {
		t.Errorf("got no post and %v, want those of the first page", err)
	}
	seen := map[string]bool{}
	for _, x := range b.Posts {
		if seen[x.ExternalID] {
			t.Errorf("got post %s twice", x.ExternalID)
		}
		seen[x.ExternalID] = true
	}
	// As many as the longest honest list may cost, of pages of twenty and one call for each post at most.
	if most := int64(limit/19 + 4 + len(b.Posts)); calls.Load() > most {
		t.Errorf("got %d calls for %d posts, want at most %d", calls.Load(), len(b.Posts), most)
	}
}

// callerLeaves: a caller that leaves in the middle of a call is let go at once. // P2
func callerLeaves(t *testing.T, m platform.Maker, fake func(*sandbox.World) http.Handler) {
	var wait atomic.Bool
	came := make(chan struct{}, 100)
	s := newFixture(t, m, func(w *sandbox.World) http.Handler {
		next := fake(w)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if wait.Load() {
				_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the caller left
				came <- struct{}{}
				<-r.Context().Done()
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	token := s.connect(sandbox.Choice{})
	p := s.profile(token)
	wait.Store(true)
	for name, do := range map[string]func(context.Context) error{
		"profile": func(ctx context.Context) error { _, err := s.platform.Profile(ctx, token); return err },
		"posts": func(ctx context.Context) error {
			_, err := s.platform.Posts(ctx, token, platform.PostQuery{Limit: 5, Profile: p})
			return err
		},
		"refresh": func(ctx context.Context) error { _, err := s.platform.Refresh(ctx, token); return err },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			select {
			case <-came:
				cancel()
			case <-ctx.Done():
			}
		}()
		err := do(ctx)
		cancel()
		if NoSecrets(t, err); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want the cancellation", name, err)
		}
	}
}
