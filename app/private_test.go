package app_test

import (
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent/run"
	"github.com/truecount/truecount/ent/user"
)

// numeral finds what reads as a number on a page, as it stands there.
var numeral = regexp.MustCompile(`[0-9][0-9,]*(?:\.[0-9]+)?[KMB]?\b`)

// told lists a page's numbers, its ids and moments left out.
func told(page string) map[string]bool {
	page = regexp.MustCompile(`(?:datetime|title|href|src|action|value|d|points|x|y|id|for)="[^"]*(?:T[0-9:.]+Z|/|-)[^"]*"`).
		ReplaceAllString(page, "")
	page = regexp.MustCompile(`:[0-9]{4,5}\b`).ReplaceAllString(page, "") // a port
	page = regexp.MustCompile(`\b[0-9]+ MB\b`).ReplaceAllString(page, "") // the disk's room
	out := map[string]bool{}
	for _, n := range numeral.FindAllString(withoutIDs(page), -1) {
		out[n] = true
	}
	return out
}

// ways are how a page could show a number: in full, and short. A number below 10,000 is not looked for: it may also be a
// year, or what is left of a quota of 10,000 units.
func ways(n int64) []string {
	if n < 10_000 {
		return nil
	}
	return []string{strconv.FormatInt(n, 10), grouped(n), strings.ReplaceAll(words.English.Compact(n), "\u00a0", "")}
}

// What belongs to creators is on no page of the console: not their numbers, not a caption, not a line about themselves.
// // S8
func TestNoNumbersOfCreatorsOnAdminPages(t *testing.T) {
	t.Parallel()
	s, word := demo(t)
	ctx, db, now := viewer.System(t.Context(), viewer.ReasonTest), s.Store.Client, time.Now().UTC()
	numbers, words := map[string]string{}, map[string]string{}
	add := func(what string, counts ...*int64) {
		for _, n := range counts {
			if n == nil || *n%1000 == 0 { // a round number may be a quota's, or how many accounts it carries
				continue
			}
			for _, w := range ways(*n) {
				numbers[w] = what
			}
		}
	}
	for _, p := range db.Profile.Query().AllX(ctx) {
		add("a profile", p.Followers, p.Following, p.PostCount, p.ViewCount, p.LikeCount)
		words[p.Bio] = "a bio"
	}
	for _, p := range db.Post.Query().AllX(ctx) {
		add("a post", p.Views, p.Likes, p.Comments, p.Shares, p.Saves, p.Reach)
		words[p.Caption], words[p.Title], words[p.ExternalID] = "a caption", "a title", "a post's id"
	}
	for _, n := range db.Snapshot.Query().AllX(ctx) {
		add("a snapshot", n.Value)
	}
	delete(words, "")
	if len(numbers) < 100 || len(words) < 50 {
		t.Fatalf("got %d numbers and %d texts to look for, want the demo full of them", len(numbers), len(words))
	}
	found := func(page string) (what []string) {
		there, text := told(page), html.UnescapeString(page)
		for n, of := range numbers {
			if there[n] {
				what = append(what, of+"'s "+n)
			}
		}
		for w, of := range words {
			if len(w) >= 8 && strings.Contains(text, w) {
				what = append(what, of+": "+w)
			}
		}
		return what
	}
	mina := enter(t, s.URL, auth.DemoCreator, word)
	if got := found(mina.get("/dashboard").body); len(got) < 5 { // this test must know them when it sees them
		t.Fatalf("got %v on the creator's own page, want more", got)
	}

	conn := db.Connection.Query().FirstX(ctx)
	dead := db.Run.Create().
		SetConnectionID(conn.ID).
		SetPlatform(conn.Platform).
		SetTrigger(run.TriggerSchedule).
		SetState(run.StateDead).
		SetAttempt(5).
		SetErrorCode("TIMEOUT").
		SetErrorMessage("posts: no answer in time").
		SetStartedAt(now).
		SetCompletedAt(now).
		SaveX(ctx)
	open := db.Alert.Create().
		SetRule("DEAD_LETTER").
		SetPlatform(conn.Platform).
		SetMessage("1 sync gave up.").
		SetOpenedAt(now).
		SetLastSeenAt(now).
		SaveX(ctx)
	ids := map[string][]string{
		"/admin/runs/:id":                   {dead.ID},
		"/admin/alerts/:id":                 {open.ID},
		"/admin/connections/:id/disconnect": {conn.ID},
	}
	people := db.User.Query().Where(user.Email(auth.DemoCreator)).IDsX(ctx)
	ids["/admin/users/:id"], ids["/admin/users/:id/delete"] = people, people
	for _, r := range db.Run.Query().AllX(ctx) {
		ids["/admin/runs/:id"] = append(ids["/admin/runs/:id"], r.ID)
	}
	for _, c := range db.Connection.Query().AllX(ctx) {
		ids["/admin/connections/:id"] = append(ids["/admin/connections/:id"], c.ID)
	}
	ada := enter(t, s.URL, auth.DemoAdmin, word)
	looked := 0
	for _, r := range s.Web.Table() {
		if r.Policy != web.Admin || r.Method != http.MethodGet {
			continue
		}
		paths := []string{r.Path}
		if strings.Contains(r.Path, ":") {
			if paths = ids[r.Path]; len(paths) == 0 {
				t.Errorf("%s: got nothing to look at it with, want something", r.Path)
			}
		}
		for _, p := range paths {
			if !strings.HasPrefix(p, "/") {
				p = strings.Replace(r.Path, ":id", p, 1)
			}
			got := ada.get(p)
			if got.status != http.StatusOK {
				t.Errorf("%s: got %d, want 200", p, got.status)
			}
			if what := found(got.body); len(what) > 0 {
				t.Errorf("%s: got %v, want nothing of a creator's", p, what)
			}
			looked++
		}
	}
	if looked < 15 {
		t.Errorf("got %d pages looked at, want all", looked)
	}
	if what := found(ada.get("/api/health/social-sync").body); len(what) > 0 {
		t.Errorf("the monitor: got %v, want nothing of a creator's", what)
	}
}
