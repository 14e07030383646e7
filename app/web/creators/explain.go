package creators

import (
	"errors"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/creator"
)

// Explain is how one figure came about. A parameter that cannot be meant counts as left out; a metric that there is not
// is a page that there is not.
func (s *Pages) Explain(c *gin.Context) error {
	u := s.User(c)
	q := s.question(c.Request.URL.Query(), u)
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
	p := s.Page(c, words.New("ui.explain", "Label", m.Label()))
	return s.Show(c, creator.ExplainPage(p, e, "/api/v1/explain?"+parameters(q).Encode()))
}

// question reads what can be meant of the parameters that the API takes too.
func (s *Pages) question(v url.Values, u auth.User) numbers.Query {
	q := numbers.Query{Metric: v.Get("metric"), Compare: numbers.Comparison(v.Get("compare"))}
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
	if q.Range, err = numbers.ParseRange(v.Get("span"), v.Get("from"), v.Get("to"), zone, now); err != nil {
		q.Range, _ = numbers.ParseRange("", "", "", zone, now) // the last 30 days always are
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
	take("compare", q.Compare != numbers.CompareNone, func() { q.Compare = numbers.CompareNone })
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
