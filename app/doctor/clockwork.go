package doctor

import (
	"context"
	"net/url"
	"time"

	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/words"
)

// clockworkChecks look at what runs by the clock, and what it should have done.
type clockworkChecks struct{ o Options }

func clockworkFinding(what, subject string) finding {
	return newFinding(console.AreaClockwork, "clockwork."+what, subject)
}

// clockwork looks at time, at the scheduler, and at what is done regularly.
func (d clockworkChecks) all(ctx context.Context, offline, through bool) []console.Finding {
	in := func(checks func() []console.Finding) []console.Finding { return guarded(console.AreaClockwork, checks) }
	out := in(func() []console.Finding { return single(d.clock(ctx, offline)) })
	out = append(out, in(func() []console.Finding { return d.scheduler(ctx) })...)
	if d.o.Alerts != nil {
		out = append(out, in(func() []console.Finding { return single(d.openAlerts(ctx)) })...)
	}
	return append(out, in(func() []console.Finding { return d.kept(ctx, through) })...)
}

func (d clockworkChecks) openAlerts(ctx context.Context) console.Finding {
	f := clockworkFinding("alerts", "alerts")
	switch n, err := d.o.Alerts.CountOpen(ctx); {
	case err != nil:
		return f.unknown(err)
	case n > 0:
		return f.warn(words.New("doctor.clock.alerts", "Count", n), words.New("doctor.clock.alertsDo"))
	default:
		return f.ok(words.New("doctor.clock.noAlerts"))
	}
}

const (
	offWarn = time.Minute
	offFail = 5 * time.Minute
	sentIn  = time.Second // a Date header tells whole seconds
)

// clock holds this machine's time against another's.
func (d clockworkChecks) clock(ctx context.Context, offline bool) console.Finding {
	f := clockworkFinding("clock", "clock")
	var ahead time.Duration
	var who words.Text
	if d.o.Store != nil && !d.o.Store.Embedded() {
		skew, err := d.o.Store.Skew(ctx, d.o.Real)
		if err != nil {
			return f.unknown(err)
		}
		ahead, who = -skew, words.New("doctor.clock.database")
	}
	if !offline && !d.o.Config.Sandbox && d.configured() {
		if a, w := d.clockOf(ctx); w != "" {
			ahead, who = a, words.Plain(w)
		} else if who.IsZero() {
			return f.with(console.FindingUnknown, words.New("doctor.clock.noAnswer"), words.New("doctor.clock.noAnswerDo"))
		}
	}
	off := max(0, ahead.Abs()-sentIn).Round(time.Second)
	text := words.New("doctor.clock.behind", "Length", words.Length(off), "Who", who)
	if ahead > 0 {
		text = words.New("doctor.clock.ahead", "Length", words.Length(off), "Who", who)
	}
	todo := words.New("doctor.clock.setDo")
	switch {
	case who.IsZero():
		return f.skipped(words.New("doctor.clock.skipped"))
	case off >= offFail:
		return f.fail(text, todo)
	case off >= offWarn:
		return f.warn(text, todo)
	default:
		return f.ok(words.New("doctor.clock.fine", "Who", who))
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
	f := clockworkFinding("scheduler", "scheduler")
	if d.o.Tick == nil || d.o.Served == nil || d.o.Health == nil {
		return []console.Finding{f.skipped(words.New("doctor.clock.noSchedule"))}
	}
	served, err := d.o.Served(ctx)
	if err != nil {
		return []console.Finding{f.unknown(err)}
	}
	last, err := d.o.Tick(ctx)
	ago := words.Ago(last, d.o.Now(), nil)
	switch {
	case err != nil:
		return []console.Finding{f.unknown(err)}
	case !served && last.IsZero():
		return []console.Finding{f.skipped(words.New("doctor.clock.neverRan"))}
	case !served:
		return []console.Finding{
			f.warn(words.New("doctor.clock.notRunning", "Ago", ago), words.New("doctor.clock.notRunningDo")),
		}
	case last.IsZero():
		return []console.Finding{f.warn(words.New("doctor.clock.starting"), words.New("doctor.clock.startingDo"))}
	case d.o.Now().Sub(last) > silent:
		return []console.Finding{
			f.fail(words.New("doctor.clock.stopped", "Ago", ago), words.New("doctor.clock.stoppedDo")),
		}
	}
	return append([]console.Finding{f.ok(words.New("doctor.clock.active", "Ago", ago))}, d.runs(ctx)...)
}

// runs tells when each platform is next, and what is ill.
func (d clockworkChecks) runs(ctx context.Context) []console.Finding {
	f := clockworkFinding("syncs", "syncs")
	r, err := d.o.Health.Report(ctx)
	if err != nil {
		return []console.Finding{f.unknown(err)}
	}
	var out []console.Finding
	for _, why := range r.Reasons {
		if why.Code == health.ReasonSchedulerSilent || why.Code == health.ReasonDatabaseNotWritable {
			continue // told above
		}
		out = append(out, f.fail(why.Message, words.New("doctor.clock.reasonDo")))
	}
	for _, p := range r.Platforms {
		if !p.Configured || p.NextRun == nil {
			continue
		}
		now := d.o.Now()
		text := words.New("doctor.clock.nextNever", "Next", words.Clock(*p.NextRun, now, nil))
		if p.LastSuccess != nil {
			text = words.New(
				"doctor.clock.next",
				"Next",
				words.Clock(*p.NextRun, now, nil),
				"Last",
				words.Clock(*p.LastSuccess, now, nil),
			)
		}
		out = append(
			out,
			clockworkFinding("next."+p.Platform, p.Platform).ok(text),
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
			clockworkFinding(
				"backup",
				"backups",
			).manual(words.New("doctor.clock.noCopies"), words.New("doctor.clock.noCopiesDo")),
		)
	}
	return out
}

func (d clockworkChecks) audit(ctx context.Context, through bool) console.Finding {
	f := clockworkFinding("audit", "audit log")
	if !through {
		return f.unread()
	}
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	n, wrong, err := d.o.Audit(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return f.skipped(words.New("doctor.clock.auditLong", "Limit", words.Length(lookLimit)))
	case err != nil:
		return f.unknown(err)
	case wrong != "":
		return f.fail(words.New("doctor.clock.auditChanged", "Why", wrong), words.New("doctor.clock.auditChangedDo"))
	default:
		return f.ok(words.New("doctor.clock.audit", "Count", n))
	}
}

func (d clockworkChecks) backup() console.Finding {
	f := clockworkFinding("backup", "backups")
	last, err := d.o.LastBackup()
	age := d.o.Now().Sub(last).Round(time.Minute)
	switch {
	case err != nil:
		return f.fail(
			words.New("doctor.clock.backupFailed", "Why", sentence(err)),
			words.New("doctor.clock.backupFailedDo"),
		)
	case last.IsZero():
		return f.warn(words.New("doctor.clock.noBackup"), words.New("doctor.clock.noBackupDo"))
	case d.o.BackupEvery > 0 && age > 2*d.o.BackupEvery:
		return f.warn(
			words.New(
				"doctor.clock.backupOld",
				"Age",
				words.Length(age),
				"Every",
				words.Length(d.o.BackupEvery),
			),
			words.New("doctor.clock.backupOldDo"),
		)
	default:
		return f.ok(words.New("doctor.clock.backup", "Age", words.Length(age)))
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
			Platform: m.Spec.ID, Endpoint: "/", Bucket: outbound.Free, Once: true, Unfollowed: true, Method: "HEAD",
			URL: u.Scheme + "://" + u.Host + "/",
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
