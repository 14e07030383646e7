package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/posts"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
)

// Options is what the API is made of.
type Options struct {
	Accounts *accounts.Accounts
	Numbers  *numbers.Numbers
	Posts    *posts.Posts
}

// API is the routes below /api/v1.
type API struct {
	*edge.Edge
	o Options
}

// New makes it.
func New(e *edge.Edge, o Options) *API { return &API{Edge: e, o: o} }

// answer writes a value as JSON with an ETag that changes with it, or says that the caller has it already.
func (s *API) answer(c *gin.Context, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := c.Writer.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization, Cookie")
	h.Set("ETag", tag)
	if matches(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	c.Data(http.StatusOK, "application/json; charset=utf-8", b.Bytes())
	return nil
}

// matches reports that one of the tags of an If-None-Match is this one.
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}

// list is how every list is answered.
type list[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

// connection is one account, as the older route has it and with what is new.
type connection struct {
	accounts.Connection
	Freshness accounts.Freshness `json:"freshness"`
	Name      string             `json:"name"`
	Primary   bool               `json:"primary"`
}

// Connections lists the creator's accounts.
func (s *API) Connections(c *gin.Context) error {
	q, err := params(c, "limit", "cursor")
	if err != nil {
		return err
	}
	all, err := s.o.Accounts.Connections(c.Request.Context(), s.User(c).ID)
	if err != nil {
		return err
	}
	items := make([]connection, len(all.Items))
	for i, one := range all.Items {
		items[i] = connection{Connection: one, Freshness: one.Freshness, Name: one.Name, Primary: one.Primary}
	}
	items, next, err := page(items, func(one connection) string { return one.ID }, q)
	if err != nil {
		return err
	}
	return s.answer(c, list[connection]{items, next})
}

// metric is the definition of one metric.
type metric struct {
	Key       string       `json:"key"`
	Version   int          `json:"version"`
	Label     string       `json:"label"`
	Unit      numbers.Unit `json:"unit"`
	Kind      numbers.Kind `json:"kind"`
	Meaning   string       `json:"meaning"`
	Formula   string       `json:"formula"`
	Platforms []string     `json:"platforms"`
	Changes   []change     `json:"changes"`
}

// change is a day from which a platform counts something else.
type change struct {
	From string `json:"from"`
	What string `json:"what"`
}

// Metrics lists what can be asked for, and after that what the values of a single post mean.
func (s *API) Metrics(c *gin.Context) error {
	q, err := params(c, "limit", "cursor")
	if err != nil {
		return err
	}
	var items []metric
	for _, m := range numbers.Metrics() {
		one := described(m, m.Label(), m.Meaning(), m.Formula())
		s.given(&one, m)
		items = append(items, one)
	}
	for _, d := range posts.Definitions() {
		one := described(d.Metric, d.Label, d.Meaning, d.Formula)
		s.given(&one, d)
		items = append(items, one)
	}
	items, next, err := page(items, func(one metric) string { return one.Key }, q)
	if err != nil {
		return err
	}
	return s.answer(c, list[metric]{items, next})
}

func described(m numbers.Metric, label, meaning, formula words.Text) metric {
	return metric{
		Key: m.Key, Version: m.Version, Label: label.String(), Unit: m.Unit, Kind: m.Kind,
		Meaning: meaning.String(), Formula: formula.String(), Platforms: []string{}, Changes: []change{},
	}
}

// given fills in which platforms give what the metric is made of, and on which days that changed.
func (s *API) given(one *metric, m interface {
	Given(spec platform.Spec) (bool, []platform.Epoch)
}) {
	for _, spec := range s.Platforms.Specs() {
		gives, changes := m.Given(spec)
		if !gives {
			continue
		}
		one.Platforms = append(one.Platforms, spec.ID)
		for _, e := range changes {
			one.Changes = append(one.Changes, change{e.From.Format(time.DateOnly), spec.Name + ": " + e.What})
		}
	}
}
