package cli

import (
	"errors"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/words"
)

type userDeleteCmd struct {
	Email string `required:"" help:"Email address of the account."`
	Yes   bool   `            help:"Delete. Without this, only show what would be deleted."`
}

// Run erases a person and everything they own, and prints the receipt.
func (u userDeleteCmd) Run(w *World) (err error) {
	a, ctx, err := w.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	who, err := a.Auth.ByEmail(ctx, u.Email)
	if err != nil {
		return err
	}
	n, err := a.Connect.Owned(ctx, who.ID)
	if err != nil {
		return err
	}
	if !u.Yes {
		w.say(
			words.English.Say("commands.delete.preview", "Name", who.Name, "Email", who.Email, "Accounts", accounts(n)),
		)
		return failure(words.New("commands.delete.confirm"))
	}
	done, err := a.People.Erase(ctx, who.ID, connect.CauseCommand)
	if err != nil {
		return err
	}
	if err := a.Auth.Log.Record(ctx,
		auth.Event{ActorID: auth.Command, Action: "user_delete", Target: who.ID, Result: "ok"}); err != nil {
		return err
	}
	w.say(words.English.Say("commands.delete.done", "ID", who.ID, "Accounts", accounts(done.Connections)))
	w.say(words.English.Say("commands.delete.receipt", "Receipt", done.Receipt))
	if a.Config.BaseURL != "" {
		w.say(a.Config.BaseURL + "/deletion?id=" + done.Receipt)
	}
	if len(done.Unconfirmed) > 0 {
		w.say(words.English.Say("commands.delete.unconfirmed", "Platforms", words.Names(done.Unconfirmed)))
	}
	r, err := a.Connect.Deletions.Receipt(ctx, done.Receipt)
	if err != nil {
		return err
	}
	for _, line := range r.Kept() {
		w.say(line.String())
	}
	return a.Cleaner.RunNow(ctx, a.Served)
}

func accounts(n int) words.Text { return words.New("commands.connectedAccounts", "Count", n) }
