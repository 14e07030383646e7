package alerts

import (
	"context"
	"slices"

	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/words"
)

// The rules beyond health's reasons, which are rules as well.
const (
	RuleTokenExpired = "TOKEN_EXPIRED" // #nosec G101 -- a rule's name
	// RuleTokenTampered is a sealed token that is not what we stored: somebody wrote to the database.
	RuleTokenTampered = "TOKEN_TAMPERED" // #nosec G101 -- a rule's name
	RuleRateLimitHit  = "RATE_LIMIT_HIT"
	RuleDeadLetter    = "DEAD_LETTER"
	RuleQuotaSpent    = "QUOTA_SPENT"
	// RuleMetricWithdrawn is a metric that a platform refuses everybody: it is left out, the rest goes on.
	RuleMetricWithdrawn = "METRIC_WITHDRAWN"
	// RuleQueueStuck is runs that wait while none of their platform moves.
	RuleQueueStuck = "QUEUE_STUCK"
	// RuleBackupFailed is a scheduled copy of the database that has not been made.
	RuleBackupFailed = "BACKUP_FAILED"
)

// Severity says how bad an alert is.
type Severity string

// The severities. What is critical does not wait for quiet hours to end.
const (
	SeverityCritical Severity = "critical"
	SeverityWarning  Severity = "warning"
)

// Rule is one cause of alerts with all that belongs to it. A rule is added by adding one value to Rules; a test refuses
// one that lacks a part.
type Rule struct {
	ID       string // in the database, in messages and in JSON: never changed
	Severity Severity
	Name     words.Text                       // "Too many syncs fail"
	NameOf   func(platform string) words.Text // the same of one platform by its name; nil for what is of no platform
	Means    words.Text                       // what it means, and for whom
	Does     words.Text                       // what Truecount does about it by itself
	Todo     words.Text                       // what a person can do
	// Roots are the ids of the rules that explain this one on the same platform, or on every platform when they are of
	// none: while an alert of one of them is open and was announced, what follows from it is shown and not announced by
	// itself. A warning that outlives its root is announced a day later: the message that the root is resolved has said
	// what is left. A root stands before what follows from it.
	Roots []string
	// Thresholds are the numbers that an admin may set; none for a rule that simply holds or does not.
	Thresholds []Threshold
	// Check gives what holds now: a condition for each platform, or each scope, and none when all is well.
	Check func(context.Context, *evaluation) ([]Condition, error)
}

// Threshold is one number of a rule that an admin may set.
type Threshold struct {
	Name        string     // of the form's field; the stored settings spell it in camel case
	Label, Unit words.Text // as the form says them
	Default     int
	Min, Max    int // inclusive
}

// Condition is something that holds now and is worth an alert. Its rule, platform and scope are what an alert is one
// of.
type Condition struct {
	Platform string // a platform's id; empty: of none
	Scope    string // what the rule distinguishes within a platform: a quota, a metric; mostly empty
	Count    int    // how many are affected, at least 1
	Message  string // one sentence for the list and the message
}

// Rules is every rule, those first that need somebody most: alerts are opened, and shown where one must do, in this
// order.
var Rules = []Rule{
	{
		ID: health.ReasonDatabaseNotWritable, Severity: SeverityCritical,
		Name:  words.New("alerts.db.name"),
		Means: words.New("alerts.db.means"),
		Does:  words.New("alerts.db.does"),
		Todo:  words.New("alerts.db.todo"),
		Check: databaseNotWritable,
	},
	{
		ID: health.ReasonSchedulerSilent, Severity: SeverityCritical,
		Name:  words.New("alerts.scheduler.name"),
		Means: words.New("alerts.scheduler.means"),
		Does:  words.New("alerts.scheduler.does"),
		Todo:  words.New("alerts.scheduler.todo"),
		Check: judged(nil),
	},
	{
		ID: health.ReasonAppRefused, Severity: SeverityCritical,
		Name:   words.New("alerts.appRefused.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.appRefused.nameOf", "Platform", platform) },
		Means:  words.New("alerts.appRefused.means"),
		Does:   words.New("alerts.appRefused.does"),
		Todo:   words.New("alerts.appRefused.todo"),
		Check:  judged(func(p *health.PlatformFacts) int { return p.Refused }),
	},
	{
		ID: health.ReasonPlatformDown, Severity: SeverityCritical,
		Name:   words.New("alerts.platformDown.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.platformDown.nameOf", "Platform", platform) },
		Means:  words.New("alerts.platformDown.means"),
		Does:   words.New("alerts.platformDown.does"),
		Todo:   words.New("alerts.platformDown.todo"),
		Roots:  []string{health.ReasonAppRefused, health.ReasonDatabaseNotWritable},
		Check:  judged(func(p *health.PlatformFacts) int { return p.Broken }),
	},
	{
		ID: RuleTokenTampered, Severity: SeverityCritical,
		Name:   words.New("alerts.tampered.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.tampered.nameOf", "Platform", platform) },
		Means:  words.New("alerts.tampered.means"),
		Does:   words.New("alerts.tampered.does"),
		Todo:   words.New("alerts.tampered.todo"),
		Check:  tokenTampered,
	},
	{
		ID: health.ReasonScheduleLate, Severity: SeverityCritical,
		Name:   words.New("alerts.late.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.late.nameOf", "Platform", platform) },
		Means:  words.New("alerts.late.means"),
		Does:   words.New("alerts.late.does"),
		Todo:   words.New("alerts.late.todo"),
		Roots:  []string{health.ReasonSchedulerSilent, health.ReasonDatabaseNotWritable},
		Thresholds: []Threshold{
			{"late_minutes", words.New("alerts.threshold.late"), words.New("alerts.unit.minutes"), 15, 5, 1440},
		},
		Check: judged(nil),
	},
	{
		ID: RuleQueueStuck, Severity: SeverityCritical,
		Name:   words.New("alerts.queue.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.queue.nameOf", "Platform", platform) },
		Means:  words.New("alerts.queue.means"),
		Does:   words.New("alerts.queue.does"),
		Todo:   words.New("alerts.queue.todo"),
		Roots: []string{
			health.ReasonSchedulerSilent,
			health.ReasonAppRefused,
			health.ReasonPlatformDown,
			health.ReasonDatabaseNotWritable,
		},
		Check: queueStuck,
	},
	{
		ID: health.ReasonRunStuck, Severity: SeverityCritical,
		Name:   words.New("alerts.stuck.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.stuck.nameOf", "Platform", platform) },
		Means:  words.New("alerts.stuck.means"),
		Does:   words.New("alerts.stuck.does"),
		Todo:   words.New("alerts.stuck.todo"),
		Roots:  []string{health.ReasonSchedulerSilent, health.ReasonDatabaseNotWritable},
		Check:  judged(func(p *health.PlatformFacts) int { return p.Stuck }),
	},
	{
		ID: health.ReasonFailureRate, Severity: SeverityWarning,
		Name:   words.New("alerts.failureRate.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.failureRate.nameOf", "Platform", platform) },
		Means:  words.New("alerts.failureRate.means"),
		Does:   words.New("alerts.failureRate.does"),
		Todo:   words.New("alerts.failureRate.todo"),
		Roots:  []string{health.ReasonAppRefused, health.ReasonPlatformDown, health.ReasonDatabaseNotWritable},
		Thresholds: []Threshold{
			{"failure_percent", words.New("alerts.threshold.failed"), words.New("alerts.unit.percent24h"), 10, 0, 99},
			{"failure_runs", words.New("alerts.threshold.atLeast"), words.New("alerts.unit.syncs"), 10, 1, 1_000_000},
		},
		Check: judged(func(p *health.PlatformFacts) int { return p.Counts.Failed }),
	},
	{
		ID: RuleDeadLetter, Severity: SeverityWarning,
		Name:   words.New("alerts.gaveUp.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.gaveUp.nameOf", "Platform", platform) },
		Means:  words.New("alerts.gaveUp.means"),
		Does:   words.New("alerts.gaveUp.does"),
		Todo:   words.New("alerts.gaveUp.todo"),
		Roots: []string{
			health.ReasonAppRefused,
			health.ReasonPlatformDown,
			health.ReasonFailureRate,
			health.ReasonDatabaseNotWritable,
		},
		Thresholds: []Threshold{
			{"dead_letters", words.New("alerts.threshold.gaveUp"), words.New("alerts.unit.syncs"), 1, 1, 1_000_000},
		},
		Check: deadLetters,
	},
	{
		ID: RuleTokenExpired, Severity: SeverityWarning,
		Name:   words.New("alerts.expired.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.expired.nameOf", "Platform", platform) },
		Means:  words.New("alerts.expired.means"),
		Does:   words.New("alerts.expired.does"),
		Todo:   words.New("alerts.expired.todo"),
		Thresholds: []Threshold{
			{"expired", words.New("alerts.threshold.expired"), words.New("alerts.unit.accounts"), 1, 1, 1_000_000},
		},
		Check: tokenExpired,
	},
	{
		ID: RuleRateLimitHit, Severity: SeverityWarning,
		Name:   words.New("alerts.rateLimit.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.rateLimit.nameOf", "Platform", platform) },
		Means:  words.New("alerts.rateLimit.means"),
		Does:   words.New("alerts.rateLimit.does"),
		Todo:   words.New("alerts.rateLimit.todo"),
		Thresholds: []Threshold{
			{"rate_limits", words.New("alerts.threshold.rateLimits"), words.New("alerts.unit.syncs24h"), 1, 1, 1_000_000},
		},
		Check: rateLimited,
	},
	{
		ID: RuleQuotaSpent, Severity: SeverityWarning,
		Name:   words.New("alerts.quota.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.quota.nameOf", "Platform", platform) },
		Means:  words.New("alerts.quota.means"),
		Does:   words.New("alerts.quota.does"),
		Todo:   words.New("alerts.quota.todo"),
		Thresholds: []Threshold{
			{"quota_percent", words.New("alerts.threshold.quota"), words.New("alerts.unit.percent"), 80, 1, 100},
		},
		Check: quotaSpent,
	},
	{
		ID: RuleMetricWithdrawn, Severity: SeverityWarning,
		Name:   words.New("alerts.metric.name"),
		NameOf: func(platform string) words.Text { return words.New("alerts.metric.nameOf", "Platform", platform) },
		Means:  words.New("alerts.metric.means"),
		Does:   words.New("alerts.metric.does"),
		Todo:   words.New("alerts.metric.todo"),
		Check:  metricWithdrawn,
	},
	{
		ID: RuleBackupFailed, Severity: SeverityWarning,
		Name:  words.New("alerts.noBackup.name"),
		Means: words.New("alerts.noBackup.means"),
		Does:  words.New("alerts.noBackup.does"),
		Todo:  words.New("alerts.noBackup.todo"),
		Roots: []string{health.ReasonDatabaseNotWritable},
		Check: backupFailed,
	},
}

// RuleOf gives a rule; an unknown one, of an older version, has only its id for a name.
func RuleOf(id string) Rule {
	if i := rank(id); i >= 0 {
		return Rules[i]
	}
	return Rule{ID: id, Name: words.Plain(id), Severity: SeverityWarning}
}

// rank is a rule's place in the order of rules; -1 for an unknown one.
func rank(id string) int { return slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == id }) }

// Known reports whether this build has such a rule.
func Known(id string) bool { return rank(id) >= 0 }

// Thresholds lists the numbers that can be set, of all rules in their order.
func Thresholds() []Threshold {
	var out []Threshold
	for _, r := range Rules {
		out = append(out, r.Thresholds...)
	}
	return out
}

// title names a rule, of a platform if there is one.
func (r Rule) title(platform string) words.Text {
	if r.NameOf == nil || platform == "" {
		return r.Name
	}
	return r.NameOf(platform)
}
