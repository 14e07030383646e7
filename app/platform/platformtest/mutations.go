package platformtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/sandbox"
)

// mutation is a way in which an answer keeps its form and loses its sense.
type mutation struct {
	name string
	leaf func(v any) any // every string, number, truth and null
	list func(v []any) any
	dict func(v map[string]any) any
}

var mutations = []mutation{
	{name: "nulls everywhere", leaf: func(any) any { return nil }},
	{name: "numbers for texts and texts for numbers", leaf: func(v any) any {
		switch v.(type) {
		case string:
			return 7
		case json.Number:
			return "many"
		default:
			return v
		}
	}},
	{name: "objects for values", leaf: func(any) any { return map[string]any{"a": 1} }},
	{name: "truths for values", leaf: func(any) any { return true }},
	{name: "huge and negative numbers", leaf: func(v any) any {
		if _, ok := v.(json.Number); ok {
			return json.Number("-92233720368547758079")
		}
		return v
	}},
	{name: "objects for lists", list: func([]any) any { return map[string]any{} }},
	{name: "lists for objects", dict: func(v map[string]any) any { return []any{v} }},
	{name: "everything twice", list: func(v []any) any { return append(append([]any{}, v...), v...) }},
	{name: "unknown fields and words", leaf: func(v any) any {
		if s, ok := v.(string); ok && strings.ToUpper(s) == s && len(s) > 2 {
			return "SOMETHING_NEW"
		}
		return v
	}, dict: func(v map[string]any) any { v["brand_new"] = []any{map[string]any{"x": "y"}}; return v }},
}

func (m mutation) apply(v any, root bool) any {
	switch x := v.(type) {
	case []any:
		for i := range x {
			x[i] = m.apply(x[i], false)
		}
		if m.list != nil {
			return m.list(x)
		}
	case map[string]any:
		for k := range x {
			x[k] = m.apply(x[k], false)
		}
		if m.dict != nil && !root {
			return m.dict(x)
		}
	default:
		if m.leaf != nil {
			return m.leaf(x)
		}
	}
	return v
}

// serve serves a fake whose good answers lose their sense while on is true.
func (m mutation) serve(next http.Handler, on *atomic.Bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !on.Load() {
			next.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		d := json.NewDecoder(strings.NewReader(string(body)))
		d.UseNumber()
		var v any
		if d.Decode(&v) == nil {
			body, _ = json.Marshal(m.apply(v, true))
		}
		for k, vs := range rec.Header() {
			if k != "Content-Length" {
				w.Header()[k] = vs
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	})
}

// mutatedAnswers gives every operation answers of the right form and no sense: no panic, every error is
// typed, no post comes twice, and no number is made up. // P3, P7, P8
func mutatedAnswers(t *testing.T, m platform.Maker, fake func(*sandbox.World) http.Handler) {
	for _, g := range mutations {
		for _, op := range append(slices.Clone(operations), operation{name: "insights"}) {
			t.Run(op.name+": "+g.name, func(t *testing.T) {
				t.Parallel()
				var on atomic.Bool
				s := newFixture(t, m, func(w *sandbox.World) http.Handler { return g.serve(fake(w), &on) })
				insighter, insights := s.platform.(platform.Insighter)
				if op.name == "insights" && !insights {
					return
				}
				token := s.connect(sandbox.Choice{})
				code := s.consent(sandbox.Choice{}).Get("code")
				p := s.profile(token)
				on.Store(true)
				var err error
				switch op.name {
				case "posts":
					err = g.posts(s, token, p)
				case "insights":
					err = g.insights(s, insighter, token, p)
				default:
					err = op.run(s, token, code)
				}
				typed(t, err)
			})
		}
	}
}

// typed wants an error that the rest can act upon, or none.
func typed(t testing.TB, err error) {
	t.Helper()
	if NoSecrets(t, err); err == nil {
		return
	}
	if e, ok := platform.AsError(err); !ok || e.Code == "" || e.Platform == "" || e.Step == "" {
		t.Errorf("got %v, want a typed error with its platform and step", err)
	}
}

func (m mutation) posts(s *fixture, token platform.Token, p platform.Profile) error {
	b, err := s.platform.Posts(s.Context(), token, platform.PostQuery{Limit: 10, Profile: p})
	seen := map[string]bool{}
	for _, x := range b.Posts {
		if x.ExternalID == "" || seen[x.ExternalID] {
			s.Errorf("got post %q twice or without an id", x.ExternalID)
		}
		seen[x.ExternalID] = true
		for _, n := range x.Counters() {
			if n != nil && (*n < 0 || (*n == 0 && strings.HasPrefix(m.name, "nulls"))) {
				s.Errorf("post %s: got the number %d out of nothing", x.ExternalID, *n)
			}
		}
	}
	for _, g := range b.Gaps {
		typed(s, g)
	}
	return err
}

func (m mutation) insights(s *fixture, i platform.Insighter, token platform.Token, p platform.Profile) error {
	to := s.now().Truncate(24 * time.Hour)
	got, err := i.Insights(s.Context(), token, platform.InsightQuery{From: to.Add(-48 * time.Hour), To: to, Profile: p})
	for _, d := range got.Days {
		if _, bad := time.Parse(time.DateOnly, d.Day); bad != nil || d.Metric == "" || d.Value < 0 {
			s.Errorf("got %+v, want a day, a metric and no number out of nothing", d)
		}
	}
	for _, x := range got.Audience {
		if x.Of == "" || x.By == "" || x.Key == "" || x.Value < 0 {
			s.Errorf("got %+v, want a whole share", x)
		}
	}
	for _, g := range got.Gaps {
		typed(s, g)
	}
	return err
}
