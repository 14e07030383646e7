package accounts

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/snapshot"
)

// Absences says of each counter of a post that is unknown why it is.
func (acc *Account) Absences(p *ent.Post) map[string]words.Text {
	out := map[string]words.Text{}
	for i, n := range store.PostCounters(p) {
		if metric := reading.Counter(i).String(); n == nil && reading.Counter(i).Shown() {
			out[metric] = acc.absence(metric, platform.Absence(p.Absent[metric]), p.InsightsNever)
		}
	}
	return out
}

func (acc *Account) absence(metric string, why platform.Absence, settled bool) words.Text {
	name := acc.Spec.Name
	if acc.Lacks(metric) {
		return words.New("creator.why.notReported", "Platform", name, "Metric", Named(MetricNouns, metric))
	}
	if settled && why == "" {
		why = platform.AbsenceBefore
	}
	switch why {
	case platform.AbsenceLate:
		return words.New("creator.why.pending", "Platform", name)
	case platform.AbsenceUnsupported:
		return words.New("creator.why.unsupported", "Platform", name, "Metric", Named(MetricNouns, metric))
	case platform.AbsenceBefore:
		return words.New("creator.why.before")
	case platform.AbsenceHidden:
		return words.New("creator.why.hidden", "Metric", Named(MetricNouns, metric))
	case platform.AbsenceRefused:
		return words.New("creator.why.refused", "Platform", name)
	case platform.AbsenceWithdrawn:
		return words.New("creator.why.withdrawn", "Platform", name, "Metric", Named(MetricNouns, metric))
	default:
		return words.New("creator.why.notSent", "Platform", name)
	}
}

// Ungranted reports that a number is behind a permission that is not granted any more: what is known of it is of
// before that.
func (acc *Account) Ungranted(metric string) bool {
	for _, s := range acc.withheld() {
		if slices.Contains(acc.Spec.ByScope[s.Name], metric) {
			return true
		}
	}
	return false
}

// withheld are the optional permissions that are not granted: by the token's own list, or by the platform's word when
// the list says otherwise.
func (acc *Account) withheld() []platform.Scope {
	_, optional := acc.Spec.MissingScopes(acc.Row.Scopes)
	if len(optional) > 0 || acc.Row.Status != connection.StatusLimited {
		return optional
	}
	step, _, _ := strings.Cut(acc.Row.StatusDetail, ":")
	var out []platform.Scope
	for _, s := range acc.Spec.Scopes {
		ofProfile := slices.Contains(acc.Spec.ByScope[s.Name], "followers")
		if !s.Required && len(acc.Spec.ByScope[s.Name]) > 0 && ofProfile == (platform.Step(step) == platform.StepProfile) {
			out = append(out, s)
		}
	}
	return out
}

// LastKnown tells of a number that is not granted any more what was known of it, and of which day that is. No reading
// is younger than the loss of its permission.
func (acc *Account) LastKnown(n int64, at *time.Time) words.Text {
	if since := acc.Row.StatusSince; acc.Row.Status == connection.StatusLimited && since != nil &&
		(at == nil || at.After(*since)) {
		at = since
	}
	if at == nil {
		return words.New("creator.why.removed", "Number", n)
	}
	return words.New("creator.why.removedOn", "Number", n, "Day", words.Date(*at, nil))
}

// FollowersWhy says why no count of followers is shown.
func (acc *Account) FollowersWhy() words.Text {
	if acc.Profile == nil || acc.Profile.Followers == nil || !acc.Ungranted("followers") {
		return words.New("creator.why.noCount")
	}
	return acc.LastKnown(*acc.Profile.Followers, acc.FollowersAt)
}

// withFollowersAt dates the last count of followers of the accounts that do not give it any more.
func (a *Accounts) withFollowersAt(ctx context.Context, list []*Account) error {
	lost := map[string]*Account{}
	for _, acc := range list {
		if acc.Ungranted("followers") {
			lost[acc.Row.ID] = acc
		}
	}
	if len(lost) == 0 {
		return nil
	}
	var rows []struct {
		ID  string `sql:"connection_id"`
		Day string `sql:"day"`
	}
	err := a.db.Snapshot.Query().
		Where(snapshot.ConnectionIDIn(slices.Collect(maps.Keys(lost))...), snapshot.Metric("follower_count"),
			snapshot.ValueNotNil()).
		GroupBy(snapshot.FieldConnectionID).
		Aggregate(ent.As(ent.Max(snapshot.FieldDay), "day")).
		Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("date the last counts of followers: %w", err)
	}
	for _, r := range rows {
		if day, err := time.Parse(time.DateOnly, r.Day); err == nil {
			lost[r.ID].FollowersAt = &day
		}
	}
	return nil
}
