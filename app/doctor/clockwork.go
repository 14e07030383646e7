package doctor

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/outbound"
)

// clockworkChecks look at what runs by the clock, and what it should have done.
type clockworkChecks struct{ o Options }

func worked(what, subject string) finding { return about(Clockwork, "clockwork."+what, subject) }

// clockwork looks at time, at the scheduler, and at what is done regularly.
func (d clockworkChecks) all(ctx context.Context, offline, through bool) []console.Finding {
	in := func(checks func() []console.Finding) []console.Finding { return guarded(Clockwork, checks) }
	out := in(func() []console.Finding { return single(d.clock(ctx, offline)) })
	out = append(out, in(func() []console.Finding { return d.scheduler(ctx) })...)
	if d.o.Alerts != nil {
		out = append(out, in(func() []console.Finding { return single(d.openAlerts(ctx)) })...)
	}
	return append(out, in(func() []console.Finding { return d.kept(ctx, through) })...)
}

func (d clockworkChecks) openAlerts(ctx context.Context) console.Finding {
	f := worked("alerts", "alerts")
	switch n, err := d.o.Alerts.CountOpen(ctx); {
	case err != nil:
		return f.unknown(err)
	case n > 0:
		return f.warn(counted(n, "alert is", "alerts are")+" open.", "Look at Sync health.")
	default:
		return f.ok("No alert is open.")
	}
}

const (
	offWarn = time.Minute
	offFail = 5 * time.Minute
	sentIn  = time.Second // a Date header tells whole seconds
)

// clock holds this machine's time against another's.
func (d clockworkChecks) clock(ctx context.Context, offline bool) console.Finding {
	f := worked("clock", "clock")
	var ahead time.Duration
	who := ""
	if d.o.Store != nil && !d.o.Store.Embedded() {
		skew, err := d.o.Store.Skew(ctx, d.o.Real)
		if err != nil {
			return f.unknown(err)
		}
		ahead, who = -skew, "the database"
	}
	if !offline && !d.o.Config.Sandbox && d.configured() {
		if a, w := d.clockOf(ctx); w != "" {
			ahead, who = a, w
		} else if who == "" {
			return f.with(console.FindingUnknown, "No platform told the time.", "Run doctor again; if it stays so, look whether this machine reaches them.")
		}
	}
	off := max(0, ahead.Abs()-sentIn).Round(time.Second)
	words := fmt.Sprintf(
		"This machine's clock is %s %s %s's.",
		off,
		map[bool]string{true: "ahead of", false: "behind"}[ahead > 0],
		who,
	)
	const todo = "Set the clock, and let the system keep it by NTP."
	switch {
	case who == "":
		return f.skipped("Nobody was asked for the time.")
	case off >= offFail:
		return f.fail(words, todo)
	case off >= offWarn:
		return f.warn(words, todo)
	default:
		return f.ok("This machine's clock agrees with %s's.", who)
	}
}

func (d clockworkChecks) configured() bool {
	for _, p := range d.o.Config.Platforms {
		if p.Configured() {
			return true
		}
	}
	return false
}

const silent = 5 * time.Minute // without a tick

// scheduler looks whether syncs begin when they should.
func (d clockworkChecks) scheduler(ctx context.Context) []console.Finding {
	f := worked("scheduler", "scheduler")
	if d.o.Tick == nil || d.o.Served == nil || d.o.Health == nil {
		return []console.Finding{f.skipped("Without a database that is ready there is no schedule.")}
	}
	served, err := d.o.Served(ctx)
	if err != nil {
		return []console.Finding{f.unknown(err)}
	}
	last, err := d.o.Tick(ctx)
	age := d.o.Now().Sub(last).Round(time.Second)
	switch {
	case err != nil:
		return []console.Finding{f.unknown(err)}
	case !served && last.IsZero():
		return []console.Finding{f.skipped("No serve has run yet, so nothing is scheduled.")}
	case !served:
		return []console.Finding{
			f.warn(fmt.Sprintf("No serve is at work; the scheduler last ticked %s ago.", age), "Start truecount serve."),
		}
	case last.IsZero():
		return []console.Finding{f.warn("The scheduler has not ticked yet.", "Look again in a minute.")}
	case age > silent:
		return []console.Finding{
			f.fail(
				fmt.Sprintf("A serve is at work and the scheduler has not ticked for %s.", age),
				"Restart serve, and look at its log.",
			),
		}
	}
	return append([]console.Finding{f.ok("The scheduler ticked %s ago.", age)}, d.runs(ctx)...)
}

// runs tells when each platform is next, and what is ill.
func (d clockworkChecks) runs(ctx context.Context) []console.Finding {
	f := worked("syncs", "syncs")
	r, err := d.o.Health.Report(ctx)
	if err != nil {
		return []console.Finding{f.unknown(err)}
	}
	var out []console.Finding
	for _, why := range r.Reasons {
		if why.Code == health.ReasonSchedulerSilent || why.Code == health.ReasonDatabaseNotWritable {
			continue // told above
		}
		out = append(out, f.fail(why.Message, "Look at Sync health for the runs and their causes."))
	}
	for _, p := range r.Platforms {
		if !p.Configured || p.NextRun == nil {
			continue
		}
		last := "never yet"
		if p.LastSuccess != nil {
			last = p.LastSuccess.UTC().Format("2 Jan 15:04 MST")
		}
		out = append(
			out,
			worked(
				"next."+p.Platform,
				p.Platform,
			).ok("The next sync is at %s, the last success was %s.", p.NextRun.UTC().Format("2 Jan 15:04 MST"), last),
		)
	}
	return out
}

// kept looks at the audit log and the backups, where there are any.
func (d clockworkChecks) kept(ctx context.Context, through bool) []console.Finding {
	var out []console.Finding
	if d.o.Audit != nil {
		out = append(out, d.audit(ctx, through))
	}
	switch c := d.o.Config; {
	case d.o.LastBackup != nil:
		out = append(out, d.backup())
	case d.o.Store != nil && !c.Sandbox && c.DataDir != "":
		out = append(
			out,
			worked(
				"backup",
				"backups",
			).manual("No copies of the database are made here.", "See to it that something else copies it daily."),
		)
	}
	return out
}

func (d clockworkChecks) audit(ctx context.Context, through bool) console.Finding {
	f := worked("audit", "audit log")
	if !through {
		return f.unread()
	}
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	n, wrong, err := d.o.Audit(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return f.skipped(fmt.Sprintf("The audit log is too long to read in %s.", lookLimit))
	case err != nil:
		return f.unknown(err)
	case wrong != "":
		return f.fail(
			"The audit log was changed: "+wrong+".",
			"Compare it with a backup: somebody wrote into the database.",
		)
	default:
		return f.ok("The audit log's %s are as they were written.", counted(n, "event", "events"))
	}
}

func (d clockworkChecks) backup() console.Finding {
	f := worked("backup", "backups")
	last, err := d.o.LastBackup()
	age := d.o.Now().Sub(last).Round(time.Minute)
	switch {
	case err != nil:
		return f.fail(
			"The last copy of the database could not be made: "+sentence(err),
			"Look at BACKUP_DIR and at free space.",
		)
	case last.IsZero():
		return f.warn("There is no backup yet; serve makes the first.", "Start serve, or run truecount backup FILE.")
	case d.o.BackupEvery > 0 && age > 2*d.o.BackupEvery:
		return f.warn(
			fmt.Sprintf("The last backup is %s old, and one is made every %s.", age, d.o.BackupEvery),
			"Look at free space and the log.",
		)
	default:
		return f.ok("The last backup is %s old.", age)
	}
}

// clockOf asks the platforms what time it is. It gives how far this machine is ahead, and who said so;
// nobody when none did.
func (d clockworkChecks) clockOf(ctx context.Context) (ahead time.Duration, who string) {
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	for _, m := range d.o.Makers {
		s, _ := d.o.Config.Platform(m.Spec.ID)
		if !s.Configured() || d.o.Client == nil || len(m.Spec.Settings.URLs) == 0 {
			continue
		}
		u, err := url.Parse(s.URLs[m.Spec.Settings.URLs[len(m.Spec.Settings.URLs)-1].Suffix])
		if err != nil {
			continue
		}
		begin := d.o.Real()
		r, err := d.o.Client.Do(ctx, outbound.Request{
			Platform: m.Spec.ID, Endpoint: "/", Bucket: outbound.Free, Once: true, Unfollowed: true, Method: "HEAD", URL: u.Scheme + "://" + u.Host + "/",
		})
		if err != nil {
			continue
		}
		took := d.o.Real().Sub(begin)
		if at, err := time.Parse(time.RFC1123, r.Header.Get("Date")); err == nil {
			return begin.Add(took / 2).Sub(at), m.Spec.Name
		}
	}
	return 0, ""
}
