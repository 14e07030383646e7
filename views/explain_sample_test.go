package views_test

import (
	"time"

	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
)

// explanation is how a figure of two accounts came about, one of which is missing.
func explanation(key string) *numbers.Explanation {
	m, err := numbers.Find(key)
	if err != nil {
		panic(err)
	}
	today := reading.DayOf(last, time.UTC)
	never := &numbers.Reason{Code: numbers.ReasonNeverRead, Message: words.Plain("This was not read by then.")}
	e := &numbers.Explanation{
		Metric: m, Range: numbers.Range{From: today - 29, To: today, Zone: time.UTC}, Formula: m.Formula(),
		Value: numbers.Value{
			Value: to(5.31), Unit: m.Unit, State: numbers.StatePartial, AsOf: ago(time.Hour), Definition: m.Definition(),
			Parts: []numbers.Part{
				{Connection: "c1", Platform: "tiktok", Handle: "@mina", Value: to(5.31), State: numbers.StateDerived, AsOf: ago(time.Hour)},
				{Connection: "c2", Platform: "youtube", Handle: "@mina", State: numbers.StateMissing, Reason: never},
			},
		},
		Operands: []numbers.Operand{
			{Label: words.Plain("TikTok @mina: likes"), Value: 531}, {Label: words.Plain("TikTok @mina: views"), Value: 10000},
		},
		Readings: numbers.Readings{First: ago(30 * 24 * time.Hour), Last: ago(time.Hour), Count: 30, LongestGap: 47 * time.Hour},
		Calls:    []numbers.Call{{RunID: "r1", Endpoint: "/v2/video/list/", At: *ago(time.Hour)}},
		Changes:  []numbers.Change{{From: today - 3, What: "A view counts from the first frame."}},
		Citation: words.Plain("Engagement rate, 25 Oct – 23 Nov 2026 (UTC): 5.31%."),
	}
	for i := range reading.Day(30) {
		d := numbers.DayState{Day: today - 29 + i, State: numbers.StateDerived}
		switch i {
		case 3:
			d.State = numbers.StatePartial
		case 4:
			d.State, d.Reason = numbers.StateMissing, never
		}
		e.Days = append(e.Days, d)
	}
	return e
}

// unexplained is a figure that there is nothing behind.
func unexplained() *numbers.Explanation {
	m, err := numbers.Find("reach")
	if err != nil {
		panic(err)
	}
	e := explanation("reach")
	why := &numbers.Reason{Code: numbers.ReasonPlatformTerms, Message: words.Plain("YouTube's terms do not allow it.")}
	return &numbers.Explanation{
		Metric: m, Range: e.Range, Formula: m.Formula(), Days: e.Days,
		Value: numbers.Value{Unit: m.Unit, State: numbers.StateWithheld, Definition: m.Definition(), Reason: why},
	}
}

// poisonedExplanation holds hostile text wherever text comes from outside, and long lists.
func poisonedExplanation() *numbers.Explanation {
	e := explanation("views_gained")
	bad := words.Plain(hostile)
	for i := range e.Value.Parts {
		e.Value.Parts[i].Handle, e.Value.Parts[i].Platform = hostile, hostile
	}
	e.Formula, e.Citation, e.Changes[0].What = bad, bad, hostile
	e.Value.Reason = &numbers.Reason{Code: numbers.ReasonGone, Message: bad}
	for range 20 {
		e.Operands = append(e.Operands, numbers.Operand{Label: bad, Value: 1.5})
		e.Calls = append(e.Calls, numbers.Call{RunID: hostile, Endpoint: hostile, At: *ago(time.Hour)})
	}
	return e
}
