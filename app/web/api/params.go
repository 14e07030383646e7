package api

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
)

// filters are the parameters that may be given more than once.
var filters = []string{"platform", "connection", "media_type", "tag"}

// asked are the parameters of a question about a figure.
var asked = []string{
	"metric", "span", "from", "to", "zone", "compare", "by", "as_of", "parts",
	"platform", "connection", "media_type", "tag",
}

// params reads the query of a request that may hold the named parameters and no others.
func params(c *gin.Context, names ...string) (url.Values, error) {
	q, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return nil, fault.InvalidParameter("?", words.New("numbers.bad.parameter", "Parameter", "?"))
	}
	for name, values := range q {
		if !slices.Contains(names, name) {
			return nil, fault.InvalidParameter(readable(name), words.New("numbers.bad.parameter", "Parameter", readable(name)))
		}
		if len(values) > 1 && !slices.Contains(filters, name) {
			return nil, fault.InvalidParameter(name, words.New("numbers.bad.twice", "Parameter", name))
		}
		for _, v := range values {
			if !text.Storable(v) {
				return nil, fault.InvalidParameter(name, words.New("numbers.bad.parameter", "Parameter", name))
			}
		}
	}
	return q, nil
}

// longestName is how much of a parameter's name an answer repeats.
const longestName = 40

// readable is the name of a parameter as far as an answer repeats it.
func readable(name string) string {
	out := []rune(text.Clean(name))
	return string(out[:min(len(out), longestName)])
}

// query reads a question about a figure.
func (s *API) query(c *gin.Context, extra ...string) (numbers.Query, url.Values, error) {
	q, err := params(c, append(slices.Clone(asked), extra...)...)
	if err != nil {
		return numbers.Query{}, nil, err
	}
	out := numbers.Query{
		Metric: q.Get("metric"), Compare: period.Comparison(q.Get("compare")), By: period.By(q.Get("by")),
		Filter: numbers.Filter{
			Platforms: q["platform"], Connections: q["connection"], MediaTypes: q["media_type"], Tags: q["tag"],
		},
	}
	now := s.Now()
	if v := q.Get("as_of"); v != "" {
		if out.AsOf, err = time.Parse(time.RFC3339, v); err != nil {
			return out, nil, fault.InvalidParameter("as_of", words.New("numbers.bad.time", "Parameter", "as_of"))
		}
		now = out.AsOf
	}
	zone, err := s.zone(c, q)
	if err != nil {
		return out, nil, err
	}
	if v := q.Get("parts"); v != "" && v != "true" && v != "false" {
		return out, nil, fault.InvalidParameter("parts", words.New("numbers.bad.flag", "Parameter", "parts"))
	}
	out.Parts = q.Get("parts") == "true"
	out.Range, err = period.ParseRange(q.Get("span"), q.Get("from"), q.Get("to"), zone, now)
	return out, q, err
}

// zone is the time zone that is asked for, else the person's.
func (s *API) zone(c *gin.Context, q url.Values) (*time.Location, error) {
	zone := s.User(c).Zone
	if v := q.Get("zone"); v != "" {
		var err error
		if zone, err = time.LoadLocation(v); err != nil || v == "Local" {
			return nil, fault.InvalidParameter("zone", words.New("numbers.bad.zone"))
		}
	}
	if zone == nil {
		zone = time.UTC
	}
	return zone, nil
}

// The sizes of a page of a list.
const (
	usualLimit = 50
	mostLimit  = 200
)

// limit reads how many items are wanted.
func limit(q url.Values) (int, error) {
	v := q.Get("limit")
	if v == "" {
		return usualLimit, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > mostLimit {
		return 0, fault.InvalidParameter("limit", words.New("numbers.bad.limit"))
	}
	return n, nil
}

// page cuts a short list that is at hand: a cursor is the key of the last item that was given.
func page[T any](items []T, key func(T) string, q url.Values) ([]T, *string, error) {
	n, err := limit(q)
	if err != nil {
		return nil, nil, err
	}
	if after := q.Get("cursor"); after != "" {
		i := slices.IndexFunc(items, func(one T) bool { return key(one) == after })
		if i < 0 {
			return nil, nil, fault.InvalidParameter("cursor", words.New("numbers.bad.cursor"))
		}
		items = items[i+1:]
	}
	if len(items) <= n {
		return slices.Clip(append([]T{}, items...)), nil, nil
	}
	next := key(items[n-1])
	return items[:n], &next, nil
}
