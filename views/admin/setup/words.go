package setup

import (
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/words"
)

// findingLook is how a state of a finding is shown.
func findingLook(w words.Printer, state console.FindingState) (tone, icon, word string) {
	switch state {
	case console.FindingOK:
		return "ok", "circle-check", w.Say("admin.finding.ok")
	case console.FindingWarning:
		return "warn", "triangle-alert", w.Say("admin.finding.warning")
	case console.FindingFailed:
		return "err", "circle-x", w.Say("admin.finding.failed")
	case console.FindingUnknown:
		return "warn", "circle-dashed", w.Say("admin.finding.unknown")
	case console.FindingManual:
		return "info", "info", w.Say("admin.finding.manual")
	default:
		return "neutral", "minus", w.Say("admin.finding.skipped")
	}
}

// setupVerdict is the whole in one line.
func setupVerdict(v SetupView) words.Text {
	n := map[console.FindingState]int64{}
	for _, g := range v.Groups {
		for _, f := range g.Findings {
			n[f.State]++
		}
	}
	bad := n[console.FindingFailed] + n[console.FindingUnknown]
	switch {
	case bad > 0:
		return words.New("admin.setup.toFix", "Count", bad)
	case n[console.FindingWarning] > 0:
		return words.New("admin.setup.warnings", "Count", n[console.FindingWarning])
	default:
		return words.New("admin.setup.allGood")
	}
}

func presence(set, sandbox bool) words.Text {
	switch {
	case sandbox:
		return words.New("admin.setup.fromDemo")
	case set:
		return words.New("admin.setup.set")
	default:
		return words.New("admin.setup.missing")
	}
}
