package auth

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/user"
)

// SignIn checks e-mail and password of somebody at an address; device is what Device gave this browser before, empty if
// nothing. Whatever is wrong, the answer is the same INVALID after the same work; too many guesses are
// TOO_MANY_REQUESTS, and more sign-ins at once than are worked off are BUSY and no guess.
func (a *Auth) SignIn(
	ctx context.Context,
	email string,
	password fault.Secret,
	ip string,
	device fault.Secret,
) (User, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	known := a.readDevice(device)
	u, err := a.store.Read.User.Query().Where(user.Email(clean(email))).Only(ctx)
	if err != nil && !store.Missing(err) {
		return User{}, fmt.Errorf("find user: %w", err)
	}
	guesses := guessesOf(email, ip)
	if u != nil && known.of(u, a.now()) {
		guesses = known.guesses(email)
	}
	// Counted before the password is looked at, so that guesses at once cannot slip through together.
	at, err := a.guesses.count(ctx, guesses...)
	if err != nil {
		return User{}, err
	}
	hash := ""
	if u != nil {
		hash = u.PasswordHash
	}
	ok, err := a.hash.matches(ctx, password, hash)
	if err != nil { // it was not judged
		if err := a.guesses.uncount(ctx, at, guesses...); err != nil {
			return User{}, err
		}
		return User{}, err
	}
	if !ok || !a.may(u) {
		return User{}, fault.New(fault.Invalid, words.New("errors.auth.wrong"))
	}
	if err := a.forgive(ctx, u.ID, at, guesses...); err != nil {
		return User{}, err
	}
	if err := a.guesses.entered(ctx, email); err != nil {
		return User{}, err
	}
	return toUser(u), nil
}

// Confirm checks the password of somebody who is signed in. It counts what does not fit for this session alone, apart
// from sign-ins: strangers keep nobody from it. INVALID: another password; TOO_MANY_REQUESTS: guessed too often.
func (a *Auth) Confirm(ctx context.Context, userID, sessionHash string, password fault.Secret) error {
	guesses := limit{
		key:  "confirm:" + fault.Secret(sessionHash+" "+userID).Digest(),
		most: perAccount,
		span: window,
		own:  true,
	}
	at, err := a.guesses.count(ctx, guesses)
	if err != nil {
		return err
	}
	u, err := a.store.Read.User.Get(ctx, userID)
	if err != nil {
		return store.Fault(err)
	}
	ok, err := a.hash.matches(ctx, password, u.PasswordHash)
	if err != nil {
		if err := a.guesses.uncount(ctx, at, guesses); err != nil {
			return err
		}
		return err
	}
	if !ok || !a.may(u) {
		return fault.New(fault.Invalid, words.New("errors.auth.notYours"))
	}
	return a.store.Tx(ctx, func(tx store.Tx) error { return clear(ctx, tx, at, guesses) })
}

// forgive takes this try back, and with it the failures that were its maker's own, and notes the sign-in.
func (a *Auth) forgive(ctx context.Context, userID string, at time.Time, guesses ...limit) error {
	return a.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.User.UpdateOneID(userID).SetSignedInAt(a.now()).Exec(ctx); err != nil {
			return fmt.Errorf("note the sign-in: %w", err)
		}
		return clear(ctx, tx, at, guesses...)
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
