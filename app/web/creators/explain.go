package creators

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/causes"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/creator"
)

// Explain is how one figure came about: a page, or the drawer of another one. A parameter that cannot be meant counts
// as left out; a metric that there is not is a page that there is not.
func (s *Pages) Explain(c *gin.Context) error {
	u, params := s.User(c), c.Request.URL.Query()
	q := s.question(params, u)
	m, err := numbers.Find(q.Metric)
	if err != nil {
		return edge.NotFound()
	}
	e, err := s.o.Numbers.Explain(c.Request.Context(), u.ID, q)
	for err != nil { // each time one parameter less, until it can be meant
		if !drop(&q, err) {
			return err
		}
		e, err = s.o.Numbers.Explain(c.Request.Context(), u.ID, q)
	}
	v := s.explained(q, e, params.Get("back"))
	status := http.StatusOK
	if v.Compare = params.Get("tab") == "app"; v.Compare {
		if err := s.compare(c.Request.Context(), &v, params.Get("shown")); err != nil {
			return err
		}
		if v.Unread {
			status = http.StatusUnprocessableEntity
		}
	}
	p := s.Page(c, words.New("ui.explain", "Label", m.Label()))
	if s.Partial(c) {
		return s.ShowStatus(c, status, creator.ExplainPanel(p, v))
	}
	return s.ShowStatus(c, status, creator.ExplainPage(p, v))
}

// explained is the view of an explained figure, opened from a page of ours.
func (s *Pages) explained(q numbers.Query, e *numbers.Explanation, back string) creator.ExplainView {
	asked := parameters(q)
	v := creator.ExplainView{
		Explanation: e, JSON: "/api/v1/explain?" + asked.Encode(), Link: s.Config.BaseURL + "/explain?" + asked.Encode(),
		Query: pairs(asked), Back: returnPath(back, overviewPage),
	}
	if !q.AsOf.IsZero() {
		asked.Del("as_of")
		asked.Set("back", v.Back)
		v.Now = "/explain?" + asked.Encode()
	}
	return v
}

const overviewPage = "/dashboard"

// pairs are parameters as name, value, name, value, in the order of their names.
func pairs(v url.Values) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, value := range v[name] {
			out = append(out, name, value)
		}
	}
	return out
}

// longestTyped is how many bytes of a number a form gives back.
const longestTyped = 100

// compare reads what a platform's app shows, and finds why that may differ from the figure. Nothing of it is stored.
func (s *Pages) compare(ctx context.Context, v *creator.ExplainView, typed string) error {
	v.Typed = text.CutBytes(typed, longestTyped)
	if strings.TrimSpace(typed) == "" {
		return nil
	}
	shown, ok := causes.Read(typed, v.Metric.Unit == numbers.UnitCount)
	if !ok {
		v.Unread = true
		return nil
	}
	v.Shown = &shown
	var err error
	v.Causes, err = s.o.Numbers.Causes(ctx, v.Explanation, shown)
	return err
}

// question reads what can be meant of the parameters that the API takes too.
func (s *Pages) question(v url.Values, u auth.User) numbers.Query {
	q := numbers.Query{Metric: v.Get("metric"), Compare: period.Comparison(v.Get("compare"))}
	for _, f := range []struct {
		name string
		to   *[]string
	}{
		{"platform", &q.Filter.Platforms}, {"connection", &q.Filter.Connections}, {"media_type", &q.Filter.MediaTypes},
	} {
		for _, value := range v[f.name] {
			if text.Storable(value) {
				*f.to = append(*f.to, value)
			}
		}
	}
	now := s.Now()
	if at, err := time.Parse(time.RFC3339, v.Get("as_of")); err == nil && at.Before(now) {
		q.AsOf, now = at, at
	}
	zone := u.Zone
	if named, err := time.LoadLocation(v.Get("zone")); err == nil && v.Get("zone") != "" && v.Get("zone") != "Local" {
		zone = named
	}
	if zone == nil {
		zone = time.UTC
	}
	var err error
	if q.Range, err = period.ParseRange(v.Get("span"), v.Get("from"), v.Get("to"), zone, now); err != nil {
		q.Range, _ = period.ParseRange("", "", "", zone, now) // the last 30 days always are
	}
	return q
}

// drop takes the parameter out of a question that an error names; false: it names none of it.
func drop(q *numbers.Query, err error) bool {
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.Invalid {
		return false
	}
	dropped := false
	take := func(parameter string, is bool, out func()) {
		if _, named := f.Fields[parameter]; named && is {
			out()
			dropped = true
		}
	}
	take("compare", q.Compare != period.CompareNone, func() { q.Compare = period.CompareNone })
	take("platform", q.Filter.Platforms != nil, func() { q.Filter.Platforms = nil })
	take("connection", q.Filter.Connections != nil, func() { q.Filter.Connections = nil })
	take("media_type", q.Filter.MediaTypes != nil, func() { q.Filter.MediaTypes = nil })
	return dropped
}

// parameters writes a question as the API takes it.
func parameters(q numbers.Query) url.Values {
	v := url.Values{
		"metric": {q.Metric}, "from": {q.Range.From.String()}, "to": {q.Range.To.String()}, "zone": {q.Range.Zone.String()},
	}
	if q.Compare != "" {
		v.Set("compare", string(q.Compare))
	}
	if !q.AsOf.IsZero() {
		v.Set("as_of", q.AsOf.UTC().Format(time.RFC3339Nano))
	}
	for name, values := range map[string][]string{
		"platform": q.Filter.Platforms, "connection": q.Filter.Connections, "media_type": q.Filter.MediaTypes,
	} {
		if len(values) > 0 {
			v[name] = values
		}
	}
	return v
}
