package auth

import (
	"context"
	"fmt"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/user"
)

// The demo's sign-ins, which exist only in the sandbox.
const (
	DemoAdmin   = "admin@demo.test"
	DemoCreator = "creator@demo.test"
	demoKey     = "demo_password"
)

// Demo makes the demo accounts if there are none and gives their password, made once per database.
// It refuses unless demo users may sign in.
func (d *Demo) Open(ctx context.Context) (fault.Secret, error) {
	if !d.auth.demo {
		return "", fault.New(fault.Conflict, words.New("errors.auth.demo"))
	}
	if p, err := d.Password(ctx); err != nil || !p.Empty() {
		return p, err
	}
	password := fault.Secret(strings.ToLower(fault.Random().Reveal()[:14]))
	hash, err := d.auth.hash.make(ctx, password)
	if err != nil {
		return "", err
	}
	err = d.store.Tx(ctx, func(tx store.Tx) error {
		for _, n := range []NewUser{
			{Email: DemoAdmin, Name: "Olu Admin", Role: "admin", Demo: true},
			{Email: DemoCreator, Name: "Mina Park", Role: "creator", Demo: true},
		} {
			if _, err := create(ctx, tx, n, hash); err != nil {
				return err
			}
		}
		return tx.Meta.Create().SetID(demoKey).SetValue([]byte(password.Reveal())).Exec(ctx)
	})
	if err != nil {
		return "", fmt.Errorf("make the demo accounts: %w", err)
	}
	return password, nil
}

// DemoPassword is the demo accounts' password, to be shown on loopback; empty when there are none.
func (d *Demo) Password(ctx context.Context) (fault.Secret, error) {
	if !d.auth.demo {
		return "", nil
	}
	m, err := d.store.Read.Meta.Get(ctx, demoKey)
	if store.Missing(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the demo password: %w", err)
	}
	return fault.Secret(m.Value), nil
}

// DemoUsers are the demo's sign-ins that work, the creator's first: whoever was deleted or disabled is left out.
func (d *Demo) Users(ctx context.Context) ([]User, error) {
	if !d.auth.demo {
		return nil, nil
	}
	rows, err := d.store.Read.User.Query().
		Where(user.Demo(true), user.Disabled(false), user.EmailIn(DemoCreator, DemoAdmin)).
		Order(user.ByEmail(sql.OrderDesc())).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the demo accounts: %w", err)
	}
	out := make([]User, len(rows))
	for i, u := range rows {
		out[i] = toUser(u)
	}
	return out, nil
}

const demoFilled = "demo_filled"

// DemoFilled reports whether the demo creator was given their accounts, whatever became of them since.
func (d *Demo) Filled(ctx context.Context) (bool, error) {
	_, err := d.store.Read.Meta.Get(ctx, demoFilled)
	if store.Missing(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the demo's state: %w", err)
	}
	return true, nil
}

// FillDemo notes that the demo creator was given their accounts.
func (d *Demo) Fill(ctx context.Context) error {
	if err := d.store.Client.Meta.Create().SetID(demoFilled).SetValue([]byte("1")).OnConflictColumns("id").
		UpdateNewValues().Exec(ctx); err != nil {
		return fmt.Errorf("note the demo's state: %w", err)
	}
	return nil
}
