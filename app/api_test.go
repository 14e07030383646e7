package app_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/viewer"
)

// caller asks the API as a program does: with a token, and without a browser's cookies.
type caller struct {
	t     *testing.T
	base  string
	token string
}

// reply is an answer of the API.
type reply struct {
	status int
	header http.Header
	body   string
}

func (c caller) get(path string, headers ...string) reply {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.base+path, http.NoBody)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := (&http.Client{Timeout: patience}).Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(body)}
}

// object reads an answer that must be 200.
func (c caller) object(path string) map[string]any {
	c.t.Helper()
	got := c.get(path)
	if got.status != http.StatusOK {
		c.t.Fatalf("%s: got %d %s, want 200", path, got.status, got.body)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(got.body), &out); err != nil {
		c.t.Fatalf("%s: %v", path, err)
	}
	return out
}

// refused reads an answer that must be 422 and name a parameter.
func (c caller) refused(path, parameter string) {
	c.t.Helper()
	got := c.get(path)
	var said struct {
		Error     struct{ Code, Message string }
		RequestID string `json:"requestId"`
	}
	err := json.Unmarshal([]byte(got.body), &said)
	if got.status != http.StatusUnprocessableEntity || err != nil || said.Error.Code != "INVALID" ||
		!strings.Contains(said.Error.Message, parameter) {
		c.t.Errorf("%s: got %d %s, want 422 INVALID that names %s", path, got.status, got.body, parameter)
	}
	if said.RequestID == "" || said.RequestID != got.header.Get("X-Request-Id") {
		c.t.Errorf("%s: got the request id %q, want the header's %q", path, said.RequestID, got.header.Get("X-Request-Id"))
	}
}

// with makes a caller of a person, whose token has the scopes.
func (h *house) with(email string, scopes ...string) caller {
	h.t.Helper()
	token, err := h.Auth.Tokens.New(
		viewer.System(h.t.Context(), viewer.ReasonTest),
		h.idOf(email),
		auth.TokenWish{Label: "api", Scopes: scopes},
	)
	if err != nil {
		h.t.Fatal(err)
	}
	return caller{h.t, h.URL, token.Reveal()}
}

// has fails unless an object has exactly these keys.
func has(t *testing.T, what string, v any, keys ...string) map[string]any {
	t.Helper()
	o, ok := v.(map[string]any)
	if got := slices.Sorted(maps.Keys(o)); !ok || !slices.Equal(got, slices.Sorted(slices.Values(keys))) {
		t.Fatalf("%s: got the keys %v, want %v", what, got, keys)
	}
	return o
}

// firstOf is the first item of a list that must have some.
func firstOf(t *testing.T, what string, v any) any {
	t.Helper()
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		t.Fatalf("%s: got %v, want a list with items", what, v)
	}
	return list[0]
}

var valueKeys = []string{
	"value", "unit", "state", "calculated", "asOf", "final", "definition", "reason", "coverage",
}

// isValue fails unless v is a value: it has a number, or a reason why there is none. // V1
func isValue(t *testing.T, what string, v any, more ...string) map[string]any {
	t.Helper()
	o := has(t, what, v, append(slices.Clone(valueKeys), more...)...)
	none := o["state"] == "missing" || o["state"] == "withheld"
	if none != (o["value"] == nil) || none != (o["reason"] != nil) || none && o["asOf"] != nil {
		t.Errorf("%s: got %v, want a number, or a reason and no time", what, o)
	}
	return o
}

// V1: each route of API v1 answers in the contract's shape, to those who may ask, and with what is theirs.
func TestAPI(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.admin("ada@example.com", "Ada")
	mina, omar := h.creator("mina@example.com"), h.creator("omar@example.com")
	mina.lands(mina.consent(h.world, "tiktok", sandbox.Choice{}), "/connections?success=tiktok_connected")
	before := mina.synced("tiktok", "").RunID
	mina.lands(mina.consent(h.world, "instagram", sandbox.Choice{}), "/connections?success=instagram_connected")
	mina.synced("instagram", "")
	omar.lands(omar.consent(h.world, "youtube", sandbox.Choice{}), "/connections?success=youtube_connected")
	omar.synced("youtube", "")
	c := h.with("mina@example.com", "read")
	theirs := h.with("omar@example.com", "read").object("/api/v1/connections")
	other := firstOf(t, "Omar's accounts", theirs["items"]).(map[string]any)["id"].(string)

	t.Run("shapes", func(t *testing.T) {
		list := has(t, "connections", c.object("/api/v1/connections"), "items", "next")
		if got := len(list["items"].([]any)); got != 2 || list["next"] != nil {
			t.Errorf("connections: got %d and %v, want both accounts and no more", got, list["next"])
		}
		one := has(t, "a connection", list["items"].([]any)[0], "id", "platform", "handle", "connected", "status",
			"followerCount", "postCount", "lastSynced", "nextSync", "expiresAt", "freshness", "name", "primary")
		has(t, "freshness", one["freshness"], "status", "asOf", "source", "missing")

		list = has(t, "metrics", c.object("/api/v1/metrics?limit=200"), "items", "next")
		for _, m := range list["items"].([]any) {
			def := has(t, "a metric", m, "key", "version", "label", "unit", "kind", "meaning", "formula", "platforms", "changes")
			for _, ch := range def["changes"].([]any) {
				has(t, "a change", ch, "from", "what")
			}
			key := def["key"].(string)
			if strings.HasPrefix(key, "post_") { // of single posts: no figure of a period
				c.refused("/api/v1/numbers?metric="+key, "metric")
				continue
			}
			number := has(t, key, c.object("/api/v1/numbers?span=7d&metric="+key), "metric", "range", "comparison", "value",
				"before", "change", "series")
			has(t, "the range", number["range"], "from", "to", "zone")
			has(t, "the comparison", number["comparison"], "from", "to", "zone")
			v := isValue(t, key, number["value"], "parts")
			for _, p := range v["parts"].([]any) {
				has(t, "a part", p, "connection", "platform", "handle", "value", "state", "asOf", "reason")
			}
			if v["reason"] != nil {
				has(t, "a reason", v["reason"], "code", "message")
			}
			isValue(t, key+" before", number["before"], "parts")
			isValue(t, key+"'s change", number["change"])
			if got := len(number["series"].([]any)); got != 7 {
				t.Errorf("%s: got %d pieces, want 7 days", key, got)
			}
			has(t, "a piece", firstOf(t, key, number["series"]), "from", "to", "value")

			why := has(t, key, c.object("/api/v1/explain?span=7d&metric="+key), "metric", "range", "value", "formula", "operands",
				"parts", "coverageByDay", "readings", "calls", "changes", "citation")
			has(t, "readings", why["readings"], "first", "last", "count", "longestGapSeconds")
			for _, o := range why["operands"].([]any) {
				has(t, "an operand", o, "label", "value")
			}
			if got := len(why["coverageByDay"].([]any)); got != 7 {
				t.Errorf("%s: got coverage of %d days, want 7", key, got)
			}
			has(t, "a day", firstOf(t, key, why["coverageByDay"]), "day", "state", "reason")
			for _, call := range why["calls"].([]any) {
				has(t, "a call", call, "runId", "endpoint", "at")
			}
		}
		level := c.object("/api/v1/explain?span=7d&metric=followers")
		firstOf(t, "the calls behind followers", level["calls"])
		if level["citation"] == nil || len(level["operands"].([]any)) != 2 {
			t.Errorf("followers: got %v and %v, want a sentence and two operands", level["citation"], level["operands"])
		}
		one = c.object("/api/v1/numbers?metric=followers&platform=tiktok&compare=none")
		if one["comparison"] != nil || one["before"] != nil || one["change"] != nil {
			t.Errorf("compared with nothing: got %v %v %v, want null", one["comparison"], one["before"], one["change"])
		}
		isValue(t, "one account", one["value"])
		isValue(t, "one account with its part", c.object("/api/v1/numbers?metric=followers&platform=tiktok&parts=true")["value"],
			"parts")
		page := c.object("/api/v1/metrics?limit=2")
		next := c.object("/api/v1/metrics?limit=2&cursor=" + page["next"].(string))
		if got := firstOf(t, "the next page", next["items"]).(map[string]any)["key"]; got != numbers.Metrics()[2].Key {
			t.Errorf("the next page: got %v first, want %s", got, numbers.Metrics()[2].Key)
		}
	})

	t.Run("who may ask", func(t *testing.T) {
		admin, writer := h.with("ada@example.com", "read"), h.with("mina@example.com", "sync")
		for _, path := range []string{
			"/api/v1/connections", "/api/v1/metrics", "/api/v1/numbers?metric=followers", "/api/v1/explain?metric=followers",
		} {
			for _, x := range []struct {
				c      caller
				status int
				code   string
			}{
				{caller{t, h.URL, ""}, 401, "UNAUTHENTICATED"}, {caller{t, h.URL, "tc_none"}, 401, "UNAUTHENTICATED"},
				{admin, 403, "FORBIDDEN"}, {writer, 403, "FORBIDDEN"}, {c, 200, ""},
			} {
				got := x.c.get(path)
				if got.status != x.status || !strings.Contains(got.body, x.code) ||
					x.status != 200 && !strings.Contains(got.body, `"requestId"`) {
					t.Errorf("%s: got %d %s, want %d %s", path, got.status, got.body, x.status, x.code)
				}
			}
		}
	})

	t.Run("what is another's", func(t *testing.T) {
		for _, path := range []string{"/api/v1/numbers", "/api/v1/explain"} {
			for _, id := range []string{other, "nonsense", "01a2107f-090e-7ace-926d-2d26abffca8f"} {
				c.refused(path+"?metric=followers&connection="+id, "connection")
			}
			got := c.get(path + "?metric=followers&parts=true&platform=youtube")
			if got.status != 200 || strings.Contains(got.body, other) || !strings.Contains(got.body, `"state":"missing"`) {
				t.Errorf("%s of a platform without an account: got %d %s, want it missing", path, got.status, got.body)
			}
		}
		if got := c.get("/api/v1/connections"); strings.Contains(got.body, other) {
			t.Errorf("connections: got %s, want those of who asks", got.body)
		}
		c.refused("/api/v1/connections?cursor="+other, "cursor")
	})

	t.Run("what cannot be meant", func(t *testing.T) {
		day := func(d int) string { return time.Now().UTC().AddDate(0, 0, d).Format(time.DateOnly) }
		at := func(d time.Duration) string { return url.QueryEscape(time.Now().UTC().Add(d).Format(time.RFC3339)) }
		for _, path := range []string{"/api/v1/numbers?", "/api/v1/explain?"} {
			c.refused(path, "metric")
			c.refused(path+"metric=nonsense", "metric")
			for query, parameter := range map[string]string{
				"colour=red": "colour", "metric=reach": "metric", "span=3d": "span", "span=7d&span=30d": "span",
				"span=7d&from=" + day(-7): "span", "from=" + day(-3) + "&to=" + day(-7): "to",
				"from=" + day(3) + "&to=" + day(9): "from", "from=" + day(-3) + "&to=" + day(2): "to",
				"from=2026-02-30&to=2026-03-02": "from", "from=2026-01-01&to=2026-02-30": "to", "from=" + day(-3): "to",
				"to=" + day(-3): "from", "from=" + day(-3653) + "&to=" + day(-1): "from", "from=x&to=y": "from",
				"zone=Mars/Olympus": "zone", "zone=Local": "zone", "zone=../../etc/passwd": "zone", "zone=UTC&zone=UTC": "zone",
				"compare=never": "compare", "compare=2026-02-30..2026-03-02": "compare", "by=hour": "by",
				"as_of=yesterday": "as_of", "as_of=" + at(time.Hour): "as_of", "parts=maybe": "parts", "platform=threads": "platform",
				"media_type=song": "media_type", "connection=": "connection", "limit=5": "limit", "%00=1": "", "zone=%00": "",
				"platform=%ff": "", "a=%zz": "?", strings.Repeat("x", 300) + "=1": strings.Repeat("x", 40),
			} {
				c.refused(path+"metric=followers&"+query, parameter)
			}
		}
		for _, path := range []string{"/api/v1/connections", "/api/v1/metrics"} {
			for query, parameter := range map[string]string{
				"limit=0": "limit", "limit=201": "limit", "limit=many": "limit", "limit=1&limit=2": "limit", "cursor=none": "cursor",
				"metric=followers": "metric",
			} {
				c.refused(path+"?"+query, parameter)
			}
		}
		long := time.Now().UTC().AddDate(-1, 0, 0)
		for _, path := range []string{"/api/v1/numbers", "/api/v1/explain"} {
			got := c.object(path + "?metric=followers&as_of=" + url.QueryEscape(long.Format(time.RFC3339)))
			v := isValue(t, "as of a year ago", got["value"], "parts")
			if why, _ := v["reason"].(map[string]any); v["state"] != "missing" || why["code"] != "never_read" {
				t.Errorf("%s as of a year ago: got %v, want it missing because it was never read", path, v)
			}
		}
	})

	t.Run("what is known already", func(t *testing.T) {
		tags := map[string]string{}
		for _, path := range []string{
			"/api/v1/connections", "/api/v1/metrics", "/api/v1/numbers?metric=followers&span=7d",
			"/api/v1/explain?metric=followers&span=7d",
		} {
			got := c.get(path)
			tags[path] = got.header.Get("ETag")
			if got.header.Get("Cache-Control") != "private, no-cache" || got.header.Get("Vary") != "Authorization, Cookie" {
				t.Errorf("%s: got %v, want it private", path, got.header)
			}
			for _, known := range []string{tags[path], "W/" + tags[path], `"x", ` + tags[path], "*"} {
				again := c.get(path, "If-None-Match", known)
				if again.status != http.StatusNotModified || again.body != "" || again.header.Get("ETag") != tags[path] {
					t.Errorf("%s with %s: got %d %s, want 304", path, known, again.status, again.body)
				}
			}
			if again := c.get(path, "If-None-Match", `"x"`); again.status != http.StatusOK || again.body != got.body {
				t.Errorf("%s with an old tag: got %d %s, want the same answer", path, again.status, again.body)
			}
		}
		if got := mina.post("/api/auth/tiktok/sync", nil); got.status != http.StatusAccepted {
			t.Fatalf("sync: got %d %s, want 202", got.status, got.body)
		}
		mina.synced("tiktok", before)
		for path, tag := range tags {
			got := c.get(path, "If-None-Match", tag)
			if changes := !strings.HasSuffix(path, "metrics"); (got.status == http.StatusOK) != changes {
				t.Errorf("%s after a sync: got %d, want a new answer: %t", path, got.status, changes)
			}
		}
	})
}
