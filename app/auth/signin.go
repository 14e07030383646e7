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
	keys := map[string]int{"acct:" + digest(email): perAccount, "net:" + digest(network(ip)): perNetwork}
	// Counted before the password is looked at, so that guesses at once cannot slip through together.
	if err := a.count(ctx, keys); err != nil {
		return User{}, err
	}
	u, err := a.store.Read.User.Query().Where(user.Email(email)).Only(ctx)
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
	if err := a.forgive(ctx, keys, "acct:"+digest(email)); err != nil {
		return User{}, err
	}
	return toUser(u), nil
}

// count adds one failure to each key, unless one of them has had enough.
func (a *Auth) count(ctx context.Context, keys map[string]int) error {
	now := a.now()
	return a.store.Tx(ctx, func(tx store.Tx) error {
		for key, most := range keys {
			row, err := tx.AttemptCount.Get(ctx, key)
			switch {
			case store.Missing(err):
				err = tx.AttemptCount.Create().SetID(key).SetFailures(1).SetWindowStart(now).
					OnConflictColumns("id").Update(func(u *ent.AttemptCountUpsert) { u.AddFailures(1) }).Exec(ctx)
			case err != nil:
			case !now.Before(row.WindowStart.Add(window)):
				err = tx.AttemptCount.UpdateOneID(key).SetFailures(1).SetWindowStart(now).Exec(ctx)
			case row.Failures >= most:
				return &fault.Error{
					Code: fault.TooManyRequests, Message: "There were too many tries that did not fit. Try again a little later.",
					RetryAfter: row.WindowStart.Add(window).Sub(now),
				}
			default:
				err = tx.AttemptCount.UpdateOneID(key).AddFailures(1).Exec(ctx)
			}
			if err != nil {
				return fmt.Errorf("count sign-in: %w", err)
			}
		}
		return nil
	})
}

// forgive takes the failures of the account away, and this try from its network.
func (a *Auth) forgive(ctx context.Context, keys map[string]int, account string) error {
	return a.store.Tx(ctx, func(tx store.Tx) error {
		for key := range keys {
			var err error
			if key == account {
				err = tx.AttemptCount.DeleteOneID(key).Exec(ctx)
			} else {
				err = tx.AttemptCount.UpdateOneID(key).AddFailures(-1).Exec(ctx)
			}
			if err != nil && !store.Missing(err) {
				return fmt.Errorf("forgive sign-in: %w", err)
			}
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
