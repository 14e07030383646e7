package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/attemptcount"
	"github.com/truecount/truecount/ent/predicate"
)

// How many guesses are judged. Strangers use up what is theirs, and the account's hour; a browser that its owner has
// signed in with before has its own, so nobody is kept out by what others guess.
const (
	window     = 30 * time.Minute
	perAccount = 5  // failures in a window, of an account from one network, or in one known browser
	perNetwork = 50 // failures in a window, from one /24 or /64, whatever the account

	hour    = time.Hour
	perHour = 10 // guesses judged in an hour, of an account from everywhere

	signIns = 100 // sign-ins in an hour, of one account: each is a session and a row of the audit log
)

// limit is a counter's key and how many failures a span may hold.
type limit struct {
	key  string
	most int
	span time.Duration
	own  bool // its failures are those of one visitor: they end when that one is let in
}

const digestPart = 40 // of a digest in a key: two fit

func accountKey(kind, email string) string {
	return kind + ":" + fault.Secret(email).Digest()[:digestPart]
}

// guessesOf are the counters of somebody at an address who tries an account.
func guessesOf(email, ip string) []limit {
	net := fault.Secret(network(ip)).Digest()
	return []limit{
		{key: accountKey("pair", email) + ":" + net[:digestPart], most: perAccount, span: window, own: true},
		{key: "net:" + net, most: perNetwork, span: window},
		{key: accountKey("acct", email), most: perHour, span: hour},
	}
}

// entered counts somebody in whose password fits. Nobody else can use that up, and a new password clears it.
func (g *guesses) entered(ctx context.Context, email string) error {
	_, err := g.count(ctx, limit{key: accountKey("entered", email), most: signIns, span: hour})
	var f *fault.Error
	if errors.As(err, &f) && f.Code == fault.TooManyRequests {
		return &fault.Error{Code: f.Code, Message: words.New("errors.auth.often"), RetryAfter: f.RetryAfter}
	}
	return err
}

// resetLimits are the counters of somebody at an address who forgot a password.
func resetLimits(email, ip string) []limit {
	net := fault.Secret(network(ip)).Digest()
	return []limit{
		{key: accountKey("forgot", email) + ":" + net[:digestPart], most: perAccount, span: window},
		{key: "forgotnet:" + net, most: perNetwork, span: window},
	}
}

// count adds one failure to each counter, in the order given, unless one of them has had enough; it gives the moment
// under which they are kept.
func (g *guesses) count(ctx context.Context, limits ...limit) (time.Time, error) {
	now := g.now().UTC().Truncate(time.Microsecond)
	err := g.store.Tx(ctx, func(tx store.Tx) error {
		for _, l := range limits {
			if err := countOne(ctx, tx, l, now); err != nil {
				return err
			}
		}
		return nil
	})
	return now, err
}

const (
	guessLock = 4_711_201_130 // two at once do not both take the last place
	skew      = time.Minute   // between processes; what is later than that was written under a clock that was wrong
)

func countOne(ctx context.Context, tx store.Tx, l limit, now time.Time) error {
	if err := tx.Alone(ctx, guessLock); err != nil {
		return err
	}
	row, err := tx.AttemptCount.Get(ctx, l.key)
	if err != nil && !store.Missing(err) {
		return wrapCount(err)
	}
	var times []int64
	if row != nil {
		times = slices.DeleteFunc(row.Times, func(t int64) bool {
			at := time.UnixMicro(t)
			return !at.After(now.Add(-l.span)) || at.After(now.Add(skew))
		})
	}
	if len(times) >= l.most {
		return &fault.Error{
			Code: fault.TooManyRequests, Message: words.New("errors.auth.guesses"),
			RetryAfter: time.UnixMicro(times[len(times)-l.most]).Add(l.span).Sub(now),
		}
	}
	return wrapCount(tx.AttemptCount.Create().SetID(l.key).SetTimes(append(times, now.UnixMicro())).SetWindowStart(now).
		OnConflictColumns(attemptcount.FieldID).
		Update(func(u *ent.AttemptCountUpsert) { u.UpdateTimes().UpdateWindowStart() }).Exec(ctx))
}

// uncount takes back what was counted and then not judged.
func (g *guesses) uncount(ctx context.Context, at time.Time, limits ...limit) error {
	ctx = context.WithoutCancel(ctx) // who went away is not charged for it
	for i := range limits {
		limits[i].own = false
	}
	return g.store.Tx(ctx, func(tx store.Tx) error { return clear(ctx, tx, at, limits...) })
}

// clear takes one try back, and of the counters that are one visitor's own all of them.
func clear(ctx context.Context, tx store.Tx, at time.Time, limits ...limit) error {
	if err := tx.Alone(ctx, guessLock); err != nil {
		return err
	}
	for _, l := range limits {
		if l.own {
			if _, err := tx.AttemptCount.Delete().Where(attemptcount.ID(l.key)).Exec(ctx); err != nil {
				return wrapCount(err)
			}
			continue
		}
		row, err := tx.AttemptCount.Get(ctx, l.key)
		if store.Missing(err) {
			continue
		}
		if err != nil {
			return wrapCount(err)
		}
		if i := slices.Index(row.Times, at.UnixMicro()); i >= 0 {
			if err := tx.AttemptCount.UpdateOneID(l.key).SetTimes(slices.Delete(row.Times, i, i+1)).Exec(ctx); err != nil {
				return wrapCount(err)
			}
		}
	}
	return nil
}

// forget ends what was counted of an account, from wherever it came: its owner has proved themselves another way.
func forget(ctx context.Context, tx store.Tx, email string) error {
	for _, kind := range []string{"pair", "acct", "forgot", "known", "mailed", "entered"} {
		of := predicate.AttemptCount(sql.FieldHasPrefix(attemptcount.FieldID, accountKey(kind, email)))
		if _, err := tx.AttemptCount.Delete().Where(of).Exec(ctx); err != nil {
			return wrapCount(err)
		}
	}
	return nil
}

// Unlock forgets the failed sign-ins of an account. NOT_FOUND: there is none with this address.
func (a *Auth) Unlock(ctx context.Context, email string) (User, error) {
	u, err := a.ByEmail(ctx, email)
	if err != nil {
		return User{}, err
	}
	return u, a.store.Tx(ctx, func(tx store.Tx) error { return forget(ctx, tx, strings.ToLower(u.Email)) })
}

func wrapCount(err error) error {
	if err != nil {
		return fmt.Errorf("count sign-in: %w", err)
	}
	return nil
}
