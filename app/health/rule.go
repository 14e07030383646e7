package health

import (
	"fmt"
	"slices"
)

// Severities. What is critical does not wait for quiet hours to end.
const (
	Critical = "critical"
	Warning  = "warning"
)

// Rule is one cause of alerts: what it is called, how bad it is, and what is said beside the facts.
type Rule struct {
	ID       string
	Name     string // "Too many syncs fail"
	Of       string // the same of one platform, with %s for its name
	Severity string
	Means    string // what it means for whom
	Does     string // what is done about it by itself
	Todo     string // what a person can do
}

// Rules is every rule, those first that need somebody most.
var Rules = []Rule{
	{DatabaseNotWritable, "The database takes no writes", "", Critical,
		"Nothing can be synced or saved, and no token is renewed; pages show what was there before.",
		"It is tried again every minute, and syncing goes on by itself.", "Look at the disk's free space and at the database's own log."},
	{SchedulerSilent, "The scheduler is silent", "", Critical,
		"No sync starts by itself, and no token is renewed.", "Missed syncs are caught up once it ticks again.", "Look at the process's log and start it again."},
	{AppRefused, "A platform refuses this installation", "%s refuses this installation", Critical,
		"None of its accounts can be synced. No creator has done anything wrong, and none is asked to reconnect.",
		"The platform is asked again every hour, and at once when an admin retries; access is kept as it is.", "Compare client id, secret and review status with the platform's developer page, mend it, then retry."},
	{PlatformDown, "A platform fails altogether", "%s fails altogether", Critical,
		"Its numbers stay as they were, with their date.", "Calls are held back and tried again by themselves.", "Nothing, unless it lasts: then look at the platform's status page. What gave up meanwhile can be retried with one click."},
	{TokenTampered, "Stored access was changed", "Stored access to %s was changed", Critical,
		"Somebody wrote to the database: the access is not used and was left as it is.", "Nothing is done with it.", "Find out who can write to the database, then let the creators reconnect."},
	{ScheduleLate, "A scheduled sync has not started", "The scheduled sync of %s has not started", Critical,
		"Numbers are getting old.", "It is started at the next tick.", "Look whether the process runs and whether the platform is paused."},
	{QueueStuck, "The queue does not move", "The queue of %s does not move", Critical,
		"Syncs wait and none is worked on.", "Lost work is found and taken up again within minutes.", "Look whether a worker runs (serve without --no-worker) and at its log."},
	{RunStuck, "A sync is stuck", "A sync of %s is stuck", Critical,
		"Its account is not synced until it is taken up again.", "It is taken up again within two minutes, once the database works.", "Look at the process's log; if it lasts, start the process again."},
	{FailureRate, "Too many syncs fail", "Too many syncs of %s fail", Warning,
		"The accounts keep their last numbers, with their date.", "Failed syncs are tried again, five times at most; then the schedule tries them the next day.", "Look at the reasons, mend what they name, and retry all of one reason."},
	{DeadLetter, "Syncs have given up", "Syncs of %s have given up", Warning,
		"These accounts keep their last numbers until a sync succeeds.", "The schedule tries them again at its next time.", "Retry or dismiss them."},
	{TokenExpired, "Access has ended", "Access to %s has ended", Warning,
		"These accounts are not synced, and no calls are spent on them.", "Their creators are asked to reconnect by mail, if SMTP_URL is set.", "Send a reconnect link where it is urgent."},
	{RateLimitHit, "A rate limit was hit", "A rate limit of %s was hit", Warning,
		"Some syncs wait for the limit to end; they use up no attempt.", "They go on by themselves at the time that the platform named.", "If it happens daily, look at what the quotas carry."},
	{QuotaSpent, "A quota is nearly spent", "A quota of %s is nearly spent", Warning,
		"What does not fit any more waits for the next window.", "Profiles go before posts, and who waits for a result before the schedule.", "If it happens daily, look at what each setting would change."},
	{MetricWithdrawn, "A number is not given any more", "A number of %s is not given any more", Warning,
		"This number is missing everywhere; nothing else is.", "It is asked for again within a week.", "Read the platform's change log: it may have a new name."},
	{BackupFailed, "There is no recent backup", "", Warning,
		"After a loss of the disk everything since the last backup would be gone.", "It is tried again every hour.", "Look at the free space and the rights of the backup folder."},
}

// RuleOf gives a rule; an unknown one, of an older version, has only its id.
func RuleOf(id string) Rule {
	if i := slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == id }); i >= 0 {
		return Rules[i]
	}
	return Rule{ID: id, Name: id, Severity: Warning}
}

// title names a rule, of a platform if there is one.
func (r Rule) title(platform string) string {
	if r.Of == "" || platform == "" {
		return r.Name
	}
	return fmt.Sprintf(r.Of, platform)
}

// roots are the rules that explain others on the same platform (or on every platform, when they are of none): while
// one is open and told of, what follows from it is shown and not told of by itself. A warning that outlives its root is
// told of a day later: the root's end has said what is left.
var roots = map[string][]string{
	DeadLetter:   {AppRefused, PlatformDown, FailureRate, DatabaseNotWritable},
	FailureRate:  {AppRefused, PlatformDown, DatabaseNotWritable},
	PlatformDown: {AppRefused, DatabaseNotWritable},
	ScheduleLate: {SchedulerSilent, DatabaseNotWritable},
	QueueStuck:   {SchedulerSilent, AppRefused, PlatformDown, DatabaseNotWritable},
	RunStuck:     {SchedulerSilent, DatabaseNotWritable},
	BackupFailed: {DatabaseNotWritable},
}
