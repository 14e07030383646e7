package analytics

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/connectionevent"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/synclog"
)

// Connections is every connection of the creator, disconnected ones too, and what can be connected.
func (a *Analytics) Connections(ctx context.Context, creatorID string) (*Connections, error) {
	found, err := a.accounts(ctx, creatorID)
	if err != nil {
		return nil, err
	}
	cards, err := a.cards(ctx, found)
	if err != nil {
		return nil, err
	}
	out := &Connections{Items: cards}
	for _, spec := range a.platforms.Specs() {
		out.Offers = append(out.Offers, a.offer(spec.ID, found))
	}
	return out, nil
}

// Connection is one connection of the creator; another's is NOT_FOUND.
func (a *Analytics) Connection(ctx context.Context, creatorID, connectionID string) (*Connection, error) {
	if !text.Storable(connectionID) {
		return nil, errNothing()
	}
	found, err := a.accounts(ctx, creatorID, connection.ID(connectionID))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errNothing()
	}
	cards, err := a.cards(ctx, found)
	if err != nil {
		return nil, err
	}
	return &cards[0], nil
}

// Offer is a platform as one can connect it, for a page that has no account to show.
func (a *Analytics) Offer(platformID string) (Offer, bool) {
	if _, ok := a.platforms.Spec(platformID); !ok {
		return Offer{}, false
	}
	return a.offer(platformID, nil), true
}

func (a *Analytics) offer(platformID string, have []*account) Offer {
	spec, _ := a.platforms.Spec(platformID)
	o := Offer{Platform: spec.ID, Name: spec.Name, Configured: a.platforms.Configured(spec.ID), AccountKind: spec.AccountKind}
	for _, s := range spec.Scopes {
		o.Permissions = append(o.Permissions, Permission{Label: s.Label, Why: s.Why, Required: s.Required})
	}
	for _, acc := range have {
		o.Another = o.Another || (acc.live() && acc.c.Platform == spec.ID)
	}
	return o
}

// cards loads the runs of the accounts and puts their states into words.
func (a *Analytics) cards(ctx context.Context, list []*account) ([]Connection, error) {
	if err := a.withRuns(ctx, list); err != nil {
		return nil, err
	}
	logs, err := a.stepsOf(ctx, list)
	if err != nil {
		return nil, err
	}
	now := a.now()
	out := make([]Connection, len(list))
	for i, acc := range list {
		out[i] = a.card(acc, now, logs)
		if out[i].History, err = a.history(ctx, acc.c.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// historyShown is how much of a connection's timeline its card holds.
const historyShown = 12

func (a *Analytics) history(ctx context.Context, id string) ([]Event, error) {
	rows, err := a.db.ConnectionEvent.Query().Where(connectionevent.ConnectionID(id)).
		Order(connectionevent.ByAt(sql.OrderDesc()), connectionevent.ByID(sql.OrderDesc())).Limit(historyShown).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the timeline: %w", err)
	}
	out := make([]Event, len(rows))
	for i, r := range rows {
		out[i] = Event{At: r.At.UTC(), Tone: eventTones[r.Kind], Words: r.Words}
	}
	return out, nil
}

// eventTones colour the kinds of connect's timeline.
var eventTones = map[string]string{
	"connected": "ok", "recovered": "ok", "failing": "warn", "lost": "err", "tampered": "err", "ended": "info", "notice": "info",
}

// stepsOf reads the steps that are shown: of runs under way, and of those that ended in part.
func (a *Analytics) stepsOf(ctx context.Context, list []*account) (map[string][]*ent.SyncLog, error) {
	var runs []string
	for _, acc := range list {
		if acc.active() != nil || (acc.last != nil && acc.last.State == run.StatePartial) {
			runs = append(runs, acc.last.ID)
		}
	}
	return a.logs(ctx, runs)
}

// lastSteps are the steps of the newest run.
func (acc *account) lastSteps(logs map[string][]*ent.SyncLog) []*ent.SyncLog {
	if acc.last == nil {
		return nil
	}
	return logs[acc.last.ID]
}

func (a *Analytics) card(acc *account, now time.Time, logs map[string][]*ent.SyncLog) Connection {
	mine := acc.lastSteps(logs)
	c := Connection{
		ID: acc.c.ID, Platform: acc.c.Platform, Handle: acc.at(),
		Connected: acc.working() || acc.c.Status == connection.StatusPaused, Status: string(acc.c.Status),
		FollowerCount: acc.followers(), FollowersWhy: acc.followersWhy(), PostCount: acc.postCount(), LastSynced: acc.asOf(), NextSync: acc.nextSync(), ExpiresAt: acc.actBy(),
		Name: acc.spec.Name, DisplayName: acc.displayName(), Initials: acc.initials(), Primary: acc.c.Primary,
		Source: string(acc.c.Source), Pill: acc.pill(now), Says: acc.says(now, mine), Access: acc.access(now),
		Running: acc.active() != nil && acc.working(), KeepsData: acc.spec.KeepAfterDisconnect,
		DeleteDays: int(acc.spec.DeleteWithin / (24 * time.Hour)), FollowerWord: acc.followerWord(), Rounded: acc.spec.RoundedFollowers,
		DeleteBy: utc(acc.c.DeleteBy), Revokes: acc.spec.Revokes, AccessURL: acc.spec.AccessPage.URL, AccessPath: acc.spec.AccessPage.Path,
	}
	if c.DisplayName == c.Handle {
		c.DisplayName = "" // the handle is the name already
	}
	if c.Running {
		c.Steps = acc.steps(mine)
	}
	if acc.asked != nil {
		if next := acc.asked.CreatedAt.Add(a.interval); a.interval > 0 && next.After(now) {
			c.SyncAfter = utc(&next)
		}
	}
	c.CanSync = acc.working() && !c.Running && c.SyncAfter == nil && a.platforms.Configured(acc.c.Platform)
	return c
}

// access tells how long access lasts.
func (acc *account) access(now time.Time) words.Text {
	if !acc.working() && acc.c.Status != connection.StatusPaused {
		return words.Text{}
	}
	at := acc.actBy()
	switch {
	case at == nil:
		return words.New("creator.access.renews")
	case !acc.renewable():
		return words.New("creator.access.ends", "At", clock(*at, now))
	default:
		return words.New("creator.access.until", "Day", words.Date(*at, time.UTC), "Platform", acc.spec.Name)
	}
}

// stepLabels name the parts of a run for creators.
var stepLabels = map[synclog.SyncType]string{
	synclog.SyncTypeToken: "creator.step.access", synclog.SyncTypeProfile: "creator.step.profile",
	synclog.SyncTypePosts: "creator.step.posts", synclog.SyncTypeMetrics: "creator.step.metrics",
}

// stepNouns name them within a sentence.
var stepNouns = map[synclog.SyncType]string{
	synclog.SyncTypeToken: "creator.stepIn.access", synclog.SyncTypeProfile: "creator.stepIn.profile",
	synclog.SyncTypePosts: "creator.stepIn.posts", synclog.SyncTypeMetrics: "creator.stepIn.metrics",
}

// steps are the parts of the run under way, in order: those logged for the current attempt, the one
// that comes next, and the rest.
func (acc *account) steps(logs []*ent.SyncLog) []Step {
	r := acc.active()
	ended := map[synclog.SyncType]*ent.SyncLog{}
	for _, l := range logs {
		if l.Attempt == r.Attempt {
			ended[l.SyncType] = l
		}
	}
	order := []synclog.SyncType{synclog.SyncTypeToken, synclog.SyncTypeProfile, synclog.SyncTypePosts, synclog.SyncTypeMetrics}
	reached := -1 // the last step that ended: one before it without a row had nothing to do
	for i, kind := range order {
		if ended[kind] != nil {
			reached = i
		}
	}
	out := make([]Step, len(order))
	for i, kind := range order {
		out[i] = Step{Label: words.New(stepLabels[kind]), State: "waiting"}
		switch l := ended[kind]; {
		case l != nil:
			out[i].Items = l.ItemsSynced
			out[i].State = map[synclog.Status]string{
				synclog.StatusSuccess: "done", synclog.StatusPartial: "partial", synclog.StatusFailed: "failed",
			}[l.Status]
		case i < reached:
			out[i].State = "done"
		case i == reached+1 && r.State == run.StateRunning:
			out[i].State = "active"
		}
	}
	return out
}
