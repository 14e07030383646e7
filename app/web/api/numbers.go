package api

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/words"
)

// days is a range of days.
type days struct {
	From string `json:"from"`
	To   string `json:"to"`
	Zone string `json:"zone"`
}

func daysOf(r period.Range) days { return days{r.From.String(), r.To.String(), r.Zone.String()} }

// bucket is the figure of a piece of a range.
type bucket struct {
	From  string        `json:"from"`
	To    string        `json:"to"`
	Group *string       `json:"group,omitempty"`
	Value numbers.Value `json:"value"`
}

// number is a figure with what it was before.
type number struct {
	Metric     string         `json:"metric"`
	Range      days           `json:"range"`
	Comparison *days          `json:"comparison"`
	Value      numbers.Value  `json:"value"`
	Before     *numbers.Value `json:"before"`
	Change     *numbers.Value `json:"change"`
	Series     []bucket       `json:"series"`
}

// Number answers one figure, what it was before, and its series.
func (s *API) Number(c *gin.Context) error {
	q, _, err := s.query(c)
	if err != nil {
		return err
	}
	q.Series = true
	a, err := s.o.Numbers.Number(c.Request.Context(), s.User(c).ID, q)
	if err != nil {
		return err
	}
	out := number{
		Metric: a.Metric, Range: daysOf(a.Range), Value: a.Value, Before: a.Before, Change: a.Change, Series: []bucket{},
	}
	if a.Comparison != nil {
		d := daysOf(*a.Comparison)
		out.Comparison = &d
	}
	for _, b := range a.Series {
		one := bucket{From: b.Range.From.String(), To: b.Range.To.String(), Value: b.Value}
		if b.Group != "" {
			one.Group = &b.Group
		}
		out.Series = append(out.Series, one)
	}
	return s.answer(c, out)
}

// explanation is how a figure came about.
type explanation struct {
	Metric   string            `json:"metric"`
	Range    days              `json:"range"`
	Value    numbers.Value     `json:"value"`
	Formula  words.Text        `json:"formula"`
	Operands []numbers.Operand `json:"operands"`
	Parts    []numbers.Part    `json:"parts"`
	Coverage []dayState        `json:"coverageByDay"`
	Readings readings          `json:"readings"`
	Calls    []numbers.Call    `json:"calls"`
	Changes  []change          `json:"changes"`
	Citation *words.Text       `json:"citation"`
}

// dayState is whether a day is covered.
type dayState struct {
	Day    string          `json:"day"`
	State  numbers.State   `json:"state"`
	Reason *numbers.Reason `json:"reason"`
}

// readings are the readings that a figure rests on.
type readings struct {
	First      *time.Time `json:"first"`
	Last       *time.Time `json:"last"`
	Count      int        `json:"count"`
	LongestGap int64      `json:"longestGapSeconds"`
}

// Explain answers how a figure came about.
func (s *API) Explain(c *gin.Context) error {
	q, _, err := s.query(c)
	if err != nil {
		return err
	}
	e, err := s.o.Numbers.Explain(c.Request.Context(), s.User(c).ID, q)
	if err != nil {
		return err
	}
	out := explanation{
		Metric: e.Metric.Key, Range: daysOf(e.Range), Value: e.Value, Formula: e.Formula,
		Operands: append([]numbers.Operand{}, e.Operands...), Parts: append([]numbers.Part{}, e.Value.Parts...),
		Coverage: []dayState{}, Calls: append([]numbers.Call{}, e.Calls...), Changes: []change{},
		Readings: readings{
			First: e.Readings.First, Last: e.Readings.Last, Count: e.Readings.Count,
			LongestGap: int64(e.Readings.LongestGap.Seconds()),
		},
	}
	for _, d := range e.Days {
		out.Coverage = append(out.Coverage, dayState{d.Day.String(), d.State, d.Reason})
	}
	for _, one := range e.Changes {
		out.Changes = append(out.Changes, change{one.From.String(), one.What})
	}
	if !e.Citation.IsZero() {
		out.Citation = &e.Citation
	}
	return s.answer(c, out)
}
