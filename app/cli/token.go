package cli

import (
	"errors"

	"github.com/truecount/truecount/app/auth"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a personal API token; it is shown once."`
}

type tokenCreateCmd struct {
	Email string `required:"" help:"E-mail address of the account."`
	Name  string `required:"" help:"What the token is for."`
}

// Run makes a token and prints it, once.
func (t tokenCreateCmd) Run(w *World) (err error) {
	a, ctx, err := w.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	u, err := a.Auth.ByEmail(ctx, t.Email)
	if err != nil {
		return err
	}
	token, err := a.Auth.NewToken(ctx, u.ID, t.Name)
	if err != nil {
		return err
	}
	w.say(token.Reveal())
	return a.Auth.Record(ctx, auth.Event{ActorID: auth.Command, Action: "token_create", Target: u.ID, Result: "ok"})
}
