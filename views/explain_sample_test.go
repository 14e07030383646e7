package views_test

import (
	"time"

	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/causes"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/creator"
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
		Metric: m, Range: period.Range{From: today - 29, To: today, Zone: time.UTC}, Formula: m.Formula(),
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
		Calls:    []numbers.Call{{RunID: "r1", Endpoint: "/v2/video/list/", At: *ago(time.Hour), Connection: "c1", Platform: "tiktok"}},
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

// explained is the view of an explanation that was opened from an account's page.
func explained(e *numbers.Explanation) creator.ExplainView {
	return creator.ExplainView{
		Explanation: e, JSON: "/api/v1/explain?metric=x", Link: "https://truecount.example/explain?metric=x",
		Query: []string{"metric", "x", "from", "2026-11-01"}, Back: "/dashboard/tiktok?metric=views&span=30d",
	}
}

// explainedThen is of what was known a week ago, when the figure was not final, and its syncs are not known.
func explainedThen() creator.ExplainView {
	v := explained(explanation("views_gained"))
	v.Value.Final, v.Value.Marked, v.Value.Parts[0].Marked = to(0.97), true, true
	v.Calls, v.NoCalls = nil, words.New("numbers.calls.demo")
	v.AsOf, v.Now = *ago(7 * 24 * time.Hour), "/explain?metric=x"
	v.Days[len(v.Days)-1].Open = true
	return v
}

// comparedView is the second tab, with an answer.
func comparedView() creator.ExplainView {
	v := explained(explanation("views_gained"))
	shown, _ := causes.Read("12.3K", true)
	v.Compare, v.Typed, v.Shown = true, "12.3K", &shown
	v.Causes = []causes.Cause{
		{Kind: causes.KindDelay, Text: words.Plain("The app counts up to this minute.")},
		{Kind: causes.KindPaid, Text: words.Plain(hostile)},
	}
	return v
}

// unreadView is the second tab after something that is no number.
func unreadView() creator.ExplainView {
	v := explained(unexplained())
	v.Compare, v.Typed, v.Unread = true, hostile, true
	return v
}

// poisonedExplanation holds hostile text wherever text comes from outside, and long lists.
func poisonedExplanation() creator.ExplainView {
	e := explanation("views_gained")
	bad := words.Plain(hostile)
	for i := range e.Value.Parts {
		e.Value.Parts[i].Handle, e.Value.Parts[i].Platform = hostile, hostile
	}
	e.Formula, e.Citation, e.Changes[0].What = bad, bad, hostile
	e.Value.Reason = &numbers.Reason{Code: numbers.ReasonGone, Message: bad}
	for range 20 {
		e.Operands = append(e.Operands, numbers.Operand{Label: bad, Value: 1.5})
		e.Calls = append(e.Calls, numbers.Call{
			RunID: hostile, Endpoint: hostile, At: *ago(time.Hour), Connection: hostile, Platform: hostile,
		})
	}
	v := explained(e)
	v.JSON, v.Back, v.Now, v.Link = "javascript:alert(1)", "javascript:alert(2)", "javascript:alert(3)", hostile
	v.Query = append(v.Query, "connection", hostile)
	return v
}
