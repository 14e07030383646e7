package analytics

import (
	"fmt"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent"
)

// absences says of each counter of a post that is unknown why it is.
func (acc *account) absences(p *ent.Post) map[string]string {
	out := map[string]string{}
	for metric, n := range map[string]*int64{
		"views": p.Views, "reach": p.Reach, "likes": p.Likes, "comments": p.Comments, "shares": p.Shares, "saves": p.Saves,
	} {
		if n == nil {
			out[metric] = acc.absence(metric, platform.Absence(p.Absent[metric]), p.InsightsNever)
		}
	}
	return out
}

func (acc *account) absence(metric string, why platform.Absence, settled bool) string {
	name := acc.spec.Name
	if acc.lacks(metric) {
		return fmt.Sprintf("%s does not tell %s.", name, metric)
	}
	if settled && why == "" {
		why = platform.Before
	}
	switch why {
	case platform.Late:
		return fmt.Sprintf("Not yet delivered: %s may take up to two days.", name)
	case platform.Unsupported:
		return fmt.Sprintf("%s does not tell %s of this kind of post.", name, metric)
	case platform.Before:
		return "This post is older than the switch to a professional account, so it has no such number."
	case platform.Hidden:
		return fmt.Sprintf("The number of %s is hidden or switched off for this post.", metric)
	case platform.Refused:
		return fmt.Sprintf("%s refused the insights of this post. Others are not affected.", name)
	case platform.Withdrawn:
		return fmt.Sprintf("%s does not give %s at present.", name, metric)
	default:
		return fmt.Sprintf("%s has not told this number.", name)
	}
}
