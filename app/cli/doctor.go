package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/words"
)

type doctorCmd struct {
	JSON    bool `name:"json" help:"Print JSON."`
	Offline bool `            help:"Do not contact platforms, mail server or other hosts."`
}

// Run looks at everything and says what it found, one line a check.
func (d doctorCmd) Run(w *World) (err error) {
	vars, broken := w.vars()
	c, wrong := config.Examine(vars, all.Platforms().Declared())
	if broken != nil {
		wrong = append([]error{broken}, wrong...)
	}
	doc, done := app.Diagnose(w.Context, c, wrong)
	defer func() { err = errors.Join(err, done()) }()
	found := doc.Check(w.Context, d.Offline)
	if d.JSON {
		err = d.write(w, found)
	} else {
		for _, f := range found {
			w.say(checked(f))
		}
		w.say("summary: " + summary(found))
	}
	if err == nil && !console.Good(found) {
		err = failure(words.New("commands.doctor.failed", "Summary", summary(found)))
	}
	return err
}

func (d doctorCmd) write(w *World, found []console.Finding) error {
	e := json.NewEncoder(w.Out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		OK        bool              `json:"ok"`
		CheckedAt time.Time         `json:"checkedAt"`
		Checks    []console.Finding `json:"checks"`
	}{console.Good(found), time.Now().UTC().Truncate(time.Second), found})
}

// checked is one check in one line.
func checked(f console.Finding) string {
	text := strings.Join(strings.Fields(f.Words.String()+" "+f.Todo.String()), " ")
	return fmt.Sprintf("%-7s %s/%s: %s", f.State, f.Area, f.Subject, text)
}

func summary(found []console.Finding) string {
	n := map[console.FindingState]int{}
	for _, f := range found {
		n[f.State]++
	}
	var parts []string
	for _, state := range []console.FindingState{console.FindingOK, console.FindingWarning, console.FindingFailed,
		console.FindingUnknown, console.FindingManual, console.FindingSkipped} {
		if n[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[state], state))
		}
	}
	return strings.Join(parts, ", ")
}
