package connect

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent/pendingflow"
)

const flowLife = 10 * time.Minute

// Start is a wish to connect.
type Start struct {
	UserID       string
	SessionHash  string // of the browser's session; empty when asked with an API token
	Platform     string
	ConnectionID string // reconnect this one; empty adds an account
	Popup        bool
}

// Begin makes a single-use flow and gives the address the browser is sent to. NOT_FOUND: unknown
// platform or another's connection; NOT_CONFIGURED: the platform has no credentials.
func (c *Connect) Begin(ctx context.Context, s Start) (string, error) {
	p, ok := c.o.Platforms.Get(s.Platform)
	if !ok {
		return "", fault.New(fault.NotFound, "There is no such platform.")
	}
	settings, _ := c.o.Platforms.Settings(s.Platform)
	if !c.o.Platforms.Configured(s.Platform) {
		return "", fault.New(fault.NotConfigured, p.Spec().Name+" is not set up here yet. Nothing was changed; the person who runs this installation can add it.")
	}
	if s.ConnectionID != "" {
		row, err := c.own(ctx, s.UserID, s.ConnectionID)
		if err != nil {
			return "", err
		}
		if row.Platform != s.Platform {
			return "", fault.New(fault.NotFound, "There is no such connection.")
		}
	}
	state := fault.Random().Reveal()
	id := fault.Secret(state).Digest()
	method := p.Spec().ChallengeMethod(settings)
	var verifier fault.Secret
	if method != platform.PKCENone {
		verifier = fault.Random()
	}
	sealed, err := c.o.Vault.Seal(verifier, flowPurpose(id))
	if err != nil {
		return "", err
	}
	now := c.o.Now()
	err = c.o.Store.Tx(ctx, func(tx store.Tx) error {
		// What nobody finished is of no use an hour later.
		if _, err := tx.PendingFlow.Delete().Where(pendingflow.ExpiresAtLT(now.Add(-time.Hour))).Exec(ctx); err != nil {
			return fmt.Errorf("sweep flows: %w", err)
		}
		return tx.PendingFlow.Create().SetID(id).SetUserID(s.UserID).SetSessionHash(s.SessionHash).SetPlatform(s.Platform).
			SetConnectionID(s.ConnectionID).SetVerifierSealed(sealed).SetRedirectURI(settings.RedirectURI).
			SetPopup(s.Popup).SetExpiresAt(now.Add(flowLife)).Exec(ctx)
	})
	if err != nil {
		return "", fmt.Errorf("begin a flow on %s: %w", s.Platform, err)
	}
	return p.AuthorizeURL(platform.AuthRequest{
		RedirectURI: settings.RedirectURI, State: state,
		Challenge: platform.Challenge(method, verifier), Reconnect: s.ConnectionID != "",
	}), nil
}

func flowPurpose(id string) string { return "flow:" + id + ":verifier" }

// Callback is what the browser brought back from a platform.
type Callback struct {
	Platform    string
	State       string
	Code        fault.Secret
	Refusal     string // the platform's error parameter
	Issuer      string // RFC 9207, where a platform sends it
	UserID      string
	SessionHash string
}

// flow is a pending flow that was taken, once.
type flow struct {
	connectionID string
	redirectURI  string
	verifier     fault.Secret
	popup        bool
}

// errState is the one answer to every state that does not fit.
func errState() error {
	return fault.New(fault.Invalid, "This connection attempt is not known, was used already, or took longer than ten minutes. Nothing was changed. Go back to Connections and start it again.")
}

// take finds the flow of a callback and uses it up. A state that is not this session's, user's or
// platform's stays as it is: a stranger cannot burn it.
func (c *Connect) take(ctx context.Context, cb Callback) (flow, error) {
	if cb.State == "" || len(cb.State) > 200 {
		return flow{}, errState()
	}
	id := fault.Secret(cb.State).Digest()
	row, err := c.o.Store.Read.PendingFlow.Get(ctx, id)
	if store.Missing(err) {
		return flow{}, errState()
	}
	if err != nil {
		return flow{}, fmt.Errorf("find flow: %w", err)
	}
	now := c.o.Now()
	bound := row.SessionHash == "" || row.SessionHash == cb.SessionHash
	if row.Platform != cb.Platform || row.UserID != cb.UserID || !bound || row.UsedAt != nil || !now.Before(row.ExpiresAt) {
		return flow{}, errState()
	}
	n, err := c.o.Store.Client.PendingFlow.Update().Where(pendingflow.ID(id), pendingflow.UsedAtIsNil()).SetUsedAt(now).Save(ctx)
	if err != nil {
		return flow{}, fmt.Errorf("use flow: %w", err)
	}
	if n != 1 {
		return flow{}, errState()
	}
	f := flow{connectionID: row.ConnectionID, redirectURI: row.RedirectURI, popup: row.Popup}
	if row.VerifierSealed != nil {
		if f.verifier, err = c.o.Vault.Open(*row.VerifierSealed, flowPurpose(id)); err != nil {
			return flow{}, err
		}
	}
	return f, nil
}

// issued reports whether an answer's issuer is the one the browser was sent to, if it names one.
func (c *Connect) issued(cb Callback) bool {
	if cb.Issuer == "" {
		return true
	}
	settings, _ := c.o.Platforms.Settings(cb.Platform)
	want, err := url.Parse(settings.URLs["AUTHORIZE_URL"])
	got, gerr := url.Parse(cb.Issuer)
	return err == nil && gerr == nil && got.Scheme == want.Scheme && got.Host == want.Host
}
