package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
)

type userCmd struct {
	Create  userCreateCmd  `cmd:"" help:"Create an account and print its id."`
	List    userListCmd    `cmd:"" help:"List accounts."`
	Disable userDisableCmd `cmd:"" help:"Disable an account."`
	Unlock  userUnlockCmd  `cmd:"" help:"Clear an account's failed sign-ins."`
	Reset   userResetCmd   `cmd:"" help:"Print a password reset link."`
	Delete  userDeleteCmd  `cmd:"" help:"Delete a person and all their data, and print a receipt."`
}

type userCreateCmd struct {
	Email         string `required:"" help:"Email address, used to sign in."`
	Name          string `required:"" help:"The person's name."`
	Role          string `required:"" help:"creator or admin."                      enum:"admin,creator"`
	PasswordStdin bool   `required:"" help:"Read the password from standard input."`
}

// Run makes an account.
func (u userCreateCmd) Run(w *World) (err error) {
	b, err := io.ReadAll(io.LimitReader(w.In, 4096))
	if err != nil {
		return fmt.Errorf("read the password: %w", err)
	}
	a, ctx, err := w.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	password := fault.Secret(strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"))
	id, err := a.Auth.Create(ctx, auth.NewUser{Email: u.Email, Name: u.Name, Role: u.Role, Password: password})
	if err != nil {
		return err
	}
	w.say(id)
	return a.Auth.Log.Record(ctx, auth.Event{ActorID: auth.Command, Action: "user_create", Target: id, Result: "ok"})
}

type userListCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run lists accounts.
func (u userListCmd) Run(w *World) (err error) {
	a, ctx, err := w.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	list, err := a.Auth.List(ctx)
	if err != nil {
		return err
	}
	type row struct {
		ID       string `json:"id"`
		Email    string `json:"email"`
		Name     string `json:"name"`
		Role     string `json:"role"`
		Disabled bool   `json:"disabled"`
	}
	rows := make([]row, len(list))
	for i, x := range list {
		rows[i] = row{x.ID, x.Email, x.Name, "creator", x.Disabled}
		if x.Admin {
			rows[i].Role = "admin"
		}
	}
	if u.JSON {
		e := json.NewEncoder(w.Out)
		e.SetIndent("", "  ")
		return e.Encode(rows)
	}
	for _, r := range rows {
		state := ""
		if r.Disabled {
			state = " disabled"
		}
		w.say(fmt.Sprintf("%s %s %s %q%s", r.ID, r.Role, r.Email, r.Name, state))
	}
	return nil
}

type userDisableCmd struct {
	Email string `required:"" help:"Email address of the account."`
}

// Run shuts an account out.
func (u userDisableCmd) Run(w *World) (err error) {
	a, ctx, err := w.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.Auth.Disable(ctx, u.Email); err != nil {
		return err
	}
	return a.Auth.Log.Record(
		ctx,
		auth.Event{
			ActorID: auth.Command,
			Action:  "user_disable",
			Target:  "email:" + fault.Secret(strings.ToLower(strings.TrimSpace(u.Email))).Digest()[:16],
			Result:  "ok",
		},
	)
}

type userUnlockCmd struct {
	Email string `required:"" help:"Email address of the account."`
}

// Run forgets failed sign-ins.
func (u userUnlockCmd) Run(w *World) (err error) {
	a, ctx, err := w.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	who, err := a.Auth.Unlock(ctx, u.Email)
	if err != nil {
		return err
	}
	return a.Auth.Log.Record(ctx, auth.Event{ActorID: auth.Command, Action: "user_unlock", Target: who.ID, Result: "ok"})
}

type userResetCmd struct {
	Email string `required:"" help:"Email address of the account."`
}

// Run prints a link for a new password: it works once, for a day, and ends the links from before. It is the way back
// when the only admin has lost theirs.
func (u userResetCmd) Run(w *World) (err error) {
	a, ctx, err := w.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	who, err := a.Auth.ByEmail(ctx, u.Email)
	if err != nil {
		return err
	}
	if who.Disabled {
		return failure(words.New("commands.user.disabled"))
	}
	_, token, err := a.Auth.ResetLink(ctx, who.ID)
	if err != nil {
		return err
	}
	w.say(a.Config.BaseURL + "/password/reset/" + token.Reveal())
	return a.Auth.Log.Record(ctx, auth.Event{ActorID: auth.Command, Action: "password_link", Target: who.ID, Result: "ok"})
}
