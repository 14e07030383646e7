package instagramfake_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/sandbox/sandboxtest"
)

const (
	fields = "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,like_count,comments_count,is_shared_to_feed"
	metric = "insights.metric(reach,views,saved,shares,likes,comments,total_interactions)"
	media  = "/v25.0/me/media?fields="
)

func TestProfile(t *testing.T) {
	t.Parallel()
	b := bench(t)
	token := connect(t, b, sandbox.Choice{})
	const all = "/v25.0/me?fields=id,user_id,username,name,account_type,profile_picture_url,followers_count,follows_count,media_count,biography,website"
	a := b.Get(all, token)
	sandboxtest.Shape(t, "../testdata/me_profile.json", a.Body)
	p, _ := b.Profile(id, b.Accounts(id)[0].ID)
	a.Want(200, "user_id", p.ID)
	a.Want(200, "id", p.AltID)
	a.Want(200, "followers_count", fmt.Sprint(*p.Followers))
	a.Want(200, "account_type", "MEDIA_CREATOR")
	b.Get("/v25.0/me?fields=id,is_verified", token).
		Want(400, "error.message", "(#100) Tried accessing nonexisting field (is_verified)")
	b.Get("/v25.0/me?fields=id,(", token).Want(400, "error.code", "2500")

	personal := connect(t, b, sandbox.Choice{Account: handle(b, "tomi.private").ID})
	a = b.Get(all, personal)
	a.Want(200, "account_type", "PERSONAL")
	if a.At("followers_count") != nil || a.At("biography") != nil || a.At("website") != nil {
		t.Errorf("got %s, want what has no value absent", a.Body)
	}
	b.Get(media+fields, personal).Want(400, "error.code", "10")
}

func TestMediaPages(t *testing.T) { // P8, T6
	t.Parallel()
	b := bench(t)
	account := b.Accounts(id)[0].ID
	token := connect(t, b, sandbox.Choice{})
	var got, want []string
	for _, p := range b.Posts(id, account) {
		want = append(want, p.ID)
	}
	after := ""
	for range 100 {
		a := b.Get(media+fields+"&limit=30&after="+url.QueryEscape(after), token)
		sandboxtest.Shape(t, "../testdata/me_media_page1.json", a.Body, "previous")
		for i := range a.Len("data") {
			got = append(got, a.Text(fmt.Sprintf("data.%d.id", i)))
		}
		after = a.Text("paging.cursors.after")
		if after == "" {
			t.Fatal("got no cursor, want one on every page")
		}
		next := a.Text("paging.next")
		if next == "" {
			break
		}
		if u, err := url.Parse(next); err != nil || u.Host != "graph.instagram.com" ||
			u.Query().Get("access_token") != token {
			t.Fatal("got a next link without host and token, want the trap life sets")
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %d posts, want the %d there are, newest first", len(got), len(want))
	}
	if n := b.Get(media+"id", token).Len("data"); n != 25 {
		t.Errorf("got %d posts, want 25 by default", n)
	}
	second := b.Get(
		media+"id&limit=3&after="+url.QueryEscape(b.Get(media+"id&limit=3", token).Text("paging.cursors.after")),
		token,
	)
	back := b.Get(media+"id&limit=3&before="+url.QueryEscape(second.Text("paging.cursors.before")), token)
	back.Want(200, "data.0.id", want[0])
	if back.Len("data") != 3 || back.Text("paging.previous") != "" {
		t.Errorf("got %s, want the first three again", back.Body)
	}
	for _, bad := range []string{"id&limit=0", "id&limit=x", "id&after=x", "id&before=x", "id,view_count", "id,children{caption}"} {
		b.Get(media+bad, token).Want(400, "error.code", "100")
	}
}

func TestMediaKinds(t *testing.T) {
	t.Parallel()
	b := bench(t)
	account := b.Accounts(id)[0].ID
	token := connect(t, b, sandbox.Choice{})
	a := b.Get(media+fields+",shortcode,owner,children{id,media_type,media_url,thumbnail_url}&limit=100", token)
	seen := map[string]int{}
	for i, p := range b.List(id, account, 0, 100) {
		at := fmt.Sprintf("data.%d.", i)
		seen[a.Text(at+"media_type")+" "+a.Text(at+"media_product_type")]++
		if p.Parts > 0 != (a.Len(at+"children.data") == p.Parts) {
			t.Errorf("%s: got %d children, want %d", p.ID, a.Len(at+"children.data"), p.Parts)
		}
		if told := a.At(at+"like_count") != nil; told == p.LikesHidden {
			t.Errorf("%s: got likes told %v, hidden %v", p.ID, told, p.LikesHidden)
		}
		if p.LikesHidden {
			seen["hidden"]++
		}
		if a.At(at+"media_url") == nil {
			seen["no url"]++
		}
		if a.At(at+"caption") == nil {
			seen["no caption"]++
		}
	}
	for _, want := range []string{"IMAGE FEED", "CAROUSEL_ALBUM FEED", "VIDEO REELS", "hidden", "no url", "no caption"} {
		if seen[want] == 0 {
			t.Errorf("got %v, want some %q", seen, want)
		}
	}
	if at, err := time.Parse("2006-01-02T15:04:05-0700", a.Text("data.0.timestamp")); err != nil ||
		at.After(sandboxtest.Noon) {
		t.Errorf("got %q, %v, want a time with +0000", a.Text("data.0.timestamp"), err)
	}
}

func TestInlineInsights(t *testing.T) {
	t.Parallel()
	b := bench(t)
	token := connect(t, b, sandbox.Choice{})
	a := b.Get(media+fields+","+metric+"&limit=10", token)
	sandboxtest.Shape(
		t,
		"../testdata/me_media_inline_insights.json",
		a.Body,
		"thumbnail_url",
		"is_shared_to_feed",
		"previous",
		"next",
	)
	for i, p := range b.List(id, b.Accounts(id)[0].ID, 0, 10) {
		if p.NoInsights {
			continue
		}
		a.Want(200, fmt.Sprintf("data.%d.insights.data.0.name", i), "reach")
		a.Want(200, fmt.Sprintf("data.%d.insights.data.0.values.0.value", i), fmt.Sprint(*p.Reach))
	}
	b.Get(media+"id,insights.metric(impressions)", token).
		Want(400, "error.message", "(#100) The Media Insights API does not support the impressions metric for this media product type.")
	b.Get(media+"id,insights", token).Want(400, "error.code", "100")
	part := connect(t, b, sandbox.Choice{Without: []string{insights}})
	refused := b.Get(media+"id,"+metric, part)
	refused.Want(400, "error.code", "10")
	sandboxtest.Shape(t, "../testdata/error_10_permission.json", refused.Body)
	b.Get(media+fields, part).
		Want(200, "data.0.media_product_type", b.Get(media+fields, token).Text("data.0.media_product_type"))
}

func TestTitlesAreLocalised(t *testing.T) {
	t.Parallel()
	b := bench(t)
	account := handle(b, "casa.lume")
	token := connect(t, b, sandbox.Choice{Account: account.ID})
	for i, p := range b.List(id, account.ID, 0, 10) {
		a := b.Get(media+"id,"+metric+"&limit=10", token)
		if p.NoInsights {
			if a.Len(fmt.Sprintf("data.%d.insights.data", i)) != 0 {
				t.Errorf("got insights of a post that has none yet")
			}
			continue
		}
		a.Want(200, fmt.Sprintf("data.%d.insights.data.0.title", i), "Contas alcançadas")
		return
	}
	t.Error("got no post with insights")
}

func TestOnePostTooOldRefusesTheList(t *testing.T) {
	t.Parallel()
	b := bench(t)
	account := handle(b, "old.town.bakes")
	token := connect(t, b, sandbox.Choice{Account: account.ID})
	a := b.Get(media+"id,"+metric+"&limit=100", token)
	a.Want(400, "error.error_subcode", "2108006")
	sandboxtest.Shape(t, "../testdata/error_100_2108006_before_conversion.json", a.Body)
	var old, young string
	for _, p := range b.Posts(id, account.ID) {
		if p.InsightsNever {
			old = p.ID
		} else if !p.NoInsights {
			young = p.ID
		}
	}
	b.Get("/v25.0/"+old+"/insights?metric=reach", token).Want(400, "error.error_subcode", "2108006")
	b.Get("/v25.0/"+young+"/insights?metric=reach", token).Want(200, "data.0.name", "reach")
}

func TestMediaInsights(t *testing.T) {
	t.Parallel()
	b := bench(t)
	all := b.Accounts(id)
	token := connect(t, b, sandbox.Choice{})
	for _, p := range b.Posts(id, all[0].ID)[5:30] {
		path := "/v25.0/" + p.ID + "/insights?metric="
		a := b.Get(path+"shares,comments,likes,saved,total_interactions,reach,views", token)
		sandboxtest.Shape(t, "../testdata/media_insights_reel.json", a.Body)
		if a.Len("data") != 7 {
			t.Errorf("%s: got %s, want seven metrics", p.ID, a.Body)
		}
		reel := b.Get(path+"ig_reels_avg_watch_time,ig_reels_video_view_total_time,reels_skip_rate", token)
		feed := b.Get(path+"follows,profile_visits,reposts", token)
		if (p.Kind == sandbox.PostReel) != (reel.Status == 200) || (p.Kind == sandbox.PostReel) == (feed.Status == 200) {
			t.Errorf("%s %s: got %d for a reel's metrics and %d for the feed's", p.ID, p.Kind, reel.Status, feed.Status)
		}
		if p.Kind == sandbox.PostReel && !strings.Contains(reel.Text("data.2.values.0.value"), ".") {
			t.Errorf("got %s, want a skip rate with a fraction", reel.Text("data.2.values.0.value"))
		}
		if p.Parts > 0 {
			b.Get("/v25.0/"+b.Part(id, p, 1)+"/insights?metric=reach", token).Want(400, "error.code", "100")
		}
		b.Get(path+"applause", token).Want(400, "error.code", "100")
		unsupported := b.Get(path+"impressions", token)
		sandboxtest.Shape(t, "../testdata/error_100_metric_unsupported.json", unsupported.Body)
		b.Get(path, token).Want(400, "error.code", "100")
	}
	theirs := b.Posts(id, all[1].ID)[0].ID
	b.Get("/v25.0/"+theirs+"/insights?metric=reach", token).Want(400, "error.error_subcode", "33")
	b.Get("/v25.0/123/insights?metric=reach", token).Want(400, "error.error_subcode", "33")
	part := connect(t, b, sandbox.Choice{Without: []string{insights}})
	b.Get("/v25.0/"+b.Posts(id, all[0].ID)[0].ID+"/insights?metric=reach", part).Want(400, "error.code", "10")
}

func TestInsightFaults(t *testing.T) { // J9
	t.Parallel()
	b := bench(t)
	token := connect(t, b, sandbox.Choice{})
	path := media + "id," + metric + "&limit=10"
	refuse := b.AddFault(sandbox.Fault{Platform: id, Kind: sandbox.FaultRefuseInsights})
	b.Get(path, token).Want(400, "error.error_subcode", "2108006")
	if a := b.Get(media+"id&limit=10", token); a.Status != 200 {
		t.Errorf("got %d for the plain list, want 200", a.Status)
	}
	b.RemoveFault(refuse)
	b.AddFault(sandbox.Fault{Platform: id, Kind: sandbox.FaultEmptyInsights})
	a := b.Get(path, token)
	for i := range 10 {
		if n := a.Len(fmt.Sprintf("data.%d.insights.data", i)); n != 0 {
			t.Errorf("got %d metrics, want none", n)
		}
	}
	if a := b.Get("/v25.0/"+a.Text("data.5.id")+"/insights?metric=reach", token); a.Len("data") != 0 {
		t.Errorf("got %s, want no data", a.Body)
	}
	if got := b.CallsOf(id, b.Accounts(id)[0].ID)["/{version}/me/media"]; got != 3 {
		t.Errorf("got %d calls of the list, want 3", got)
	}
}

func TestAccountInsights(t *testing.T) {
	t.Parallel()
	b := bench(t)
	token := connect(t, b, sandbox.Choice{})
	const path = "/v25.0/me/insights?period=day&metric="
	a := b.Get(path+"reach,views,accounts_engaged,total_interactions&metric_type=total_value", token)
	if a.Len("data") != 4 || a.Text("data.1.total_value.value") == "" || a.Text("data.1.total_value.value") == "0" {
		t.Errorf("got %s, want four totals of a day", a.Body)
	}
	since, until := sandboxtest.Noon.AddDate(0, 0, -3).Unix(), sandboxtest.Noon.Unix()
	series := b.Get(fmt.Sprintf("%sreach,follower_count&since=%d&until=%d", path, since, until), token)
	if series.Len("data.0.values") != 3 || series.Text("data.1.name") != "follower_count" {
		t.Errorf("got %s, want three days", series.Body)
	}
	if empty := b.Get(path+"views", token); empty.Status != 200 || empty.Len("data") != 0 {
		t.Errorf("got %s, want views silently empty without metric_type", empty.Body)
	}
	b.Get(path+"impressions", token).Want(400, "error.code", "100")
	b.Get("/v25.0/me/insights?metric=reach", token).Want(400, "error.code", "100")
	b.Get(fmt.Sprintf("%sreach&since=%d&until=%d", path, since-40*86400, until), token).Want(400, "error.code", "100")
	part := connect(t, b, sandbox.Choice{Without: []string{insights}})
	b.Get(path+"reach", part).Want(400, "error.code", "10")
}
