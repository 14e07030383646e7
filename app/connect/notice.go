package connect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/connect/grants"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/notice"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/user"
)

// noticeDays is when a creator is asked to reconnect, counted from the day access was lost: four times
// at most.
var noticeDays = []int{0, 2, 7, 12}

const (
	linkLife     = 14 * 24 * time.Hour
	noticeApart  = 24 * time.Hour   // after days of downtime they do not come all at once
	noticeRetry  = 15 * time.Minute // after one that could not be sent
	noticeWindow = 30 * 24 * time.Hour
	linkedApart  = 24 * time.Hour // between two links that an admin sends to many
	linkApart    = time.Minute    // and to one

	noticeRound  = 2 * time.Minute // of all messages of a round
	noticeAtOnce = 4
	noticeGiveUp = 3 // failures in a row end a round
)

// Reminder is one message to a creator.
type Reminder struct {
	Email    string
	Name     string
	Platform string // its name
	Handle   string
	Link     string
	Number   int
	Last     bool
	Until    time.Time // when the link ends
}

// Remind asks the creators whose access was lost to give it again, each by a message of their own with a
// link of its own, and gives how many were sent. What could not be sent is noted and tried again.
func (n *Notices) Remind(ctx context.Context) (int, error) {
	if n.o.Notify == nil {
		return 0, nil
	}
	now := n.o.Now()
	rows, err := n.o.Store.Read.Connection.Query().
		Where(connection.SourceEQ(n.source()), connection.StatusEQ(connection.StatusNeedsReconnect),
			connection.StatusSinceGT(now.Add(-noticeWindow)), ofActiveOwner()).
		WithOwner().
		WithNotices().
		All(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for creators to remind: %w", err)
	}
	if refused, err := n.mailRefused(ctx, now); refused || err != nil {
		return 0, err
	}
	var due []dueNotice
	for _, row := range rows {
		if number, again := nextNotice(row, now); number != 0 {
			due = append(due, dueNotice{row, number, again})
		}
	}
	// Those never tried come first: what fails again and again keeps nobody waiting.
	slices.SortStableFunc(due, func(a, b dueNotice) int { return a.tried().Compare(b.tried()) })
	return n.remindAll(ctx, due)
}

// mailRefused reports that the last messages failed one and all, and that a while has not passed since:
// whoever waits behind them would fare no better.
func (n *Notices) mailRefused(ctx context.Context, now time.Time) (bool, error) {
	last, err := n.o.Store.Read.Notice.Query().
		Where(notice.NumberGT(0), notice.CreatedAtGT(now.Add(-noticeRetry)),
			notice.Or(notice.SentAtNotNil(), notice.ErrorNEQ(""))).
		Order(notice.ByCreatedAt(sql.OrderDesc()), notice.ByID(sql.OrderDesc())).
		Limit(noticeGiveUp).
		All(ctx)
	if err != nil {
		return false, fmt.Errorf("read the last messages: %w", err)
	}
	sent := slices.ContainsFunc(last, func(n *ent.Notice) bool { return n.SentAt != nil })
	return len(last) == noticeGiveUp && !sent, nil
}

// ofActiveOwner selects the connections whose owner may sign in: who is disabled is not written to, and their links
// end.
func ofActiveOwner() predicate.Connection { return connection.HasOwnerWith(user.Disabled(false)) }

// dueNotice is a message whose time has come.
type dueNotice struct {
	row    *ent.Connection
	number int
	again  *ent.Notice // the one it takes the place of, if that could not be sent
}

func (d dueNotice) tried() time.Time {
	if d.again == nil {
		return time.Time{}
	}
	return d.again.CreatedAt
}

// remindAll sends several messages at once, until the round's time is over or the mail server takes none:
// the rest waits for the next round.
func (n *Notices) remindAll(ctx context.Context, due []dueNotice) (sent int, err error) {
	ctx, cancel := context.WithTimeout(ctx, noticeRound)
	defer cancel()
	work := make(chan dueNotice)
	var mu sync.Mutex
	var errs []error
	row := 0 // failures without a success between them
	over := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return row >= noticeGiveUp || ctx.Err() != nil
	}
	var all sync.WaitGroup
	for range min(noticeAtOnce, len(due)) {
		all.Go(func() {
			for d := range work {
				if over() {
					continue
				}
				did, err := n.remind(ctx, d.row, d.number, d.again)
				mu.Lock()
				if err != nil {
					errs = append(errs, err)
					row++
				} else if did {
					sent, row = sent+1, 0
				}
				mu.Unlock()
			}
		})
	}
	for _, d := range due {
		if over() {
			break
		}
		work <- d
	}
	close(work)
	all.Wait()
	return sent, errors.Join(errs...)
}

// nextNotice gives the number of the message whose time has come, 0 for none, and the one it takes the
// place of because it could not be sent.
func nextNotice(row *ent.Connection, now time.Time) (number int, again *ent.Notice) {
	var last *ent.Notice
	for _, n := range row.Edges.Notices {
		if n.LostAt.Equal(*row.StatusSince) && n.Number > 0 && (last == nil || n.Number > last.Number) {
			last = n
		}
	}
	switch {
	case last == nil:
		return 1, nil
	case last.UsedAt != nil:
		return 0, nil
	case last.SentAt == nil && now.Sub(last.CreatedAt) >= noticeRetry:
		return last.Number, last
	case last.SentAt == nil || last.Number >= len(noticeDays) || now.Sub(last.CreatedAt) < noticeApart:
		return 0, nil
	case now.Before(row.StatusSince.AddDate(0, 0, noticeDays[last.Number])):
		return 0, nil
	default:
		return last.Number + 1, nil
	}
}

// remind sends one message, and notes what became of it. It reports false when another process does it.
func (n *Notices) remind(ctx context.Context, row *ent.Connection, number int, again *ent.Notice) (bool, error) {
	id, token, until, err := n.invite(ctx, row, number, again)
	if store.Clash(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	owner := row.Edges.Owner
	failed := n.o.Notify(ctx, Reminder{
		Email: owner.Email, Name: owner.Name, Platform: n.Grants.PlatformName(row.Platform), Handle: row.Handle,
		Link:   n.address(token),
		Number: number, Last: number == len(noticeDays), Until: until,
	})
	ctx = context.WithoutCancel(ctx) // what happened is noted, also when the round is over
	err = n.o.Store.Tx(ctx, func(tx store.Tx) error {
		u := tx.Notice.UpdateOneID(id)
		if failed != nil {
			return u.SetError(failed.Error()).Exec(ctx)
		}
		if err := u.SetSentAt(n.o.Now()).SetError("").Exec(ctx); err != nil {
			return err
		}
		return n.Grants.AddEvent(
			ctx,
			tx,
			row.ID,
			grants.EventNotice,
			"",
			words.English.Say("creator.event.mailed", "Number", number, "All", len(noticeDays)),
		)
	})
	if err != nil {
		err = fmt.Errorf("note a message to the creator of connection %s: %w", row.ID, err)
	}
	return failed == nil, errors.Join(failed, err)
}

// invite makes a link, in place of one that could not be sent if there is one.
func (n *Notices) invite(
	ctx context.Context,
	row *ent.Connection,
	number int,
	again *ent.Notice,
) (id string, token fault.Secret, until time.Time, err error) {
	token, now := fault.Random(), n.o.Now()
	until = now.Add(linkLife)
	err = n.o.Store.Tx(ctx, func(tx store.Tx) error {
		active, err := tx.Connection.Query().Where(connection.ID(row.ID), ofActiveOwner()).Exist(ctx)
		if err != nil {
			return err
		}
		if !active { // disabled, or gone, since it was read
			return errNoOwner
		}
		if again != nil {
			if err := tx.Notice.DeleteOneID(again.ID).Exec(ctx); err != nil {
				return err
			}
		}
		n, err := tx.Notice.Create().
			SetConnectionID(row.ID).
			SetNumber(number).
			SetLostAt(*row.StatusSince).
			SetTokenHash(token.Digest()).
			SetCreatedAt(now).
			SetExpiresAt(until).
			Save(ctx)
		if err != nil {
			return err
		}
		id = n.ID
		return nil
	})
	if err != nil && !store.Clash(err) {
		err = fmt.Errorf("make a link for connection %s: %w", row.ID, err)
	}
	return id, token, until, err
}

// errNoOwner means that nobody is there to be written to.
var errNoOwner = errors.New("its creator is disabled or gone")

func (n *Notices) address(token fault.Secret) string {
	return n.o.BaseURL + "/reconnect/" + token.Reveal()
}

// ReconnectLink is a link that an admin asked for: mailed to the creator, or to be handed on by other means.
type ReconnectLink struct {
	Handle string
	SentTo string       // the creator's address; empty without mail
	Link   fault.Secret // empty when it was sent
	Until  time.Time
}

// Link makes a link beside the messages, and sends it where there is mail. NOT_FOUND: no such connection;
// CONFLICT: its access is not over, or one was sent a moment ago; NETWORK: it could not be sent, which is noted.
func (n *Notices) Link(ctx context.Context, connectionID string) (ReconnectLink, error) {
	return n.makeLink(ctx, connectionID, linkApart)
}

// makeLink is Link, apart by so much from the last one that was sent.
func (n *Notices) makeLink(ctx context.Context, connectionID string, apart time.Duration) (ReconnectLink, error) {
	row, err := n.o.Store.Read.Connection.Query().
		Where(connection.ID(connectionID), connection.SourceEQ(n.source())).
		WithNotices().
		WithOwner().
		Only(ctx)
	if store.Missing(err) {
		return ReconnectLink{}, fault.New(fault.NotFound, words.New("errors.noConnection"))
	}
	if err != nil {
		return ReconnectLink{}, fmt.Errorf("read connection %s: %w", connectionID, err)
	}
	if row.Status != connection.StatusNeedsReconnect || row.StatusSince == nil {
		return ReconnectLink{}, fault.New(fault.Conflict, words.New("errors.connect.notEnded"))
	}
	if row.Edges.Owner == nil || row.Edges.Owner.Disabled {
		return ReconnectLink{}, fault.New(fault.Conflict, words.New("errors.connect.disabled"))
	}
	number := -1 // those made by hand are numbered below the messages
	var last *ent.Notice
	for _, n := range row.Edges.Notices {
		if n.LostAt.Equal(*row.StatusSince) && n.Number <= number {
			number, last = n.Number-1, n
		}
	}
	soon := fault.New(fault.Conflict, words.New("errors.connect.justSent"))
	var again *ent.Notice
	if n.o.Notify != nil && last != nil {
		now := n.o.Now()
		switch {
		case last.SentAt != nil && now.Sub(*last.SentAt) < apart:
			return ReconnectLink{}, soon
		case last.SentAt == nil && last.Error != "":
			again = last
		case last.SentAt == nil && now.Sub(last.CreatedAt) < linkApart: // it is being sent
			return ReconnectLink{}, soon
		}
	}
	id, token, until, err := n.invite(ctx, row, number, again)
	if store.Clash(err) || store.Missing(err) { // pressed twice
		return ReconnectLink{}, soon
	}
	if err != nil {
		return ReconnectLink{}, err
	}
	h := ReconnectLink{Handle: row.Handle, Until: until}
	if n.o.Notify == nil {
		h.Link = fault.Secret(n.address(token))
		return h, nil
	}
	owner := row.Edges.Owner
	h.SentTo = owner.Email
	failed := n.o.Notify(
		ctx,
		Reminder{
			Email:    owner.Email,
			Name:     owner.Name,
			Platform: n.Grants.PlatformName(row.Platform),
			Handle:   row.Handle,
			Link:     n.address(token),
			Until:    until,
		},
	)
	if err := n.markSent(context.WithoutCancel(ctx), id, failed); err != nil {
		return ReconnectLink{}, errors.Join(err, failed)
	}
	if failed != nil {
		return ReconnectLink{}, fault.Wrap(fault.Network, words.New("errors.connect.notSent"), failed)
	}
	return h, nil
}

// markSent notes what became of a link that was to be mailed.
func (n *Notices) markSent(ctx context.Context, noticeID string, failed error) error {
	u := n.o.Store.Client.Notice.UpdateOneID(noticeID)
	if failed != nil {
		u.SetError(failed.Error())
	} else {
		u.SetSentAt(n.o.Now())
	}
	if err := u.Exec(ctx); err != nil {
		return fmt.Errorf("note what became of link %s: %w", noticeID, err)
	}
	return nil
}

// Invitation is what a link leads to.
type Invitation struct {
	NoticeID     string
	OwnerID      string
	ConnectionID string
	Platform     string
	Name         string // of the platform
	Handle       string
}

// Invited finds what a link leads to. Opening it uses nothing up. NOT_FOUND: it is unknown, was used, has
// ended, or the access it asks for is there again.
func (n *Notices) Invited(ctx context.Context, token fault.Secret) (Invitation, error) {
	none := fault.New(fault.NotFound, words.New("errors.connect.oldLink"))
	if token.Empty() || len(token.Reveal()) > 200 {
		return Invitation{}, none
	}
	found, err := n.o.Store.Read.Notice.Query().
		Where(notice.TokenHash(token.Digest()), notice.UsedAtIsNil(), notice.ExpiresAtGT(n.o.Now())).
		WithConnection(func(q *ent.ConnectionQuery) { q.Where(ofActiveOwner()) }).
		Only(ctx)
	if store.Missing(err) {
		return Invitation{}, none
	}
	if err != nil {
		return Invitation{}, fmt.Errorf("find a link: %w", err)
	}
	row := found.Edges.Connection
	if row == nil || row.Source != n.source() || row.Status != connection.StatusNeedsReconnect {
		return Invitation{}, none
	}
	return Invitation{found.ID, row.OwnerID, row.ID, row.Platform, n.Grants.PlatformName(row.Platform), row.Handle}, nil
}
