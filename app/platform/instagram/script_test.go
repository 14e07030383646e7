package instagram

import (
	"fmt"
	"slices"
	"strings"

	"github.com/truecount/truecount/app/platform/platformtest"
)

// script is an account: its media and what each answers.
type script struct {
	ids     []string                        // newest first
	reels   []string                        // of ids
	insight func(id, metrics string) string // "" answers well, else the error object's inside
	status  int                             // of those errors, 400 unless given
	inline  string                          // error of the inline list, whatever its posts say
}

func (s script) product(id string) string {
	if slices.Contains(s.reels, id) {
		return "REELS"
	}
	return "FEED"
}

func values(metrics string) string {
	var out []string
	for i, m := range strings.Split(metrics, ",") {
		out = append(out, fmt.Sprintf(`{"name":%q,"period":"lifetime","values":[{"value":%d}]}`, m, 100+i))
	}
	return `{"data":[` + strings.Join(out, ",") + `]}`
}

func (s script) serve(c platformtest.Call) platformtest.Answer {
	fail := func(inside string) platformtest.Answer {
		return graph(max(s.status, 400), inside)
	}
	if id, ok := strings.CutSuffix(strings.TrimPrefix(c.Path, "/v25.0/"), "/insights"); ok {
		if e := s.insight(id, c.Query.Get("metric")); e != "" {
			return fail(e)
		}
		return platformtest.Answer{Body: values(c.Query.Get("metric"))}
	}
	_, asked, inline := strings.Cut(c.Query.Get("fields"), "insights.metric(")
	asked = strings.TrimSuffix(asked, ")")
	if inline && s.inline != "" {
		return fail(s.inline)
	}
	start := 0
	if after := c.Query.Get("after"); after != "" {
		_, _ = fmt.Sscanf(after, "at-%d", &start)
	}
	limit := 0
	_, _ = fmt.Sscanf(c.Query.Get("limit"), "%d", &limit)
	end := min(len(s.ids), start+limit)
	var out []string
	for _, id := range s.ids[start:end] {
		line := fmt.Sprintf(
			`{"id":%q,"media_type":"VIDEO","media_product_type":%q,"like_count":1,"timestamp":"2026-07-20T21:30:04+0000"`,
			id,
			s.product(id),
		)
		if inline {
			if e := s.insight(id, asked); e != "" {
				return fail(e)
			}
			line += `,"insights":` + values(asked)
		}
		out = append(out, line+"}")
	}
	next := ""
	if end < len(s.ids) {
		next = `,"next":"http://evil.example/?access_token=` + platformtest.Canary + `"`
	}
	return platformtest.Answer{
		Body: fmt.Sprintf(`{"data":[%s],"paging":{"cursors":{"after":"at-%d"}%s}}`, strings.Join(out, ","), end, next),
	}
}

func ids(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("m%02d", i)
	}
	return out
}

func willing(string, string) string { return "" }

const tooOld = `"code":100,"error_subcode":2108006`

// oldFrom refuses for every post from the nth on.
func oldFrom(n int) func(string, string) string {
	return func(id, _ string) string {
		if id >= fmt.Sprintf("m%02d", n) {
			return tooOld
		}
		return ""
	}
}
