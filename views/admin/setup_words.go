package admin

import (
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/views/ui"
)

// findingLook is how a state of a finding is shown.
func findingLook(state console.FindingState) (tone, icon, word string) {
	switch state {
	case console.FindingOK:
		return "ok", "circle-check", "Well"
	case console.FindingWarning:
		return "warn", "triangle-alert", "Look at it"
	case console.FindingFailed:
		return "err", "circle-x", "Wrong"
	case console.FindingUnknown:
		return "warn", "circle-dashed", "Could not tell"
	case console.FindingManual:
		return "info", "info", "By hand"
	default:
		return "neutral", "minus", "Left out"
	}
}

// setupVerdict is the whole in one line.
func setupVerdict(v SetupView) string {
	n := map[console.FindingState]int64{}
	for _, g := range v.Groups {
		for _, f := range g.Findings {
			n[f.State]++
		}
	}
	bad := n[console.FindingFailed] + n[console.FindingUnknown]
	switch {
	case bad > 0:
		return ui.Plural(bad, "thing has", "things have") + " to be mended before this server works as it should."
	case n[console.FindingWarning] > 0:
		return "This server works; " + ui.Plural(n[console.FindingWarning], "thing is", "things are") + " worth a look."
	default:
		return "Nothing is wrong with the set-up."
	}
}

func presence(set, sandbox bool) string {
	switch {
	case sandbox:
		return "made by the sandbox"
	case set:
		return "set"
	default:
		return "missing"
	}
}
