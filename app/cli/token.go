package cli

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/words"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Create a personal API token and print it once."`
	List   tokenListCmd   `cmd:"" help:"List an account's API tokens."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke an API token."`
}

type tokenCreateCmd struct {
	Email   string   `required:"" help:"Email address of the account."`
	Name    string   `required:"" help:"What the token is for."`
	Scope   []string `            help:"Scopes, separated by commas: read, sync, manage. Default: read,sync." enum:"read,sync,manage"`
	Expires string   `            help:"Days until it expires, like 90d. Default: never."`
}

// Validate refuses an end that is none: that is wrong usage.
func (t tokenCreateCmd) Validate() error {
	_, err := days(t.Expires)
	return err
}

// Run makes a token and prints it, once.
func (t tokenCreateCmd) Run(w *World) (err error) {
	life, err := days(t.Expires)
	if err != nil {
		return err
	}
	a, ctx, err := w.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	u, err := a.Auth.ByEmail(ctx, t.Email)
	if err != nil {
		return err
	}
	token, err := a.Auth.Tokens.New(ctx, u.ID, auth.TokenWish{Label: t.Name, Scopes: t.Scope, Life: life})
	if err != nil {
		return err
	}
	w.say(token.Reveal())
	return a.Auth.Log.Record(ctx, auth.Event{ActorID: auth.Command, Action: "token_create", Target: u.ID, Result: "ok"})
}

// days reads a number of days, 90d; empty is none.
func days(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil || n < 1 || n > 3650 || !strings.HasSuffix(text, "d") {
		return 0, failure(words.New("commands.token.expires"))
	}
	return time.Duration(n) * 24 * time.Hour, nil
}

type tokenListCmd struct {
	Email string `required:"" help:"Email address of the account."`
	JSON  bool   `            help:"Print JSON."`
}

// Run lists tokens, without their secrets.
func (t tokenListCmd) Run(w *World) (err error) {
	a, ctx, err := w.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	u, err := a.Auth.ByEmail(ctx, t.Email)
	if err != nil {
		return err
	}
	list, err := a.Auth.Tokens.List(ctx, u.ID)
	if err != nil {
		return err
	}
	type row struct {
		ID       string     `json:"id"`
		Name     string     `json:"name"`
		State    string     `json:"state"` // active, expired, revoked
		Scopes   []string   `json:"scopes"`
		Created  time.Time  `json:"createdAt"`
		Expires  *time.Time `json:"expiresAt"`
		LastUsed *time.Time `json:"lastUsedAt"`
	}
	rows := make([]row, len(list))
	for i, x := range list {
		rows[i] = row{
			ID:       x.ID,
			Name:     x.Label,
			State:    x.State(a.Now()),
			Scopes:   x.Names(),
			Created:  x.Created,
			Expires:  x.Expires,
			LastUsed: x.LastUsed,
		}
	}
	if t.JSON {
		e := json.NewEncoder(w.Out)
		e.SetIndent("", "  ")
		return e.Encode(rows)
	}
	day := func(at *time.Time) words.Text {
		if at == nil {
			return words.New("commands.token.never")
		}
		return words.Plain(at.Format(time.DateOnly))
	}
	for _, r := range rows {
		w.say(words.English.Say(
			"commands.token.row",
			"ID",
			r.ID,
			"State",
			r.State,
			"Name",
			strconv.Quote(r.Name),
			"Scopes",
			strings.Join(r.Scopes, ","),
			"Expires",
			day(r.Expires),
			"Used",
			day(r.LastUsed),
		))
	}
	return nil
}

type tokenRevokeCmd struct {
	ID string `arg:"" help:"Token id, from truecount token list."`
}

// Run ends a token.
func (t tokenRevokeCmd) Run(w *World) (err error) {
	a, ctx, err := w.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	owner, err := a.Auth.Tokens.Revoke(ctx, "", t.ID)
	if err != nil {
		return err
	}
	return a.Auth.Log.Record(ctx, auth.Event{ActorID: auth.Command, Action: "token_revoke", Target: owner, Result: "ok"})
}
