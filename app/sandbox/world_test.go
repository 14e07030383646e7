package sandbox

import (
	"reflect"
	"testing"
	"time"
)

func TestSameSeedSameWorld(t *testing.T) {
	t.Parallel()
	a, _ := world(t, "")
	b, _ := world(t, "")
	other, err := settled(Open(Options{Now: a.now, Seed: 8}))
	if err != nil {
		t.Fatal(err)
	}
	for p := range pretended {
		if !reflect.DeepEqual(a.Accounts(p), b.Accounts(p)) {
			t.Errorf("%s: got other accounts from the same seed", p)
		}
		first := a.Accounts(p)[0].ID
		if !reflect.DeepEqual(a.Posts(p, first), b.Posts(p, first)) {
			t.Errorf("%s: got other posts from the same seed", p)
		}
		if other.Accounts(p)[0].ID == first {
			t.Errorf("%s: got the id %s from another seed too", p, first)
		}
	}
}

func TestWithinAnHourNothingChanges(t *testing.T) {
	t.Parallel()
	w, c := world(t, "")
	for p := range pretended {
		id := w.Accounts(p)[0].ID
		before, _ := w.Profile(p, id)
		posts := w.Posts(p, id)
		c.pass(59 * time.Minute)
		if after, _ := w.Profile(p, id); !reflect.DeepEqual(after, before) {
			t.Errorf("%s: got another profile within the hour", p)
		}
		if !reflect.DeepEqual(w.Posts(p, id), posts) {
			t.Errorf("%s: got other posts within the hour", p)
		}
		c.pass(-59 * time.Minute)
	}
}

func TestFollowersNeverFallAndGrowInAQuarter(t *testing.T) {
	t.Parallel()
	w, _ := world(t, "")
	for p := range pretended {
		for _, a := range w.Accounts(p) {
			last := w.Followers(p, a.ID, noon.AddDate(0, -3, 0))
			if last == nil {
				continue
			}
			start := *last
			for at := noon.AddDate(0, -3, 0); at.Before(noon); at = at.Add(6 * time.Hour) {
				n := w.Followers(p, a.ID, at)
				if n == nil || *n < *last {
					t.Fatalf("%s %s: got %v followers at %s, want at least %d", p, a.Handle, n, at, *last)
				}
				last = n
			}
			if a.No == 0 && *last <= start {
				t.Errorf("%s %s: got %d followers after a quarter, want more than %d", p, a.Handle, *last, start)
			}
		}
	}
}

func TestEveryPostIsFoundByItsID(t *testing.T) {
	t.Parallel()
	w, _ := world(t, "")
	for p := range pretended {
		w.AddAccounts(p, 3)
		seen := map[string]bool{}
		for _, a := range w.Accounts(p) {
			list := w.List(p, a.ID, 0, 1000)
			if len(list) != w.Listed(p, a.ID) {
				t.Errorf("%s %s: got %d listed, want %d", p, a.Handle, len(list), w.Listed(p, a.ID))
			}
			for i, post := range list {
				if seen[post.ID] {
					t.Fatalf("%s: got the id %s twice", p, post.ID)
				}
				seen[post.ID] = true
				got, child, ok := w.Post(p, post.ID)
				if !ok || child != 0 || got.ID != post.ID || got.AccountID != a.ID {
					t.Fatalf("%s %s: got %v %d %v, want the post itself", p, post.ID, got.ID, child, ok)
				}
				if i > 0 && post.PublishedAt.After(list[i-1].PublishedAt) {
					t.Fatalf("%s %s: got %s after %s, want newest first", p, a.Handle, post.PublishedAt, list[i-1].PublishedAt)
				}
				for k := range post.Parts {
					part := w.Part(p, post, k+1)
					if _, child, ok := w.Post(p, part); !ok || child != k+1 {
						t.Fatalf("%s %s: got part %d %v, want %d", p, part, child, ok, k+1)
					}
				}
			}
			if prof, _ := w.Profile(p, a.ID); prof.Posts > int64(len(w.Posts(p, a.ID))) ||
				prof.Posts < int64(len(w.Posts(p, a.ID)))-1 {
				t.Errorf("%s %s: got %d posts in the profile, want %d", p, a.Handle, prof.Posts, len(w.Posts(p, a.ID)))
			}
		}
		for _, strange := range []string{"", "0", "abc", "18446744073709551615", "AAAAAAAAAAA", "17900000000000000"} {
			if got, _, ok := w.Post(p, strange); ok && got.ID != strange {
				t.Errorf("%s %q: got %s, want nothing", p, strange, got.ID)
			}
		}
	}
}

func TestBeforeFindsItsPlace(t *testing.T) {
	t.Parallel()
	w, _ := world(t, "")
	id := w.Accounts("tiktok")[0].ID
	all := w.List("tiktok", id, 0, 100)
	for i, p := range all {
		if got := w.Before("tiktok", id, p.PublishedAt); got != i+1 {
			t.Fatalf("got %d entries younger than post %d or it, want %d", got, i, i+1)
		}
	}
	if got := w.Before("tiktok", id, noon.AddDate(1, 0, 0)); got != 0 {
		t.Errorf("got %d younger than the future, want 0", got)
	}
	if got := w.Before("tiktok", id, noon.AddDate(-9, 0, 0)); got != w.Listed("tiktok", id) {
		t.Errorf("got %d younger than the past, want all %d", got, w.Listed("tiktok", id))
	}
}

func TestCountersAreUnknownNotZero(t *testing.T) {
	t.Parallel()
	w, _ := world(t, "")
	holes := 0
	for p := range pretended {
		for _, a := range w.Accounts(p) {
			for _, post := range w.Posts(p, a.ID) {
				for _, n := range []*int64{post.Views, post.Likes, post.Comments} {
					if n == nil {
						holes++
					} else if *n < 0 {
						t.Fatalf("%s %s: got %d, want no negative count", p, post.ID, *n)
					}
				}
			}
		}
	}
	if holes == 0 {
		t.Error("got every counter, want some missing")
	}
}

func TestThreeFigures(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]int64{0: 0, 999: 999, 1653: 1650, 14304323: 14300000} {
		if got := ThreeFigures(n); got != want {
			t.Errorf("%d: got %d, want %d", n, got, want)
		}
	}
}

func TestStrangersAreNobody(t *testing.T) {
	t.Parallel()
	w, _ := world(t, "")
	if _, ok := w.Profile("tiktok", "nobody"); ok {
		t.Error("got a profile of nobody")
	}
	if got := w.Accounts("myspace"); got != nil {
		t.Errorf("got %v, want no accounts of an unknown platform", got)
	}
	if got := w.AddAccounts("myspace", 2); got != nil {
		t.Errorf("got %v, want none added", got)
	}
	if w.Followers("youtube", "nobody", noon) != nil || w.List("youtube", "nobody", 0, 5) != nil {
		t.Error("got numbers of nobody")
	}
}
