package youtubefake

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/truecount/truecount/app/sandbox"
)

const id = "youtube"

// The limits of the fake, for sandbox.World.SetLimit: units a Pacific day.
const (
	LimitUnits = "units" // of everything but batchGetStats
	LimitStats = "stats" // of videos:batchGetStats
)

var (
	units = sandbox.Limit{Platform: id, Name: LimitUnits, Max: 10000}
	stats = sandbox.Limit{Platform: id, Name: LimitStats, Max: 10000}
)

const (
	readonly  = "https://www.googleapis.com/auth/youtube.readonly"
	analytics = "https://www.googleapis.com/auth/yt-analytics.readonly"
)

var dialog = sandbox.Dialog{
	Platform: id, Name: "YouTube", Paths: []string{"/o/oauth2/v2/auth", "/o/oauth2/auth"}, Client: "client_id",
	Between: " ",
	Scopes: []sandbox.Permission{
		{Name: readonly, Label: "View your YouTube account", Required: true},
		{Name: analytics, Label: "View YouTube Analytics reports for your YouTube content"},
		{Name: "openid", Label: "Associate you with your personal info on Google", Required: true},
		{Name: "email", Label: "See your primary Google Account email address", Required: true},
	},
	Granted: "scope", Join: " ", With: url.Values{"authuser": {"0"}, "prompt": {"consent"}},
	Denied: url.Values{"error": {"access_denied"}},
	Words: func(parameter string) string {
		switch parameter {
		case "client_id":
			return "Access blocked: Authorization Error. The OAuth client was not found. Error 401: invalid_client"
		case "redirect_uri":
			return "Access blocked: This app's request is invalid. Error 400: redirect_uri_mismatch"
		case "scope":
			return "Access blocked: Some requested scopes were invalid. Error 400: invalid_scope"
		default:
			return "Access blocked: Authorization Error. Error 400: invalid_request (" + parameter + ")"
		}
	},
}

// fake answers for the world.
type fake struct{ w *sandbox.World }

// New makes the fake of a world.
func New(w *sandbox.World) http.Handler {
	f := &fake{w}
	front := w.Serve(sandbox.Fake{
		Platform: id, Accounts: accounts, Traits: traits, Dialog: dialog, Refuse: f.refuse, Unknown: unknown,
	})
	front.Handle(http.MethodPost, "/token", f.token)
	front.Handle(http.MethodPost, "/revoke", f.revoke)
	front.Handle(http.MethodGet, "/youtube/v3/channels", f.api(units, f.channels))
	front.Handle(http.MethodGet, "/youtube/v3/playlistItems", f.api(units, f.playlistItems))
	front.Handle(http.MethodGet, "/youtube/v3/videos", f.api(units, f.videos))
	front.Handle(http.MethodGet, "/youtube/v3/videos:batchGetStats", f.api(stats, f.batchGetStats))
	return front
}

// api books the unit that every call costs, also a wrong one, and looks at the token.
func (f *fake) api(l sandbox.Limit, list func(http.ResponseWriter, url.Values, sandbox.Grant)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		g, err := f.w.Bearer(id, sandbox.BearerToken(r))
		if err != nil {
			unauthenticated(rw)
			return
		}
		if !f.w.Spend(l, "", 1).OK {
			quotaExceeded(rw)
			return
		}
		f.w.CountUnits(id, 1)
		if !g.Has(readonly) {
			scopeMissing(rw)
			return
		}
		list(rw, r.URL.Query(), g)
	}
}

func answer(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=UTF-8")
	rw.Header().Set("Cache-Control", "private")
	rw.WriteHeader(status)
	enc := json.NewEncoder(rw)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	_ = enc.Encode(v) // the client left
}

// listParameter reads a parameter that may be joined by commas, repeated, or both.
func listParameter(q url.Values, name string) []string {
	var out []string
	for _, v := range q[name] {
		for _, s := range strings.Split(v, ",") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}
