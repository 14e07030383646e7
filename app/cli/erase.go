package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
)

type userDeleteCmd struct {
	Email string `required:"" help:"Email address of the account."`
	Yes   bool   `help:"Do it. Without it the command says what would be deleted."`
}

// Run erases a person and everything they own, and prints the receipt.
func (u userDeleteCmd) Run(w *World) (err error) {
	a, ctx, err := w.open()
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
		w.say(fmt.Sprintf("This deletes %s (%s) with %s, their posts, numbers and sync history, and cannot be undone.", who.Name, who.Email, accounts(n)))
		return errors.New("nothing was done: add --yes to do it")
	}
	done, err := a.People.Erase(ctx, who.ID, connect.CauseCommand)
	if err != nil {
		return err
	}
	if err := a.Auth.Log.Record(ctx, auth.Event{ActorID: auth.Command, Action: "user_delete", Target: who.ID, Result: "ok"}); err != nil {
		return err
	}
	w.say(fmt.Sprintf("deleted %s with %s", who.ID, accounts(done.Connections)))
	w.say("receipt " + done.Receipt)
	if a.Config.BaseURL != "" {
		w.say(a.Config.BaseURL + "/deletion?id=" + done.Receipt)
	}
	if len(done.Unconfirmed) > 0 {
		w.say("not confirmed: the end of access at " + strings.Join(done.Unconfirmed, ", ") + "; its tokens are deleted here")
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

func accounts(n int) string {
	if n == 1 {
		return "1 connected account"
	}
	return fmt.Sprintf("%d connected accounts", n)
}
