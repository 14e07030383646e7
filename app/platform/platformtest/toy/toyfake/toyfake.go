package toyfake

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

const (
	id      = "toy"
	basic   = "account.read"
	stats   = "stats.read"
	life    = 2 * time.Hour
	blocked = "suspended"
)

var videos = [8]sandbox.PostKind{
	sandbox.PostVideo, sandbox.PostVideo, sandbox.PostVideo, sandbox.PostVideo, sandbox.PostVideo, sandbox.PostVideo,
	sandbox.PostVideo, sandbox.PostVideo,
}

// accounts are who is there in every world; the first one is the demo creator's.
var accounts = []sandbox.Seed{
	{
		Account: sandbox.Account{
			Handle:    "mina.plays",
			Name:      "Mina Plays",
			Bio:       sandbox.DemoBio,
			Kind:      sandbox.KindCreator,
			Following: 12,
			Why:       "The demo creator.",
		},
		Since: sandbox.Begin, Base: 3000, Daily: 4, Jump: 90, First: sandbox.Begin.AddDate(1, 0, 0), Every: 48 * time.Hour,
		Kinds: videos, ViewRate: 0.4, Spread: 0.6, LikeRate: 0.06,
	},
	{
		Account: sandbox.Account{
			Handle:    "leo.builds",
			Name:      "Leo Builds",
			Kind:      sandbox.KindCreator,
			Following: 3,
			Why:       "A second, ordinary account.",
		},
		Since: sandbox.Begin, Base: 90000, Daily: 40, Jump: 500, First: sandbox.Begin.AddDate(1, 0, 0), Every: 24 * time.Hour,
		Kinds: videos, ViewRate: 0.3, Spread: 0.8, LikeRate: 0.05,
	},
	{
		Account: sandbox.Account{Handle: "left.alone", Name: "Left alone", Unreadable: blocked, Why: "A suspended account."},
		Since:   sandbox.Begin, Base: 10,
	},
}

var dialog = sandbox.Dialog{
	Platform: id, Name: "Toy", Paths: []string{"/authorize"}, Client: "client_id", Between: " ",
	Scopes: []sandbox.Permission{
		{Name: basic, Label: "Read your account and your clips", Required: true},
		{Name: stats, Label: "Read views and shares"},
	},
	Denied: url.Values{"error": {"access_denied"}},
	Words:  func(parameter string) string { return "Toy cannot use this request: " + parameter },
}

type fake struct{ w *sandbox.World }

// New makes the fake of a world.
func New(w *sandbox.World) http.Handler {
	f := &fake{w}
	front := w.Serve(sandbox.Fake{
		Platform: id, Accounts: accounts, Traits: sandbox.Traits{AccessPrefix: "toy-", RefreshPrefix: "toyr-", Shares: true},
		Dialog: dialog, Refuse: refuse, Unknown: http.NotFound,
	})
	front.Handle(http.MethodPost, "/oauth/token", f.token)
	front.Handle(http.MethodPost, "/oauth/revoke", f.revoke)
	front.Handle(http.MethodGet, "/v1/account", f.api(f.account))
	front.Handle(http.MethodGet, "/v1/clips", f.api(f.clips))
	return front
}

type object = map[string]any

func answer(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(v) // the client left
}

func fail(rw http.ResponseWriter, status int, code string) {
	answer(rw, status, object{"error": object{"code": code}})
}

// refuse words the faults that a person adds.
func refuse(rw http.ResponseWriter, _ *http.Request, f sandbox.Fault) {
	switch f.Kind {
	case sandbox.FaultRateLimit:
		rw.Header().Set("Retry-After", "60")
		fail(rw, http.StatusTooManyRequests, "account_limit")
	case sandbox.FaultAppLimit:
		rw.Header().Set("Retry-After", "60")
		fail(rw, http.StatusTooManyRequests, "app_limit")
	default:
		fail(rw, f.Status, "trouble")
	}
}

func (f *fake) token(rw http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		fail(rw, http.StatusBadRequest, "malformed")
		return
	}
	p := r.PostForm
	var g sandbox.Grant
	var err error
	refresh := p.Get("refresh_token")
	if p.Get("grant_type") == "authorization_code" {
		g, err = f.w.Redeem(id, sandbox.Redemption{
			ClientID: p.Get(
				"client_id",
			), ClientSecret: p.Get("client_secret"), Code: p.Get("code"), RedirectURI: p.Get("redirect_uri"),
			Verifier: p.Get("code_verifier"),
		})
		if err == nil {
			refresh, err = f.w.Refresher(g, 0)
		}
	} else if err = f.w.CheckClient(id, p.Get("client_id"), p.Get("client_secret")); err == nil {
		g, err = f.w.RefreshGrant(id, refresh)
	}
	var access string
	if err == nil {
		access, err = f.w.Access(g, life)
	}
	switch {
	case err == nil:
		answer(rw, http.StatusOK, object{
			"access_token": access, "refresh_token": refresh, "expires_in": int(life.Seconds()),
			"scope": strings.Join(g.Scopes, " "), "account": g.Account,
		})
	case errors.Is(err, sandbox.ErrClient), errors.Is(err, sandbox.ErrSecret):
		fail(rw, http.StatusUnauthorized, "client_invalid")
	case errors.Is(err, sandbox.ErrRedirect):
		fail(rw, http.StatusBadRequest, "redirect_invalid")
	case p.Get("grant_type") == "authorization_code":
		fail(rw, http.StatusBadRequest, "code_invalid")
	default:
		fail(rw, http.StatusBadRequest, "grant_ended")
	}
}

func (f *fake) revoke(rw http.ResponseWriter, r *http.Request) {
	if err := f.w.RevokeToken(id, r.PostFormValue("token")); err != nil {
		fail(rw, http.StatusBadRequest, "grant_ended")
		return
	}
	answer(rw, http.StatusOK, object{})
}

// api lets a call with a living token in.
func (f *fake) api(h func(http.ResponseWriter, *http.Request, sandbox.Grant)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		g, err := f.w.Bearer(id, sandbox.BearerToken(r))
		switch {
		case err != nil:
			fail(rw, http.StatusUnauthorized, "token_invalid")
		case !g.Has(basic):
			fail(rw, http.StatusForbidden, "scope_missing")
		default:
			h(rw, r, g)
		}
	}
}

func (f *fake) account(rw http.ResponseWriter, _ *http.Request, g sandbox.Grant) {
	p, ok := f.w.Profile(id, g.Account)
	if !ok || p.Unreadable != "" {
		fail(rw, http.StatusForbidden, blocked)
		return
	}
	answer(rw, http.StatusOK, object{
		"id": p.ID, "handle": p.Handle, "name": p.Name, "bio": p.Bio, "picture": "https://pictures.toy.example/" + p.ID,
		"fans": p.Followers, "following": p.Following, "clips": p.Posts,
	})
}

func (f *fake) clips(rw http.ResponseWriter, r *http.Request, g sandbox.Grant) {
	n, err := strconv.Atoi(r.URL.Query().Get("limit"))
	skip, _ := strconv.Atoi(r.URL.Query().Get("after")) // none is the beginning
	if err != nil || n < 1 || n > 50 || skip < 0 {
		fail(rw, http.StatusBadRequest, "malformed")
		return
	}
	items := []object{}
	for _, p := range f.w.List(id, g.Account, skip, n) {
		c := object{
			"id": p.ID, "text": p.Caption, "at": p.PublishedAt.Format(time.RFC3339),
			"picture": "https://pictures.toy.example/" + p.ID,
			"seconds": p.Seconds, "likes": p.Likes, "comments": p.Comments,
		}
		if g.Has(stats) {
			c["views"], c["shares"] = p.Views, p.Shares
		}
		items = append(items, c)
	}
	next := ""
	if skip+len(items) < f.w.Listed(id, g.Account) {
		next = strconv.Itoa(skip + len(items))
	}
	answer(rw, http.StatusOK, object{"items": items, "next": next})
}
