package capacity

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/words"
)

// limits lists a platform's limits as they are set, in the spec's order, the pace last.
func limits(spec platform.Spec, settings config.Platform, now time.Time) []Limit {
	var out []Limit
	quotas := spec.Quotas(settings)
	for _, l := range spec.Limits {
		for _, r := range quotas[l.Suffix].Rates {
			q := Limit{
				Setting: setting(spec, l.Suffix),
				By:      l.By,
				Max:     r.Limit,
				Per:     r.Per,
				Pacific: r.Pacific,
				bucket:  l.Suffix,
			}
			if q.bucket == platform.MainBucket && q.By == outbound.ByApp && q.Per == day {
				q.Kept = q.Max / platform.KeptShare
			}
			out = append(out, q)
		}
	}
	if settings.Delay > 0 {
		starts := rounds(settings.Cron, now)
		out = append(out, Limit{
			Setting: setting(spec, "SYNC_DELAY"),
			Max:     int64(day / settings.Delay), Per: day, Pace: settings.Delay, Cost: &starts,
		})
		out[len(out)-1].Carries = out[len(out)-1].carries()
	}
	return out
}

func setting(spec platform.Spec, suffix string) string {
	return strings.ToUpper(spec.ID) + "_" + suffix
}

// rounds is how often a day the schedule starts every account, on average over the coming week.
func rounds(c config.Cron, now time.Time) float64 {
	n, end := 0, now.Add(7*day)
	for at := c.Next(now); !at.IsZero() && !at.After(end); at = c.Next(at) {
		n++
	}
	if n == 0 {
		return 1
	}
	return float64(n) / 7
}

// carries is how many accounts a limit has room for each day; nil when that is not known or not so.
func (l Limit) carries() *int {
	if !l.Shared() || l.Cost == nil || *l.Cost <= 0 {
		return nil
	}
	n := int(math.Min(float64(l.Max-l.Kept)*float64(day)/float64(l.Per) / *l.Cost, math.MaxInt32))
	return &n
}

// carries is how many accounts all limits together carry, and the setting of the one that is met first.
// One whose price is not known makes the whole unknown.
func carries(all []Limit) (n *int, binding string, unlimited bool) {
	unlimited = true
	for _, l := range all {
		if !l.Shared() || l.Cost != nil && *l.Cost <= 0 {
			continue
		}
		unlimited = false
		reach := l.carries()
		if reach == nil {
			return nil, "", false
		}
		if n == nil || *reach < *n {
			n, binding = reach, l.Setting
		}
	}
	return n, binding, unlimited
}

// cost is what an account costs a day: of the limit that binds, unless that is the pace; of the first else.
func cost(all []Limit, binding string) *float64 {
	var first *float64
	for _, l := range all {
		if l.Pace > 0 || l.Cost == nil {
			continue
		}
		if l.Setting == binding {
			return l.Cost
		}
		if first == nil {
			first = l.Cost
		}
	}
	return first
}

// reachedOn is the day on which accounts that grow by so many a day reach what is carried.
func reachedOn(now time.Time, accounts int, carries *int, growth *float64) *time.Time {
	if carries == nil {
		return nil
	}
	days := 0.0
	if room := *carries - accounts; room > 0 {
		if growth == nil || *growth <= 0 {
			return nil
		}
		if days = math.Ceil(float64(room) / *growth); days > forecastDays {
			return nil
		}
	}
	at := now.Add(time.Duration(days) * day)
	return &at
}

// changes says what each setting would change, the others left as they are.
func changes(spec platform.Spec, settings config.Platform, now []Limit, at time.Time) []Change {
	var out []Change
	add := func(c Change, then []Limit) {
		if n, binding, _ := carries(then); n != nil {
			c.Setting, c.Carries, c.Binding = setting(spec, c.Setting), *n, binding
			out = append(out, c)
		}
	}
	for _, p := range posts(spec, settings, now) {
		add(p.Change, p.then)
	}
	if d := settings.Delay; d > 0 {
		half := d / 2
		add(
			Change{
				Setting: "SYNC_DELAY",
				From:    d.String(),
				To:      half.String(),
				Why:     words.New("capacity.why.delay"),
			},
			changed(now, func(l *Limit) {
				if l.Pace > 0 {
					l.Max = int64(day / half)
				}
			}),
		)
	}
	for _, l := range spec.Limits {
		rates := settings.Quotas[l.Suffix]
		switch {
		case l.By == outbound.ByAccount || len(rates) == 0:
		case rates[0].Limit > 0:
			add(
				Change{
					Setting: l.Suffix,
					From:    written(rates, 1),
					To:      written(rates, 2),
					Why:     words.New("capacity.why.granted", "Platform", spec.Name),
				},
				changed(now, func(o *Limit) {
					if o.bucket == l.Suffix {
						o.Max, o.Kept = 2*o.Max, 2*o.Kept
					}
				}),
			)
		case l.Relief != nil:
			add(relieved(spec, settings, l, now))
		}
	}
	if c, ok := early(settings.Cron, now, at); ok {
		add(c, now)
	}
	return out
}

// changed gives the limits as they would be after a change.
func changed(now []Limit, change func(*Limit)) []Limit {
	then := slices.Clone(now)
	for i := range then {
		change(&then[i])
	}
	return then
}

// costs gives a limit another price, never less than nothing.
func (l *Limit) costs(more float64) {
	if l.Cost != nil {
		c := max(*l.Cost+more, 0)
		l.Cost = &c
	}
}

// written puts windows as the environment takes them, so many times as large.
func written(rates []config.Rate, times int64) string {
	var parts []string
	for _, r := range rates {
		parts = append(parts, fmt.Sprintf("%d/%s", r.Limit*times, r.Per))
	}
	return strings.Join(parts, ",")
}

func pages(spec platform.Spec, limit int) int {
	return max(1, (limit+spec.PostPage-1)/max(spec.PostPage, 1))
}

// payer is the quota that pays for posts.
func payer(spec platform.Spec, settings config.Platform) string {
	first := ""
	for _, l := range spec.Limits {
		rates := settings.Quotas[l.Suffix]
		if l.Relief != nil && len(rates) > 0 && rates[0].Limit > 0 {
			return l.Suffix
		}
		if first == "" && l.By != outbound.ByAccount {
			first = l.Suffix
		}
	}
	return first
}

type postChange struct {
	Change
	then []Limit
}

// posts are the changes of how many posts are read: a page more, and a page less where there is one.
func posts(spec platform.Spec, settings config.Platform, now []Limit) []postChange {
	bucket := payer(spec, settings)
	if spec.PostPage == 0 || !slices.ContainsFunc(now, func(l Limit) bool { return l.bucket == bucket && l.Shared() }) {
		return nil
	}
	n := pages(spec, settings.PostLimit)
	page := func(to int, more float64, why words.Text) postChange {
		return postChange{
			Change{Setting: "POST_LIMIT", From: strconv.Itoa(settings.PostLimit), To: strconv.Itoa(to), Why: why},
			changed(now, func(l *Limit) {
				if l.bucket == bucket && l.Pace == 0 {
					l.costs(more)
				}
			}),
		}
	}
	out := []postChange{
		page(
			(n+1)*spec.PostPage,
			1,
			words.New("capacity.why.more", "Number", spec.PostPage),
		),
	}
	if n > 1 {
		out = append(out, page((n-1)*spec.PostPage, -1, words.New("capacity.why.less", "Number", spec.PostPage)))
	}
	return out
}

// relieved is the change of a quota that is left unused to what the platform grants of it.
func relieved(spec platform.Spec, settings config.Platform, l platform.Limit, now []Limit) (Change, []Limit) {
	n := float64(pages(spec, settings.PostLimit))
	c := Change{
		Setting: l.Suffix, From: "0", To: fmt.Sprintf("%d/day", l.Relief.Offer),
		Why: words.New("capacity.why.relief", "Posts", spec.PostNoun, "Platform", spec.Name),
	}
	return c, changed(now, func(o *Limit) {
		switch o.bucket {
		case l.Relief.Of:
			o.costs(-n * l.Relief.Units)
		case l.Suffix:
			o.Max, o.Per, o.Cost = l.Relief.Offer, day, &n
		}
	})
}

// early is the change of a schedule that starts late in the quota's day, in Los Angeles, to its beginning.
func early(c config.Cron, now []Limit, at time.Time) (Change, bool) {
	next := c.Next(at)
	if next.IsZero() || c.Zone == nil {
		return Change{}, false
	}
	for _, l := range now {
		end := outbound.NextPacificMidnight(next)
		if left := end.Sub(next); l.Pacific && l.Max > 0 && left < halfDay {
			start := end.Add(30 * time.Minute).In(c.Zone)
			return Change{
				Setting: "SYNC_CRON", From: c.Text, To: fmt.Sprintf("%d %d * * *", start.Minute(), start.Hour()),
				Why: words.New("capacity.why.early", "Hours", max(1, int(math.Round(left.Hours())))),
			}, true
		}
	}
	return Change{}, false
}
