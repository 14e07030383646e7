package auth

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/attemptcount"
	"github.com/truecount/truecount/ent/user"
)

const (
	window     = 30 * time.Minute
	perAccount = 5  // failures in a window
	perNetwork = 50 // failures in a window, from one /24 or /64
)

// SignIn checks e-mail and password. Whatever is wrong, the answer is the same INVALID after the
// same work; too many failures for the account or the network are TOO_MANY_REQUESTS.
func (a *Auth) SignIn(ctx context.Context, email string, password fault.Secret, ip string) (User, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	account, net := limit{"acct:" + fault.Secret(email).Digest(), perAccount}, limit{"net:" + fault.Secret(network(ip)).Digest(), perNetwork}
	// Counted before the password is looked at, so that guesses at once cannot slip through together.
	if err := a.count(ctx, account, net); err != nil {
		return User{}, err
	}
	u, err := a.store.Read.User.Query().Where(user.Email(clean(email))).Only(ctx)
	if err != nil && !store.Missing(err) {
		return User{}, fmt.Errorf("find user: %w", err)
	}
	hash := ""
	if u != nil {
		hash = u.PasswordHash
	}
	ok, err := a.hash.matches(ctx, password, hash)
	if err != nil {
		return User{}, err
	}
	if !ok || !a.may(u) {
		return User{}, fault.New(fault.Invalid, "E-mail or password is not right.")
	}
	if err := a.forgive(ctx, u.ID, account, net); err != nil {
		return User{}, err
	}
	return toUser(u), nil
}

// Confirm checks the password of somebody who is signed in. It counts what does not fit for this session alone, apart
// from sign-ins: strangers keep nobody from it. INVALID: another password; TOO_MANY_REQUESTS: guessed too often.
func (a *Auth) Confirm(ctx context.Context, userID, sessionHash string, password fault.Secret) error {
	guesses := limit{"confirm:" + fault.Secret(sessionHash+" "+userID).Digest(), perAccount}
	if err := a.count(ctx, guesses); err != nil {
		return err
	}
	u, err := a.store.Read.User.Get(ctx, userID)
	if err != nil {
		return store.Fault(err)
	}
	ok, err := a.hash.matches(ctx, password, u.PasswordHash)
	if err != nil {
		return err
	}
	if !ok || !a.may(u) {
		return fault.New(fault.Invalid, "This is not your password.")
	}
	if _, err := a.store.Client.AttemptCount.Delete().Where(attemptcount.ID(guesses.key)).Exec(ctx); err != nil {
		return fmt.Errorf("forgive a guess: %w", err)
	}
	return nil
}

// limit is a counter's key and how many failures a window may hold.
type limit struct {
	key  string
	most int
}

// count adds one failure to each counter, in the order given, unless one of them has had enough.
func (a *Auth) count(ctx context.Context, limits ...limit) error {
	now := a.now()
	return a.store.Tx(ctx, func(tx store.Tx) error {
		for _, l := range limits {
			if err := countOne(ctx, tx, l, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// countOne changes the row with conditions in the statement itself: two callers at once cannot both
// take the last place.
func countOne(ctx context.Context, tx store.Tx, l limit, now time.Time) error {
	row := tx.AttemptCount.Update().Where(attemptcount.ID(l.key))
	n, err := row.Where(attemptcount.WindowStartGT(now.Add(-window)), attemptcount.FailuresLT(l.most)).AddFailures(1).Save(ctx)
	if err == nil && n == 0 {
		n, err = tx.AttemptCount.Update().Where(attemptcount.ID(l.key), attemptcount.WindowStartLTE(now.Add(-window))).
			SetFailures(1).SetWindowStart(now).Save(ctx)
	}
	if err != nil || n == 1 {
		return wrapCount(err)
	}
	full, err := tx.AttemptCount.Get(ctx, l.key)
	if store.Missing(err) {
		return wrapCount(tx.AttemptCount.Create().SetID(l.key).SetFailures(1).SetWindowStart(now).
			OnConflictColumns(attemptcount.FieldID).Update(func(u *ent.AttemptCountUpsert) { u.AddFailures(1) }).Exec(ctx))
	}
	if err != nil {
		return wrapCount(err)
	}
	return &fault.Error{
		Code: fault.TooManyRequests, Message: "There were too many tries that did not fit. Try again a little later.",
		RetryAfter: full.WindowStart.Add(window).Sub(now),
	}
}

func wrapCount(err error) error {
	if err != nil {
		return fmt.Errorf("count sign-in: %w", err)
	}
	return nil
}

// forgive takes the failures of the account away, and this try from its network, and notes the sign-in.
func (a *Auth) forgive(ctx context.Context, userID string, account, net limit) error {
	return a.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.User.UpdateOneID(userID).SetSignedInAt(a.now()).Exec(ctx); err != nil {
			return fmt.Errorf("note the sign-in: %w", err)
		}
		if _, err := tx.AttemptCount.Delete().Where(attemptcount.ID(account.key)).Exec(ctx); err != nil {
			return fmt.Errorf("forgive sign-in: %w", err)
		}
		err := tx.AttemptCount.Update().Where(attemptcount.ID(net.key), attemptcount.FailuresGT(0)).AddFailures(-1).Exec(ctx)
		if err != nil {
			return fmt.Errorf("forgive sign-in: %w", err)
		}
		return nil
	})
}

// network is the /24 or /64 an address is in.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "unknown"
	}
	addr = addr.Unmap().WithZone("")
	bits := 64
	if addr.Is4() {
		bits = 24
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return p.String()
}
