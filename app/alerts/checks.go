package alerts

import (
	"context"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/hold"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/refusal"
	"github.com/truecount/truecount/ent/run"
)

// evaluation is one check of all rules against the same facts and settings.
type evaluation struct {
	*Alerts
	rule     Rule          // that is checked
	facts    *health.Facts // nil while the database takes no writes: then only rules that need no facts are checked
	settings Settings
	refused  error // why the database takes no writes; nil when it does

	reasons []health.Reason // judged by the settings' bounds
}

// evaluate checks every rule that is not switched off, and gives what holds.
func (e *evaluation) evaluate(ctx context.Context) (map[cause]Condition, error) {
	e.reasons = e.health.Judge(e.facts, health.Bounds{
		Runs: e.settings.Value("failure_runs"), Rate: float64(e.settings.Value("failure_percent")) / 100,
		Late: time.Duration(e.settings.Value("late_minutes")) * time.Minute,
	})
	out := map[cause]Condition{}
	for _, r := range Rules {
		if !e.settings.RuleOn(r.ID) {
			continue
		}
		found, err := e.check(ctx, r)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			out[cause{r.ID, c.Platform, c.Scope}] = c
		}
	}
	return out, nil
}

func (e *evaluation) check(ctx context.Context, r Rule) ([]Condition, error) {
	one := *e
	one.rule = r
	return r.Check(ctx, &one)
}

// judged is the check of a rule that health has a reason for. count gives how many runs of a platform are affected;
// nil: one, as for a reason that is of no platform.
func judged(count func(*health.PlatformFacts) int) func(context.Context, *evaluation) ([]Condition, error) {
	return func(_ context.Context, e *evaluation) ([]Condition, error) {
		var out []Condition
		for _, r := range e.reasons {
			if r.Code != e.rule.ID {
				continue
			}
			c := Condition{Count: 1, Message: r.Message.String()}
			if r.Platform != nil {
				c.Platform = *r.Platform
				if count != nil {
					c.Count = count(e.facts.Platforms[c.Platform])
				}
			}
			out = append(out, c)
		}
		return out, nil
	}
}

// counted gives a condition for each platform of which at least so many are affected, and at least one.
func (e *evaluation) counted(
	least int,
	count func(*health.PlatformFacts) int,
	message func(platformName string, n int) string,
) []Condition {
	var out []Condition
	for _, s := range e.platforms.Specs() {
		if n := count(e.facts.Platforms[s.ID]); n > 0 && n >= least {
			out = append(out, Condition{Platform: s.ID, Count: n, Message: message(s.Name, n)})
		}
	}
	return out
}

func databaseNotWritable(_ context.Context, e *evaluation) ([]Condition, error) {
	if e.refused == nil {
		return nil, nil
	}
	return []Condition{{Count: 1, Message: health.NotWritable(e.refused).Message.String()}}, nil
}

func tokenExpired(_ context.Context, e *evaluation) ([]Condition, error) {
	return e.counted(
		e.settings.Value("expired"),
		func(p *health.PlatformFacts) int { return p.NeedsReconnect },
		expiredMessage,
	), nil
}

func tokenTampered(_ context.Context, e *evaluation) ([]Condition, error) {
	return e.counted(1, func(p *health.PlatformFacts) int { return p.Tampered }, tamperedMessage), nil
}

func deadLetters(_ context.Context, e *evaluation) ([]Condition, error) {
	return e.counted(
		e.settings.Value("dead_letters"),
		func(p *health.PlatformFacts) int { return p.DeadLetters },
		deadLetterMessage,
	), nil
}

func backupFailed(ctx context.Context, e *evaluation) ([]Condition, error) {
	if e.backupTrouble == nil {
		return nil, nil
	}
	if message := e.backupTrouble(ctx); message != "" {
		return []Condition{{Count: 1, Message: message}}, nil
	}
	return nil, nil
}

// limitLasts is how long a rate limit counts as one cause after the last sync that ran into it.
const limitLasts = 2 * time.Hour

// rateLimited gives a condition for each platform that limits us now, or did a moment ago, with the time it named.
func rateLimited(ctx context.Context, e *evaluation) ([]Condition, error) {
	f := e.facts
	var out []Condition
	for _, s := range e.platforms.Specs() {
		n := f.Platforms[s.ID].Counts.RateLimited
		if n == 0 || n < e.settings.Value("rate_limits") {
			continue
		}
		lately := []predicate.Run{
			run.Platform(s.ID),
			run.RateLimited(true),
			run.Or(run.CompletedAtIsNil(), run.CompletedAtGT(f.Now.Add(-limitLasts))),
		}
		there, err := e.db.Run.Query().Where(lately...).Where(f.Runs...).Exist(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the limits of %s: %w", s.ID, err)
		}
		if !there {
			continue
		}
		last, err := e.db.Run.Query().
			Where(run.Platform(s.ID), run.RateLimited(true), run.StateEQ(run.StateDeferred), run.NextAttemptAtNotNil()).
			Where(f.Runs...).
			Order(run.ByNextAttemptAt(sql.OrderDesc())).Select(run.FieldNextAttemptAt).First(ctx)
		if err != nil && !ent.IsNotFound(err) {
			return nil, fmt.Errorf("find when limits of %s end: %w", s.ID, err)
		}
		var ends *time.Time
		if last != nil {
			ends = last.NextAttemptAt
		}
		out = append(out, Condition{Platform: s.ID, Count: n, Message: rateLimitMessage(s.Name, n, ends)})
	}
	return out, nil
}

// stuckAfter is more than the half hour over which missed syncs are spread.
const stuckAfter = 45 * time.Minute

// queueStuck gives a condition for each platform whose syncs wait while none of them moves.
func queueStuck(ctx context.Context, e *evaluation) ([]Condition, error) {
	f := e.facts
	since := f.Now.Add(-stuckAfter)
	if f.Active[run.StateQueued] == 0 || e.started.After(since) { // no sync can move while this process is not running
		return nil, nil
	}
	var out []Condition
	for _, s := range e.platforms.Specs() {
		if f.Platforms[s.ID].Paused != nil || !e.platforms.Configured(s.ID) {
			continue
		}
		mine := []predicate.Run{run.Platform(s.ID)}
		waiting, err := e.db.Run.Query().
			Where(run.StateEQ(run.StateQueued), run.CreatedAtLT(since)).
			Where(mine...).
			Where(f.Runs...).
			Count(ctx)
		if err != nil {
			return nil, fmt.Errorf("count what waits: %w", err)
		}
		if waiting == 0 {
			continue
		}
		moved, err := e.db.Run.Query().
			Where(run.Or(run.ClaimedAtGT(since), run.CompletedAtGT(since))).
			Where(mine...).
			Where(f.Runs...).
			Exist(ctx)
		if err != nil {
			return nil, fmt.Errorf("check whether the queue moves: %w", err)
		}
		held, err := e.db.Hold.Query().Where(hold.ID(s.ID), hold.UntilGT(f.Now)).Exist(ctx)
		if err != nil {
			return nil, fmt.Errorf("read whether %s is held: %w", s.ID, err)
		}
		if !moved && !held {
			out = append(out, Condition{Platform: s.ID, Count: waiting, Message: stuckMessage(s.Name, waiting)})
		}
	}
	return out, nil
}

// metricWithdrawn gives a condition for each metric that a platform refused several accounts altogether.
func metricWithdrawn(ctx context.Context, e *evaluation) ([]Condition, error) {
	f := e.facts
	var rows []struct {
		Platform string `json:"platform"`
		Metric   string `json:"metric"`
		Count    int    `json:"count"`
	}
	where := []predicate.Refusal{refusal.Lone(false), refusal.AtGT(f.Now.Add(-platform.WithdrawnFor))}
	if len(f.Connections) > 0 {
		where = append(where, refusal.HasConnectionWith(f.Connections...))
	}
	err := e.db.Refusal.Query().Where(where...).
		GroupBy(refusal.FieldPlatform, refusal.FieldMetric).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read withdrawn metrics: %w", err)
	}
	var out []Condition
	for _, r := range rows {
		if r.Count >= platform.WithdrawnFrom {
			out = append(
				out,
				Condition{r.Platform, r.Metric, r.Count, withdrawnMessage(e.nameOf(r.Platform), r.Metric, r.Count)},
			)
		}
	}
	return out, nil
}

// quotaSpent gives a condition for each quota of which so many of 100 are used in a window that holds now. Of several
// windows of one quota, each counts.
func quotaSpent(ctx context.Context, e *evaluation) ([]Condition, error) {
	windows, err := e.capacity.Windows(ctx)
	if err != nil {
		return nil, err
	}
	percent := int64(e.settings.Value("quota_percent"))
	var out []Condition
	at := map[cause]int{}
	for _, w := range windows {
		if w.Limit <= 0 || w.Used*100 < w.Limit*percent {
			continue
		}
		message := spentMessage(strings.ToUpper(w.Platform)+"_"+w.Bucket, w)
		key := cause{e.rule.ID, w.Platform, w.Bucket}
		if i, ok := at[key]; ok {
			out[i].Count++
			out[i].Message = max(out[i].Message, message)
			continue
		}
		at[key] = len(out)
		out = append(out, Condition{w.Platform, w.Bucket, 1, message})
	}
	return out, nil
}
