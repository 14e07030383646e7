package analytics

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/audience"
	"github.com/truecount/truecount/ent/snapshot"
)

// AccountInsights is what the platform tells of an account as a whole: days, and its audience. The zero value
// means that this platform tells nothing of the kind.
type AccountInsights struct {
	Supported bool // the platform tells such things
	AsOf      *time.Time
	Span      Span // the days the totals are of
	Totals    []Total
	Audience  []AudienceChart
	Why       words.Text // why there is nothing, if so
}

// Total is one metric over the span. Of a metric that counts people once it is a day's average.
type Total struct {
	Label  string
	Value  numbers.Value
	Days   int // days of the span with a value
	Mean   bool
	Means  string
	Points []Point
}

// AudienceChart is an audience by one trait, largest part first.
type AudienceChart struct {
	Label words.Text // "Followers by country"
	Parts []Part
	More  int // parts not shown
}

// Part is one share of a crowd.
type Part struct {
	Key     string     // as the platform calls it
	Word    words.Text // as people do
	Value   int64
	Percent float64 // of all that is told
}

const (
	wholeDays  = 28
	crowdParts = 6
)

// accountInsights reads what is kept of the account as a whole.
func (a *Analytics) accountInsights(ctx context.Context, acc *accounts.Account) (AccountInsights, error) {
	w := AccountInsights{Supported: acc.Spec.InsightsEvery > 0}
	if !w.Supported {
		return w, nil
	}
	today := midnight(a.now())
	w.Span = Span{Days: wholeDays, From: today.AddDate(0, 0, -wholeDays), To: today.AddDate(0, 0, -1)}
	rows, err := a.db.Snapshot.Query().
		Where(snapshot.ConnectionID(acc.Row.ID), snapshot.MetricHasPrefix("account_"), snapshot.ValueNotNil(),
			snapshot.DayGTE(key(w.Span.From)), snapshot.DayLTE(key(w.Span.To))).
		All(ctx)
	if err != nil {
		return w, fmt.Errorf("read the account's days: %w", err)
	}
	byMetric, readAt := map[string]series{}, map[string]time.Time{}
	for _, r := range rows {
		if byMetric[r.Metric] == nil {
			byMetric[r.Metric] = series{}
		}
		byMetric[r.Metric][r.Day] = *r.Value
		if at, ok := readAt[r.Metric]; !ok || r.ObservedAt.Before(at) {
			readAt[r.Metric] = r.ObservedAt.UTC()
		}
		if at := r.ObservedAt.UTC(); w.AsOf == nil || at.After(*w.AsOf) {
			w.AsOf = &at
		}
	}
	for _, m := range acc.Spec.Metrics {
		days, ok := byMetric[m.ID]
		if !ok {
			continue
		}
		t := Total{Label: m.Name, Means: m.Means, Mean: m.Unique, Days: len(days)}
		sum := int64(0)
		for _, d := range w.Span.days() {
			p := Point{Day: d}
			if n, ok := days[key(d)]; ok {
				v := float64(n)
				p.Value = &v
				sum += n
			}
			t.Points = append(t.Points, p)
		}
		t.Value = t.value(sum, w.Span.Days, readAt[m.ID])
		w.Totals = append(w.Totals, t)
	}
	if w.Audience, err = a.audience(ctx, acc); err != nil {
		return w, err
	}
	if len(w.Totals)+len(w.Audience) == 0 {
		w.Why = words.New("creator.insights.none")
	}
	return w, nil
}

// value is the sum, or the mean of a day, as a figure of some days of which the oldest was read at a time.
func (t Total) value(sum int64, of int, at time.Time) numbers.Value {
	v := numbers.Value{
		Unit: numbers.UnitCount, State: numbers.StateMeasured, Calculated: t.Mean, AsOf: &at,
		Coverage: &numbers.Coverage{Days: &t.Days, OfDays: &of},
	}
	if t.Mean {
		v.State, sum = numbers.StateDerived, sum/int64(t.Days)
	}
	if t.Days < of {
		v.State = numbers.StatePartial
	}
	n := float64(sum)
	v.Value = &n
	return v
}

func (a *Analytics) audience(ctx context.Context, acc *accounts.Account) ([]AudienceChart, error) {
	rows, err := a.db.Audience.Query().Where(audience.ConnectionID(acc.Row.ID)).
		Order(audience.ByOf(sql.OrderDesc()), audience.ByBy(), audience.ByValue(sql.OrderDesc()), audience.ByKey()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the audience: %w", err)
	}
	var out []AudienceChart
	type trait struct{ of, by string }
	var found []trait // of each crowd
	sums := map[trait]int64{}
	for _, r := range rows {
		t := trait{r.Of, r.By}
		i := slices.Index(found, t)
		if i < 0 {
			out, found, i = append(out, AudienceChart{Label: audienceLabel(r.Of, r.By)}), append(found, t), len(out)
		}
		sums[t] += r.Value
		out[i].Parts = append(out[i].Parts, Part{Key: r.Key, Word: partWord(r.By, r.Key), Value: r.Value})
	}
	for i := range out {
		c := &out[i]
		for j := range c.Parts {
			if all := sums[found[i]]; all > 0 {
				c.Parts[j].Percent = float64(c.Parts[j].Value) / float64(all) * 100
			}
		}
		if found[i].by == "age" { // in its own order
			slices.SortFunc(c.Parts, func(x, y Part) int { return cmp.Compare(x.Key, y.Key) })
			continue
		}
		if len(c.Parts) > crowdParts {
			c.More = len(c.Parts) - crowdParts
			c.Parts = c.Parts[:crowdParts]
		}
	}
	return out, nil
}

// partWord says a trait in words: genders and countries come as codes.
func partWord(by, key string) words.Text {
	switch by {
	case "gender":
		if id, ok := genders[key]; ok {
			return words.New(id)
		}
	case "country":
		return words.Written(words.Region(key))
	}
	return words.Plain(key)
}

var (
	genders = map[string]string{"F": "creator.gender.women", "M": "creator.gender.men", "U": "creator.gender.unknown"}
	traits  = map[string]string{
		"age":     "creator.trait.age",
		"gender":  "creator.trait.gender",
		"country": "creator.trait.country",
		"city":    "creator.trait.city",
	}
)

func audienceLabel(of, by string) words.Text {
	trait := accounts.Named(traits, by)
	switch of {
	case "followers":
		return words.New("creator.audience.followers", "Trait", trait)
	case "engaged":
		return words.New("creator.audience.engaged", "Trait", trait)
	default:
		return words.New("creator.audience.any", "Who", of, "Trait", trait)
	}
}
