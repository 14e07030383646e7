package tiktok

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/platform/platformtest"
)

// channel answers like video/list: posts from before the cursor, newest first. Its posts are the
// seconds they were made in.
func channel(seconds []int64) func(platformtest.Call) platformtest.Answer {
	return func(c platformtest.Call) platformtest.Answer {
		var q struct {
			Max    int    `json:"max_count"`
			Cursor *int64 `json:"cursor"`
		}
		if json.Unmarshal([]byte(c.Body), &q) != nil || q.Max < 1 || q.Max > pageSize {
			return platformtest.Answer{Status: 400, File: "error-invalid-params.json"}
		}
		type post struct {
			ID      string `json:"id"`
			Created int64  `json:"create_time"`
		}
		page := []post{}
		var cursor int64
		more := false
		for i, at := range seconds {
			if q.Cursor != nil && at*1000 >= *q.Cursor {
				continue
			}
			if more = len(page) == q.Max; more {
				break
			}
			page, cursor = append(page, post{fmt.Sprint(i), at}), at*1000
		}
		b, _ := json.Marshal(
			map[string]any{
				"data":  map[string]any{"videos": page, "cursor": cursor, "has_more": more},
				"error": map[string]string{"code": "ok"},
			},
		)
		return platformtest.Answer{Body: string(b)}
	}
}

// Every post is read once and in order, however many there are and wherever a page's edge falls; and
// twenty posts cost one call. // P8, J11
func TestPaging(t *testing.T) {
	t.Parallel()
	descending := func(n int, step int64) []int64 {
		var out []int64
		for i := range n {
			out = append(out, 1760000000-int64(i)*step)
		}
		return out
	}
	parted := descending(25, 60)
	parted[20] = parted[19] // the edge of the first page falls between two of one second
	parted = slices.Insert(parted, 21, parted[19])
	for _, tc := range []struct {
		name         string
		posts        []int64
		limit, calls int
		want         int
	}{
		{"none", nil, 20, 1, 0},
		{"fewer than a page", descending(7, 60), 20, 1, 7},
		{"a page to the brim", descending(20, 60), 20, 1, 20},
		{"a page and more, of which a page is wanted", descending(300, 60), 20, 1, 20},
		{"one second at the edge", parted, 50, 2, 26},
		{"a second apart each", descending(45, 1), 50, 3, 45},
		{"as many as there may be", descending(1000, 60), 1000, 53, 1000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := platformtest.Serve(t, Maker, channel(tc.posts))
			b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: tc.limit})
			if err != nil || !b.Listed {
				t.Fatalf("got whole %t, %v, want the whole list", b.Listed, err)
			}
			if len(b.Posts) != tc.want || len(s.Calls()) != tc.calls {
				t.Errorf("got %d posts in %d calls, want %d in %d", len(b.Posts), len(s.Calls()), tc.want, tc.calls)
			}
			for i, p := range b.Posts {
				if p.PostedAt.Unix() != tc.posts[i] {
					t.Fatalf("post %d: got %s, want newest first and none left out", i, p.ExternalID)
				}
			}
		})
	}
}

// A list that breaks off says nothing of what it lacks: only what is a week old is asked for by id.
func TestHalfAListTellsNothing(t *testing.T) {
	t.Parallel()
	s := platformtest.Serve(t, Maker, func(c platformtest.Call) platformtest.Answer {
		if c.Path == listPath {
			return platformtest.Answer{
				Body: `{"data":{"cursor":1760000000000,"has_more":true,"videos":[{"id":"1","create_time":1760000000}]},"error":{"code":"ok"}}`,
			}
		}
		return platformtest.Answer{Body: `{"data":{"videos":[]},"error":{"code":"ok"}}`}
	})
	known := []platform.Known{{ExternalID: "2", SeenAt: platformtest.Noon}}
	b, err := s.Platform.Posts(t.Context(), platformtest.Token(), platform.PostQuery{Limit: 20, Known: known})
	if err != nil || b.Listed || len(b.Posts) != 1 || len(b.Gone) != 0 || len(s.Calls()) != 2 {
		t.Errorf("got %+v in %d calls, %v, want one post, half a list and nothing gone", b, len(s.Calls()), err)
	}
}
