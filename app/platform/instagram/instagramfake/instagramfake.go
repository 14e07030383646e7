package instagramfake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/truecount/truecount/app/sandbox"
)

const id = "instagram"

// The limits of the fake, for sandbox.World.SetLimit: calls an hour.
const (
	LimitAccount = "account" // of one account
	LimitApp     = "app"     // of all together; life's depends on impressions, this one is for tests to lower
)

var (
	perAccount = sandbox.Limit{Platform: id, Name: LimitAccount, Max: 200, Per: time.Hour}
	perApp     = sandbox.Limit{Platform: id, Name: LimitApp, Max: 1_000_000, Per: time.Hour}
)

const (
	basic    = "instagram_business_basic"
	insights = "instagram_business_manage_insights"
)

var dialog = sandbox.Dialog{
	Platform: id, Name: "Instagram", Paths: []string{"/oauth/authorize"}, Client: "client_id", Between: ", ",
	Scopes: []sandbox.Permission{
		{Name: basic, Label: "View profile and access media", Required: true},
		{Name: insights, Label: "Access insights of your profile and posts"},
		{Name: "instagram_business_manage_comments", Label: "Access and manage comments"},
		{Name: "instagram_business_manage_messages", Label: "Access and manage messages"},
		{Name: "instagram_business_content_publish", Label: "Publish content"},
	},
	Fragment: "#_",
	Denied: url.Values{
		"error":             {"access_denied"},
		"error_reason":      {"user_denied"},
		"error_description": {"The user denied your request"},
	},
	Words: func(parameter string) string {
		switch parameter {
		case "client_id":
			return "Invalid Request: Request parameters are invalid: Invalid platform app"
		case "redirect_uri":
			return "Invalid Request: Request parameters are invalid: Invalid redirect_uri"
		case "scope":
			return "Invalid Request: Request parameters are invalid: Invalid scope"
		default:
			return "Invalid Request: Request parameters are invalid: " + parameter
		}
	},
}

type fake struct{ w *sandbox.World }

// New makes the fake of a world.
func New(w *sandbox.World) http.Handler {
	f := &fake{w}
	front := w.Serve(sandbox.Fake{
		Platform: id, Accounts: accounts, Traits: traits, Dialog: dialog, Faults: faults, Refuse: f.refuse, Unknown: unknown,
	})
	front.Handle(http.MethodPost, "/oauth/access_token", f.exchange)
	front.Handle(http.MethodGet, "/access_token", f.longer)
	front.Handle(http.MethodGet, "/refresh_access_token", f.refresh)
	front.Handle(http.MethodGet, "/{version}/me", f.graph(f.me))
	front.Handle(http.MethodGet, "/{version}/me/media", f.graph(f.media))
	front.Handle(http.MethodGet, "/{version}/me/insights", f.graph(f.accountInsights))
	front.Handle(http.MethodGet, "/{version}/{media}/insights", f.graph(f.mediaInsights))
	return front
}

type object = map[string]any

func answer(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=UTF-8")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(v) // the client left
}

// secret is the token of a call: documented as a parameter, taken as a header too.
func secret(r *http.Request) string {
	if t := r.URL.Query().Get("access_token"); t != "" {
		return t
	}
	return sandbox.BearerToken(r)
}

// call is a graph call that was let in.
type call struct {
	rw      http.ResponseWriter
	r       *http.Request
	q       url.Values
	grant   sandbox.Grant
	version string
}

var versions = regexp.MustCompile(`^v(\d+)\.0$`)

// The versions that answer: older ones are gone, newer ones are not there yet.
const (
	oldest = 21
	newest = 26
)

// graph checks version, token and limits, and writes the usage headers.
func (f *fake) graph(h func(call)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		c := call{rw: rw, r: r, q: r.URL.Query(), version: r.PathValue("version")}
		rw.Header().Set("Cache-Control", "private, no-cache, no-store, must-revalidate")
		m := versions.FindStringSubmatch(c.version)
		if m == nil {
			unknown(rw, r)
			return
		}
		if n, err := strconv.Atoi(m[1]); err != nil || n > newest {
			unknown(rw, r)
			return
		} else if n < oldest {
			fail(rw, http.StatusBadRequest,
				object{"message": fmt.Sprintf("(#2635) You are calling a deprecated version of the API. Please update to the latest version: v%d.0.", newest), "type": "OAuthException", "code": 2635})
			return
		}
		rw.Header().Set("Facebook-Api-Version", c.version)
		var err error
		if c.grant, err = f.w.Bearer(id, secret(r)); err != nil {
			f.refuseToken(rw, c.grant, err)
			return
		}
		app := f.w.Spend(perApp, "", 1)
		rw.Header().Set("X-App-Usage", appUsage(app.Percent))
		if !app.OK {
			appLimit(rw)
			return
		}
		own := f.w.Spend(perAccount, c.grant.Account, 1)
		rw.Header().Set("X-Business-Use-Case-Usage", accountUsage(c.grant.Account, own.Percent, own.Again))
		if !own.OK {
			accountLimit(rw)
			return
		}
		if !c.grant.Has(basic) {
			permission(rw)
			return
		}
		h(c)
	}
}

func appUsage(percent int64) string {
	return fmt.Sprintf(`{"call_count":%d,"total_cputime":0,"total_time":%d}`, percent, percent/2)
}

// accountUsage tells percents, and minutes until calls go through again; 0 is "not blocked now".
func accountUsage(account string, percent int64, again time.Duration) string {
	minutes := int64((again + time.Minute - 1) / time.Minute)
	return fmt.Sprintf(
		`{"%s":[{"type":"instagram","call_count":%d,"total_cputime":%d,"total_time":%d,`+
			`"estimated_time_to_regain_access":%d}]}`,
		account,
		percent,
		percent/3,
		percent/2,
		minutes,
	)
}
