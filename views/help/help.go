package help

import "github.com/truecount/truecount/app/help"

// groups cuts the contents where the heading changes.
func groups(list []help.Document) [][]help.Document {
	var out [][]help.Document
	for _, d := range list {
		if n := len(out); n == 0 || out[n-1][0].Group != d.Group {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], d)
	}
	return out
}

func address(h help.Hit) string {
	if h.Anchor == "" {
		return "/help/" + h.Slug
	}
	return "/help/" + h.Slug + "#" + h.Anchor
}

func label(h help.Hit) string {
	if h.Part == "" {
		return h.Document
	}
	return h.Document + ": " + h.Part
}
