package alerts

import (
	"context"
	"fmt"
	"slices"

	"github.com/truecount/truecount/app/health"
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

// Rule is one cause of alerts with all that belongs to it. A rule is added by adding one value to Rules; a test refuses one
// that lacks a part.
type Rule struct {
	ID       string // in the database, in messages and in JSON: never changed
	Severity Severity
	Name     string // "Too many syncs fail"
	NameOf   string // the same of one platform, with %s for its name; empty for what is of no platform
	Means    string // what it means, and for whom
	Does     string // what Truecount does about it by itself
	Todo     string // what a person can do
	// Roots are the ids of the rules that explain this one on the same platform, or on every platform when they are of none:
	// while an alert of one of them is open and was told of, what follows from it is shown and not told of by itself. A
	// warning that outlives its root is told of a day later: the message that the root is over has said what is left. A root
	// stands before what follows from it.
	Roots []string
	// Thresholds are the numbers that an admin may set; none for a rule that simply holds or does not.
	Thresholds []Threshold
	// Check gives what holds now: a condition for each platform, or each scope, and none when all is well.
	Check func(context.Context, *evaluation) ([]Condition, error)
}

// Threshold is one number of a rule that an admin may set.
type Threshold struct {
	Name        string // of the form's field; the stored settings spell it in camel case
	Label, Unit string // as the form says them
	Default     int
	Min, Max    int // inclusive
}

// Condition is something that holds now and is worth an alert. Its rule, platform and scope are what an alert is one of.
type Condition struct {
	Platform string // a platform's id; empty: of none
	Scope    string // what the rule tells apart within a platform: a quota, a metric; mostly empty
	Count    int    // how many are affected, at least 1
	Message  string // one sentence for the list and the message
}

// Rules is every rule, those first that need somebody most: alerts are opened, and shown where one must do, in this order.
var Rules = []Rule{
	{
		ID: health.ReasonDatabaseNotWritable, Severity: SeverityCritical,
		Name:  "The database takes no writes",
		Means: "Nothing can be synced or saved, and no token is renewed; pages show what was there before.",
		Does:  "It is tried again every minute, and syncing goes on by itself.",
		Todo:  "Look at the disk's free space and at the database's own log.",
		Check: databaseNotWritable,
	},
	{
		ID: health.ReasonSchedulerSilent, Severity: SeverityCritical,
		Name:  "The scheduler is silent",
		Means: "No sync starts by itself, and no token is renewed.",
		Does:  "Missed syncs are caught up once it ticks again.",
		Todo:  "Look at the process's log and start it again.",
		Check: judged(nil),
	},
	{
		ID: health.ReasonAppRefused, Severity: SeverityCritical,
		Name:   "A platform refuses this installation",
		NameOf: "%s refuses this installation",
		Means:  "None of its accounts can be synced. No creator has done anything wrong, and none is asked to reconnect.",
		Does:   "The platform is asked again every hour, and at once when an admin retries; access is kept as it is.",
		Todo:   "Compare client id, secret and review status with the platform's developer page, mend it, then retry.",
		Check:  judged(func(p *health.PlatformFacts) int { return p.Refused }),
	},
	{
		ID: health.ReasonPlatformDown, Severity: SeverityCritical,
		Name:   "A platform fails altogether",
		NameOf: "%s fails altogether",
		Means:  "Its numbers stay as they were, with their date.",
		Does:   "Calls are held back and tried again by themselves.",
		Todo:   "Nothing, unless it lasts: then look at the platform's status page. What gave up meanwhile can be retried with one click.",
		Roots:  []string{health.ReasonAppRefused, health.ReasonDatabaseNotWritable},
		Check:  judged(func(p *health.PlatformFacts) int { return p.Broken }),
	},
	{
		ID: RuleTokenTampered, Severity: SeverityCritical,
		Name:   "Stored access was changed",
		NameOf: "Stored access to %s was changed",
		Means:  "Somebody wrote to the database: the access is not used and was left as it is.",
		Does:   "Nothing is done with it.",
		Todo:   "Find out who can write to the database, then let the creators reconnect.",
		Check:  tokenTampered,
	},
	{
		ID: health.ReasonScheduleLate, Severity: SeverityCritical,
		Name:   "A scheduled sync has not started",
		NameOf: "The scheduled sync of %s has not started",
		Means:  "Numbers are getting old.",
		Does:   "It is started at the next tick.",
		Todo:   "Look whether the process runs and whether the platform is paused.",
		Roots:  []string{health.ReasonSchedulerSilent, health.ReasonDatabaseNotWritable},
		Thresholds: []Threshold{
			{"late_minutes", "A schedule is late", "minutes", 15, 5, 1440},
		},
		Check: judged(nil),
	},
	{
		ID: RuleQueueStuck, Severity: SeverityCritical,
		Name:   "The queue does not move",
		NameOf: "The queue of %s does not move",
		Means:  "Syncs wait and none is worked on.",
		Does:   "Lost work is found and taken up again within minutes.",
		Todo:   "Look whether a worker runs (serve without --no-worker) and at its log.",
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
		Name:   "A sync is stuck",
		NameOf: "A sync of %s is stuck",
		Means:  "Its account is not synced until it is taken up again.",
		Does:   "It is taken up again within two minutes, once the database works.",
		Todo:   "Look at the process's log; if it lasts, start the process again.",
		Roots:  []string{health.ReasonSchedulerSilent, health.ReasonDatabaseNotWritable},
		Check:  judged(func(p *health.PlatformFacts) int { return p.Stuck }),
	},
	{
		ID: health.ReasonFailureRate, Severity: SeverityWarning,
		Name:   "Too many syncs fail",
		NameOf: "Too many syncs of %s fail",
		Means:  "The accounts keep their last numbers, with their date.",
		Does:   "Failed syncs are tried again, five times at most; then the schedule tries them the next day.",
		Todo:   "Look at the reasons, mend what they name, and retry all of one reason.",
		Roots:  []string{health.ReasonAppRefused, health.ReasonPlatformDown, health.ReasonDatabaseNotWritable},
		Thresholds: []Threshold{
			{"failure_percent", "Failed syncs, more than", "% of 24 h", 10, 0, 99},
			{"failure_runs", "of at least", "runs", 10, 1, 1_000_000},
		},
		Check: judged(func(p *health.PlatformFacts) int { return p.Counts.Failed }),
	},
	{
		ID: RuleDeadLetter, Severity: SeverityWarning,
		Name:   "Syncs have given up",
		NameOf: "Syncs of %s have given up",
		Means:  "These accounts keep their last numbers until a sync succeeds.",
		Does:   "The schedule tries them again at its next time.",
		Todo:   "Retry or dismiss them.",
		Roots: []string{
			health.ReasonAppRefused,
			health.ReasonPlatformDown,
			health.ReasonFailureRate,
			health.ReasonDatabaseNotWritable,
		},
		Thresholds: []Threshold{
			{"dead_letters", "Gave up, at least", "runs", 1, 1, 1_000_000},
		},
		Check: deadLetters,
	},
	{
		ID: RuleTokenExpired, Severity: SeverityWarning,
		Name:   "Access has ended",
		NameOf: "Access to %s has ended",
		Means:  "These accounts are not synced, and no calls are spent on them.",
		Does:   "Their creators are asked to reconnect by mail, if SMTP_URL is set.",
		Todo:   "Send a reconnect link where it is urgent.",
		Thresholds: []Threshold{
			{"expired", "Access ended, at least", "accounts", 1, 1, 1_000_000},
		},
		Check: tokenExpired,
	},
	{
		ID: RuleRateLimitHit, Severity: SeverityWarning,
		Name:   "A rate limit was hit",
		NameOf: "A rate limit of %s was hit",
		Means:  "Some syncs wait for the limit to end; they use up no attempt.",
		Does:   "They go on by themselves at the time that the platform named.",
		Todo:   "If it happens daily, look at what the quotas carry.",
		Thresholds: []Threshold{
			{"rate_limits", "Rate limits, at least", "runs in 24 h", 1, 1, 1_000_000},
		},
		Check: rateLimited,
	},
	{
		ID: RuleQuotaSpent, Severity: SeverityWarning,
		Name:   "A quota is nearly spent",
		NameOf: "A quota of %s is nearly spent",
		Means:  "What does not fit any more waits for the next window.",
		Does:   "Profiles go before posts, and who waits for a result before the schedule.",
		Todo:   "If it happens daily, look at what each setting would change.",
		Thresholds: []Threshold{
			{"quota_percent", "A quota is spent to", "%", 80, 1, 100},
		},
		Check: quotaSpent,
	},
	{
		ID: RuleMetricWithdrawn, Severity: SeverityWarning,
		Name:   "A number is not given any more",
		NameOf: "A number of %s is not given any more",
		Means:  "This number is missing everywhere; nothing else is.",
		Does:   "It is asked for again within a week.",
		Todo:   "Read the platform's change log: it may have a new name.",
		Check:  metricWithdrawn,
	},
	{
		ID: RuleBackupFailed, Severity: SeverityWarning,
		Name:  "There is no recent backup",
		Means: "After a loss of the disk everything since the last backup would be gone.",
		Does:  "It is tried again every hour.",
		Todo:  "Look at the free space and the rights of the backup folder.",
		Roots: []string{health.ReasonDatabaseNotWritable},
		Check: backupFailed,
	},
}

// RuleOf gives a rule; an unknown one, of an older version, has only its id for a name.
func RuleOf(id string) Rule {
	if i := rank(id); i >= 0 {
		return Rules[i]
	}
	return Rule{ID: id, Name: id, Severity: SeverityWarning}
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
func (r Rule) title(platform string) string {
	if r.NameOf == "" || platform == "" {
		return r.Name
	}
	return fmt.Sprintf(r.NameOf, platform)
}
