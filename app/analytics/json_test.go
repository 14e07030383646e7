package analytics

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/run"
)

// shape lists the keys of v's JSON, sorted; into leads to an object or the first of a list.
func shape(t *testing.T, v any, into ...string) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var at any
	if err := json.Unmarshal(raw, &at); err != nil {
		t.Fatal(err)
	}
	for _, k := range append(into, "") {
		if list, ok := at.([]any); ok {
			if len(list) == 0 {
				t.Fatalf("%v: the list is empty", into)
			}
			at = list[0]
		}
		if k != "" {
			at = at.(map[string]any)[k]
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(at.(map[string]any))), " ")
}

func sorted(keys string) string {
	list := strings.Fields(keys)
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestShapes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.connect("instagram", "mina")
	w.post(id, "p1", 1)
	w.snapshot(id, "follower_count", 1, 990)
	r := w.run(
		id,
		"instagram",
		run.StatePartial,
		time.Hour,
		func(c *ent.RunCreate) { c.SetErrorCode("TIMEOUT").SetErrorMessage("posts: no answer") },
	)
	w.log(id, "instagram", r, "posts", "failed", 1, time.Hour)
	w.log(id, "instagram", r, "profile", "success", 1, 2*time.Hour)
	o := w.overview("")
	v, err := w.a.Platform(w.ctx, w.me, "instagram", PlatformQuery{})
	w.must(err)
	c, err := w.acc.Connections(w.ctx, w.me)
	w.must(err)
	n, err := w.acc.NewestRun(w.ctx, w.me, id)
	w.must(err)

	const postKeys = "platform handle externalId title caption mediaType permalink viewCount likeCount commentCount shareCount saveCount engagementRate postedAt"
	for _, tc := range []struct {
		v    any
		into []string
		want string
	}{
		{o, nil, "totalFollowers totalPosts totalExcludes platforms recentPosts"},
		{o, []string{"platforms"}, "platform handle followers posts engagementRate lastSynced profileImage freshness"},
		{o, []string{"platforms", "freshness"}, "status asOf source missing"},
		{o, []string{"recentPosts"}, postKeys},
		{v, nil, "platform handle freshness profile posts metrics"},
		{v, []string{"profile"}, "displayName bio profileImageUrl followerCount followingCount postCount engagementRate isVerified"},
		{v, []string{"posts"}, postKeys + " id mediaUrl thumbnailUrl reach durationSeconds"},
		{v, []string{"metrics"}, "metricType value snapshotDate"},
		{c, nil, "connections"},
		{c, []string{"connections"}, "id platform handle connected status followerCount postCount lastSynced nextSync expiresAt"},
		{n, nil, "runId state trigger attempt startedAt completedAt nextAttemptAt errorCode errorMessage steps"},
		{n, []string{"steps"}, "syncType status itemsSynced errorCode errorMessage startedAt completedAt duration attempt apiCalls"},
	} {
		if got := shape(t, tc.v, tc.into...); got != sorted(tc.want) {
			t.Errorf("keys of %T %v: got %s, want %s", tc.v, tc.into, got, sorted(tc.want))
		}
	}
	if n.Steps[0].SyncType != "profile" || n.Steps[0].ErrorCode != nil || *n.ErrorCode != "TIMEOUT" {
		t.Errorf("run: got %+v, want profile first and TIMEOUT", n)
	}
	if v.Handle != "@mina" || v.Metrics[0].SnapshotDate != "2026-11-23" || o.RecentPosts[0].ID != "" {
		t.Errorf(
			"got handle %s, date %s, id %q, want @mina, 2026-11-23 and no id",
			v.Handle,
			v.Metrics[0].SnapshotDate,
			o.RecentPosts[0].ID,
		)
	}
}

// Nothing known is null and an empty list, never 0 and never a missing list.
func TestNothingKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	write := func(v any) string {
		raw, err := json.Marshal(v)
		w.must(err)
		return string(raw)
	}
	if got, want := write(w.overview("")), `{"totalFollowers":null,"totalPosts":null,"totalExcludes":[],"platforms":[],"recentPosts":[]}`; got != want {
		t.Errorf("overview: got %s, want %s", got, want)
	}
	c, err := w.acc.Connections(w.ctx, w.me)
	w.must(err)
	if got, want := write(c), `{"connections":[]}`; got != want {
		t.Errorf("connections: got %s, want %s", got, want)
	}
	id := w.bare(w.me, "tiktok", "")
	v, err := w.a.Platform(w.ctx, w.me, "tiktok", PlatformQuery{})
	w.must(err)
	want := `{"platform":"tiktok","handle":"TikTok account","freshness":{"status":"never","asOf":null,"source":"live","missing":["reach","saves"]},` +
		`"profile":{"displayName":null,"bio":null,"profileImageUrl":null,"followerCount":null,"followingCount":null,"postCount":null,"engagementRate":null,"isVerified":null},"posts":[],"metrics":[]}`
	if got := write(v); got != want {
		t.Errorf("platform: got %s, want %s", got, want)
	}
	for _, k := range v.KPIs {
		if k.Value != nil || k.Delta != nil || k.Why.IsZero() {
			t.Errorf("KPI %s: got %s (%q), want unknown with a reason", k.Key, show(k.Value), k.Why)
		}
	}
	if v.Chart.Empty.IsZero() {
		t.Error("chart without points: got no reason, want one")
	}
	if _, err := w.acc.NewestRun(w.ctx, w.me, id); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("no run yet: got %v, want NOT_FOUND", err)
	}
}

func TestConnectionsOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.connect("youtube", "yt")
	w.connect("instagram", "second", func(c *ent.ConnectionCreate) { c.SetPrimary(false) })
	w.connect(
		"instagram",
		"old",
		func(c *ent.ConnectionCreate) { c.SetPrimary(false).SetStatus("disconnected").SetDeleteBy(noon) },
	)
	w.connect("instagram", "first")
	c, err := w.acc.Connections(w.ctx, w.me)
	w.must(err)
	var got []string
	for _, i := range c.Items {
		got = append(got, i.Handle)
	}
	if want := "[@first @yt @second @old]"; fmt.Sprint(got) != want {
		t.Errorf("order: got %v, want %s", got, want)
	}
	if old := c.Items[3]; old.NextSync != nil || old.ExpiresAt != nil || old.DeleteBy == nil || old.Connected {
		t.Errorf("disconnected: got %+v, want no next sync, no expiry, a deletion date", old)
	}
	if !c.Offers[0].Another || c.Offers[1].Another || !c.Offers[2].Another {
		t.Errorf("offers: got %+v, want another for instagram and youtube", c.Offers)
	}
}
