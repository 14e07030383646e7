package connect

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/url"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/pendingflow"
)

const (
	flowLife = 10 * time.Minute
	mostOpen = 20        // consents that one person may begin in a flow's life without ending one well
	flowLock = 4_711_201 // and a number of the person's: two at once do not both take the last place
)

// Start is a wish to connect.
type Start struct {
	UserID       string
	SessionHash  string // of the browser's session; empty when asked with an API token
	Platform     string
	ConnectionID string // reconnect this one; empty adds an account
	NoticeID     string // the link it begins with: the browser's own secret is SessionHash then, and nobody is signed in
	Popup        bool
}

// Begin makes a single-use flow and gives the address the browser is sent to. A flow that names a connection keeps the
// external id it expects. NOT_FOUND: unknown platform or another's connection; NOT_CONFIGURED: the platform has no
// credentials; TOO_MANY_REQUESTS: too many were begun and not finished.
func (c *Connect) Begin(ctx context.Context, s Start) (string, error) {
	p, ok := c.o.Platforms.Get(s.Platform)
	if !ok {
		return "", fault.New(fault.NotFound, words.New("errors.noPlatform"))
	}
	settings, _ := c.o.Platforms.Settings(s.Platform)
	if !c.o.Platforms.Configured(s.Platform) {
		return "", fault.New(fault.NotConfigured, words.New("errors.connect.notConfigured", "Platform", p.Spec().Name))
	}
	expected := ""
	if s.ConnectionID != "" {
		row, err := c.ownConnection(ctx, s.UserID, s.ConnectionID)
		if err != nil {
			return "", err
		}
		if row.Platform != s.Platform {
			return "", fault.New(fault.NotFound, words.New("errors.noConnection"))
		}
		expected = row.ExternalID
	}
	state := fault.Random().Reveal()
	id := fault.Secret(state).Digest()
	method := p.Spec().ChallengeMethod(settings)
	var verifier fault.Secret
	if method != platform.PKCENone {
		verifier = fault.Random()
	}
	sealed, err := c.Grants.Keys.SealVerifier(id, verifier)
	if err != nil {
		return "", err
	}
	now := c.o.Now()
	err = c.o.Store.Tx(ctx, func(tx store.Tx) error {
		// What nobody finished is of no use an hour later.
		if _, err := tx.PendingFlow.Delete().Where(pendingflow.ExpiresAtLT(now.Add(-time.Hour))).Exec(ctx); err != nil {
			return fmt.Errorf("sweep flows: %w", err)
		}
		if err := limitFlows(ctx, tx, s, now); err != nil {
			return err
		}
		return tx.PendingFlow.Create().SetID(id).SetUserID(s.UserID).SetSessionHash(s.SessionHash).SetPlatform(s.Platform).
			SetConnectionID(s.ConnectionID).
			SetExternalID(expected).
			SetNoticeID(s.NoticeID).SetCreatedAt(now).SetVerifierSealed(sealed).SetRedirectURI(settings.RedirectURI).
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

// limitFlows reports TOO_MANY_REQUESTS when a person has begun too many consents that came to nothing; those begun with
// a link count for the link alone, for anybody may hold it.
func limitFlows(ctx context.Context, tx store.Tx, s Start, now time.Time) error {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.UserID))
	if err := tx.Alone(ctx, flowLock<<32|int64(h.Sum32())); err != nil {
		return err
	}
	open, err := tx.PendingFlow.Query().
		Where(pendingflow.UserID(s.UserID), pendingflow.NoticeID(s.NoticeID), pendingflow.CreatedAtGT(now.Add(-flowLife))).
		Order(pendingflow.ByCreatedAt()).
		Limit(mostOpen).
		All(ctx)
	if err != nil {
		return fmt.Errorf("count flows: %w", err)
	}
	if len(open) < mostOpen {
		return nil
	}
	return &fault.Error{
		Code: fault.TooManyRequests, Message: words.New("errors.connect.tooMany"),
		RetryAfter: open[0].CreatedAt.Add(flowLife).Sub(now),
	}
}

// dropFlows ends the flows that name a connection: they die with it.
func dropFlows(ctx context.Context, tx store.Tx, connectionID string) error {
	if _, err := tx.PendingFlow.Delete().Where(pendingflow.ConnectionID(connectionID)).Exec(ctx); err != nil {
		return fmt.Errorf("end the flows of connection %s: %w", connectionID, err)
	}
	return nil
}

// Callback is what the browser brought back from a platform.
type Callback struct {
	Platform    string
	State       string
	Code        fault.Secret
	Refusal     string // the platform's error parameter
	Issuer      string // RFC 9207, where a platform sends it
	UserID      string // who is signed in; empty: nobody
	SessionHash string
	BrowserHash string // of the secret that a browser was given when it began with a link
}

// flow is a pending flow that was taken, once.
type flow struct {
	id           string
	userID       string
	connectionID string
	externalID   string // the only account it may end with; empty: any
	noticeID     string
	redirectURI  string
	verifier     fault.Secret
	popup        bool
}

// errState is the one answer to every state that does not fit.
func errState() error {
	return fault.New(fault.Invalid, words.New("errors.connect.oldState"))
}

// takeFlow finds the flow of a callback and uses it up. A state that is not this session's, user's or
// platform's stays as it is: a stranger cannot burn it.
func (c *Connect) takeFlow(ctx context.Context, cb Callback) (flow, error) {
	if cb.State == "" || len(cb.State) > 200 {
		return flow{}, errState()
	}
	id := fault.Secret(cb.State).Digest()
	row, err := c.o.Store.Read.PendingFlow.Query().Where(pendingflow.ID(id)).WithUser().Only(ctx)
	if store.Missing(err) {
		return flow{}, errState()
	}
	if err != nil {
		return flow{}, fmt.Errorf("find flow: %w", err)
	}
	now := c.o.Now()
	if row.Platform != cb.Platform || !flowBelongsTo(row, cb) || row.Edges.User == nil || row.Edges.User.Disabled ||
		row.UsedAt != nil ||
		!now.Before(row.ExpiresAt) {
		return flow{}, errState()
	}
	n, err := c.o.Store.Client.PendingFlow.Update().
		Where(pendingflow.ID(id), pendingflow.UsedAtIsNil()).
		SetUsedAt(now).
		Save(ctx)
	if err != nil {
		return flow{}, fmt.Errorf("use flow: %w", err)
	}
	if n != 1 {
		return flow{}, errState()
	}
	f := flow{
		id: id, userID: row.UserID, connectionID: row.ConnectionID, externalID: row.ExternalID, noticeID: row.NoticeID,
		redirectURI: row.RedirectURI, popup: row.Popup,
	}
	if row.VerifierSealed != nil {
		if f.verifier, err = c.Grants.Keys.OpenVerifier(id, *row.VerifierSealed); err != nil {
			return flow{}, err
		}
	}
	return f, nil
}

// flowBelongsTo reports whether a callback is of who began the flow: the user, in the browser's session they began it
// in, or the browser that opened a link.
func flowBelongsTo(row *ent.PendingFlow, cb Callback) bool {
	if row.NoticeID != "" {
		return row.SessionHash != "" && row.SessionHash == cb.BrowserHash
	}
	return row.UserID == cb.UserID && (row.SessionHash == "" || row.SessionHash == cb.SessionHash)
}

// issuerMatches reports whether an answer's issuer is the one the browser was sent to, if it names one.
func (c *Connect) issuerMatches(cb Callback) bool {
	if cb.Issuer == "" {
		return true
	}
	settings, _ := c.o.Platforms.Settings(cb.Platform)
	want, err := url.Parse(settings.URLs["AUTHORIZE_URL"])
	got, gerr := url.Parse(cb.Issuer)
	return err == nil && gerr == nil && got.Scheme == want.Scheme && got.Host == want.Host
}
