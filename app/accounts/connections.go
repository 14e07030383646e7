package accounts

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/text"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/connectionevent"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/synclog"
)

// Connections is every connection of the creator, disconnected ones too, and what can be connected.
func (a *Accounts) Connections(ctx context.Context, creatorID string) (*Connections, error) {
	found, err := a.Load(ctx, creatorID)
	if err != nil {
		return nil, err
	}
	Cards, err := a.Cards(ctx, found)
	if err != nil {
		return nil, err
	}
	out := &Connections{Items: Cards}
	for _, spec := range a.platforms.Specs() {
		out.Offers = append(out.Offers, a.offer(spec.ID, found))
	}
	return out, nil
}

// Connection is one connection of the creator; another's is NOT_FOUND.
func (a *Accounts) Connection(ctx context.Context, creatorID, connectionID string) (*Connection, error) {
	if !text.Storable(connectionID) {
		return nil, NothingThere()
	}
	found, err := a.Load(ctx, creatorID, connection.ID(connectionID))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, NothingThere()
	}
	Cards, err := a.Cards(ctx, found)
	if err != nil {
		return nil, err
	}
	return &Cards[0], nil
}

// Offer is a platform as one can connect it, for a page that has no account to show.
func (a *Accounts) Offer(platformID string) (Offer, bool) {
	if _, ok := a.platforms.Spec(platformID); !ok {
		return Offer{}, false
	}
	return a.offer(platformID, nil), true
}

func (a *Accounts) offer(platformID string, have []*Account) Offer {
	spec, _ := a.platforms.Spec(platformID)
	o := Offer{
		Platform:    spec.ID,
		Name:        spec.Name,
		Configured:  a.platforms.Configured(spec.ID),
		AccountKind: spec.AccountKind,
	}
	for _, s := range spec.Scopes {
		o.Permissions = append(o.Permissions, Permission{Label: s.Label, Why: s.Why, Required: s.Required})
	}
	for _, acc := range have {
		o.Another = o.Another || (acc.Live() && acc.Row.Platform == spec.ID)
	}
	return o
}

// Cards loads the runs of the accounts and puts their states into words.
func (a *Accounts) Cards(ctx context.Context, list []*Account) ([]Connection, error) {
	if err := a.WithRuns(ctx, list); err != nil {
		return nil, err
	}
	logs, err := a.Steps(ctx, list)
	if err != nil {
		return nil, err
	}
	now := a.now()
	out := make([]Connection, len(list))
	for i, acc := range list {
		out[i] = a.card(acc, now, logs)
		out[i].Freshness = acc.Freshness(now)
		if out[i].History, err = a.history(ctx, acc.Row.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// historyShown is how much of a connection's timeline its card holds.
const historyShown = 12

func (a *Accounts) history(ctx context.Context, id string) ([]Event, error) {
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
	"connected": "ok", "recovered": "ok", "failing": "warn", "lost": "err", "tampered": "err", "ended": "info",
	"notice": "info",
}

// Steps reads the steps that are shown: of runs under way, and of those that ended in part.
func (a *Accounts) Steps(ctx context.Context, list []*Account) (map[string][]*ent.SyncLog, error) {
	var runs []string
	for _, acc := range list {
		if acc.Active() != nil || (acc.Last != nil && acc.Last.State == run.StatePartial) {
			runs = append(runs, acc.Last.ID)
		}
	}
	return a.logs(ctx, runs)
}

// LastSteps are the steps of the newest run.
func (acc *Account) LastSteps(logs map[string][]*ent.SyncLog) []*ent.SyncLog {
	if acc.Last == nil {
		return nil
	}
	return logs[acc.Last.ID]
}

func (a *Accounts) card(acc *Account, now time.Time, logs map[string][]*ent.SyncLog) Connection {
	mine := acc.LastSteps(logs)
	c := Connection{
		ID: acc.Row.ID, Platform: acc.Row.Platform, Handle: acc.At(),
		Connected: acc.Working() || acc.Row.Status == connection.StatusPaused, Status: string(acc.Row.Status),
		FollowerCount: acc.Followers(), FollowersWhy: acc.FollowersWhy(),
		FollowersAt: acc.FollowersAt, PostCount: acc.PostCount(),
		LastSynced: acc.AsOf(), NextSync: acc.nextSync(), ExpiresAt: acc.actBy(),
		Name: acc.Spec.Name, DisplayName: acc.displayName(), Initials: acc.Initials(), Primary: acc.Row.Primary,
		Source: string(acc.Row.Source), Pill: acc.Pill(now), Says: acc.Notice(now, mine), Access: acc.access(now),
		Running: acc.Active() != nil && acc.Working(), KeepsData: acc.Spec.KeepAfterDisconnect,
		DeleteDays: int(
			acc.Spec.DeleteWithin / (24 * time.Hour),
		), FollowerWord: acc.FollowerWord(), Rounded: acc.Spec.RoundedFollowers,
		DeleteBy: store.UTC(
			acc.Row.DeleteBy,
		), Revokes: acc.Spec.Revokes, AccessURL: acc.Spec.AccessPage.URL, AccessPath: acc.Spec.AccessPage.Path,
	}
	if c.DisplayName == c.Handle {
		c.DisplayName = "" // the handle is the name already
	}
	if c.Running {
		c.Steps = acc.steps(mine)
	}
	if acc.Asked != nil {
		if next := acc.Asked.CreatedAt.Add(a.interval); a.interval > 0 && next.After(now) {
			c.SyncAfter = store.UTC(&next)
		}
	}
	c.CanSync = acc.Working() && !c.Running && c.SyncAfter == nil && a.platforms.Configured(acc.Row.Platform)
	return c
}

// access tells how long access lasts.
func (acc *Account) access(now time.Time) words.Text {
	if !acc.Working() && acc.Row.Status != connection.StatusPaused {
		return words.Text{}
	}
	at := acc.actBy()
	switch {
	case at == nil:
		return words.New("creator.access.renews")
	case !acc.renewable():
		return words.New("creator.access.ends", "At", clock(*at, now))
	default:
		return words.New("creator.access.until", "Day", words.Date(*at, nil), "Platform", acc.Spec.Name)
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
func (acc *Account) steps(logs []*ent.SyncLog) []Step {
	r := acc.Active()
	ended := map[synclog.SyncType]*ent.SyncLog{}
	for _, l := range logs {
		if l.Attempt == r.Attempt {
			ended[l.SyncType] = l
		}
	}
	order := []synclog.SyncType{
		synclog.SyncTypeToken,
		synclog.SyncTypeProfile,
		synclog.SyncTypePosts,
		synclog.SyncTypeMetrics,
	}
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
