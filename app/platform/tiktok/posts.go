package tiktok

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
)

const (
	// reread is how old the numbers of a post beyond the list may become.
	reread = 7 * 24 * time.Hour
	along  = 24 * time.Hour // from when they are read again beside one that is that old
	// queries is how many calls a sync may spend on posts beyond the list, twenty to a call.
	queries = 2
)

// reading is one reading of an account's posts.
type reading struct {
	a      *adapter
	t      platform.Token
	handle string
	b      platform.Batch
	odd    map[string]bool // counts that are no counts
}

// Posts reads the newest public posts, a call for each twenty, and then by their ids the known ones
// that the list should have held, and older ones whose numbers are a week old. A post that is not
// returned by its id is gone: the list alone is no proof.
func (a *adapter) Posts(ctx context.Context, t platform.Token, q platform.PostQuery) (platform.Batch, error) {
	if !hasScope(t, videoScope) {
		return platform.Batch{Gaps: []*platform.Error{ungranted(platform.StepPosts, videoScope)}}, nil
	}
	r := &reading{a: a, t: t, handle: q.Profile.Handle, odd: map[string]bool{}}
	whole, failed := r.pages(ctx, q.Limit)
	r.b.Posts = platform.Tidy(r.b.Posts, q.Limit)
	if failed == nil {
		r.b.Listed = whole
		r.older(ctx, q)
	}
	r.b.Posts = platform.Tidy(r.b.Posts, -1)
	for _, name := range []string{"views", "likes", "comments", "shares"} {
		if r.odd[name] {
			e := badResponse(platform.StepMetrics, "the count of "+name+" is not a number")
			e.Metric = name
			r.b.Gaps = append(r.b.Gaps, e)
		}
	}
	if failed != nil && failed.Code == fault.ScopeMissing {
		r.b.Gaps, failed = append(r.b.Gaps, failed), nil
	}
	return r.b, asError(failed)
}

// pages walks the list until limit videos were seen or there are no more, and reports whether it came
// that far. It also ends at a cursor that does not go back in time, at the second empty page and after
// two pages more than limit needs.
func (r *reading) pages(ctx context.Context, limit int) (whole bool, failed *platform.Error) {
	type request struct {
		Max    int    `json:"max_count"`
		Cursor *int64 `json:"cursor,omitempty"`
	}
	seen := map[string]bool{}
	var cursor *int64
	empty := 0
	for range limit/(pageSize-1) + 3 { // a page brings nineteen new ones: its edge comes twice
		if len(seen) >= limit {
			return true, nil
		}
		var page videoPage
		body := request{Max: min(pageSize, limit-len(seen)), Cursor: cursor}
		if cursor != nil {
			body.Max = min(pageSize, body.Max+1) // the edge comes twice
		}
		if err := r.a.call(ctx, r.t, platform.StepPosts, http.MethodPost, "/v2/video/list/", videoFields, body,
			&page); err != nil {
			return false, err
		}
		for _, v := range page.Videos {
			if v.ID != "" && !seen[string(v.ID)] {
				seen[string(v.ID)] = true
				r.b.Posts = append(r.b.Posts, v.post(r.handle, r.odd))
			}
		}
		if len(page.Videos) == 0 {
			empty++
		}
		next := page.Cursor.N
		if !page.more() || empty > 1 || next == nil {
			return !page.more() || len(seen) >= limit, nil
		}
		// The cursor is a moment: posts from before it. One more second keeps those of the same second,
		// which a page's edge may have parted; doubles are dropped by id.
		at := *next + time.Second.Milliseconds()
		if cursor != nil && at >= *cursor {
			return len(seen) >= limit, nil
		}
		cursor = &at
	}
	return len(seen) >= limit, nil
}

// older asks by their ids for posts that the list did not tell of. What fails is a gap: the list stands.
func (r *reading) older(ctx context.Context, q platform.PostQuery) {
	var ids []string
	if r.b.Listed { // half a list lacks many that are well
		ids = q.Unlisted(r.b.Posts)
	}
	in := map[string]bool{}
	for _, p := range r.b.Posts {
		in[p.ExternalID] = true
	}
	var old []platform.Known
	due := false
	for _, k := range q.Known {
		if age := r.a.now().Sub(k.SeenAt); !in[k.ExternalID] && !slices.Contains(ids, k.ExternalID) && age >= along {
			old, due = append(old, k), due || age >= reread
		}
	}
	if !due {
		old = nil // one that is due takes the younger ones along, so that it is one call a week
	}
	slices.SortStableFunc(old, func(a, b platform.Known) int { return cmp.Compare(a.SeenAt.Unix(), b.SeenAt.Unix()) })
	for _, k := range old {
		ids = append(ids, k.ExternalID)
	}
	for part := range slices.Chunk(ids[:min(len(ids), queries*pageSize)], pageSize) {
		if err := r.query(ctx, part); err != nil {
			r.b.Gaps = append(r.b.Gaps, err)
			return
		}
	}
}

// query reads posts by their ids. Unknown, private and deleted ones are left out without a word.
func (r *reading) query(ctx context.Context, ids []string) *platform.Error {
	var body struct {
		Filters struct {
			IDs []string `json:"video_ids"`
		} `json:"filters"`
	}
	body.Filters.IDs = ids
	var page videoPage
	if err := r.a.call(ctx, r.t, platform.StepPosts, http.MethodPost, "/v2/video/query/", videoFields, body,
		&page); err != nil {
		return err
	}
	came := map[string]bool{}
	for _, v := range page.Videos {
		if slices.Contains(ids, string(v.ID)) && !came[string(v.ID)] {
			came[string(v.ID)] = true
			r.b.Posts = append(r.b.Posts, v.post(r.handle, r.odd))
		}
	}
	for _, id := range ids {
		if !came[id] {
			r.b.Gone = append(r.b.Gone, id)
		}
	}
	return nil
}
