package tiktokfake

import (
	"net/http"
	"net/url"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

const id = "tiktok"

// LimitEndpoint is calls a minute, counted for each endpoint of the app, for sandbox.World.SetLimit.
const LimitEndpoint = "endpoint"

var perEndpoint = sandbox.Limit{Platform: id, Name: LimitEndpoint, Max: 600, Per: time.Minute}

// The scopes.
const (
	basic   = "user.info.basic"
	profile = "user.info.profile"
	stats   = "user.info.stats"
	videos  = "video.list"
)

var dialog = sandbox.Dialog{
	Platform: id, Name: "TikTok", Paths: []string{"/v2/auth/authorize/"}, Client: "client_key", Between: ",",
	Scopes: []sandbox.Permission{
		{Name: basic, Label: "Read your profile info (avatar, display name)", Required: true},
		{
			Name:  profile,
			Label: "Read access to your additional profile information, such as bio description, profile link, and account verification status",
		},
		{
			Name:  stats,
			Label: "Read access to your profile engagement statistics, such as like count, follower count, following count, and video count",
		},
		{Name: videos, Label: "Read your public videos on TikTok"},
	},
	Granted: "scopes", Join: ",",
	Denied: url.Values{"error": {"access_denied"}, "error_description": {"The user denied the request."}},
	Words: func(parameter string) string {
		return "We couldn't log in with TikTok. This may be due to specific app settings. If you're a developer, correct the following and try again: " + parameter
	},
}

type fake struct{ w *sandbox.World }

// New makes the fake of a world.
func New(w *sandbox.World) http.Handler {
	f := &fake{w}
	front := w.Serve(sandbox.Fake{
		Platform: id, Accounts: accounts, Traits: traits, Dialog: dialog, Refuse: f.refuse, Unknown: unknown,
	})
	front.Handle(http.MethodPost, "/v2/oauth/token/", f.token)
	front.Handle(http.MethodPost, "/v2/oauth/revoke/", f.revoke)
	front.Handle(http.MethodGet, "/v2/user/info/", f.api("/v2/user/info/", userFields, f.userInfo))
	front.Handle(http.MethodPost, "/v2/video/list/", f.api("/v2/video/list/", videoFields, f.videoList))
	front.Handle(http.MethodPost, "/v2/video/query/", f.api("/v2/video/query/", videoFields, f.videoQuery))
	return front
}

// unknown is what the gateway says to a missing trailing slash or a wrong method.
func unknown(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rw.WriteHeader(http.StatusNotFound)
	_, _ = rw.Write([]byte("Unsupported path(Janus)"))
}
