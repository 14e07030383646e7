package youtube

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
)

const (
	day = 24 * time.Hour
	// relist is how long the list of uploads may stay unread while the count of videos stands still:
	// a video deleted and another uploaded leave it as it was.
	relist = 7 * day
	// reread is how old a title may become, and a video of which nothing was asked: the terms want both
	// renewed or deleted within 30 days (https://developers.google.com/youtube/terms/developer-policies,
	// seen 2026-11).
	reread = 25 * day
)

// reading is one reading of a channel's videos.
type reading struct {
	a     *adapter
	t     platform.Token
	q     platform.PostQuery
	known map[string]platform.Known

	b   platform.Batch
	odd map[string]bool // counts that are no counts
}

// Posts reads the newest uploads. The list is read when the count of videos moved, or weekly: one unit
// for each fifty; else the videos known are asked for by name. Their numbers cost a unit for each
// fifty, out of the bucket of statistics where that is set up and the titles are young enough.
func (a *adapter) Posts(ctx context.Context, t platform.Token, q platform.PostQuery) (platform.Batch, error) {
	r := &reading{a: a, t: t, q: q, known: map[string]platform.Known{}, odd: map[string]bool{}}
	for _, k := range q.Known {
		r.known[k.ExternalID] = k
	}
	failed := r.all(ctx)
	r.b.Posts = platform.Tidy(r.b.Posts, -1)
	if failed != nil {
		r.b.Listed = false
	}
	for _, name := range []string{"views", "likes", "comments"} {
		if r.odd[name] {
			e := badResponse(platform.StepMetrics, "the count of "+name+" is not a number")
			e.Metric = name
			r.b.Gaps = append(r.b.Gaps, e)
		}
	}
	return r.b, asError(failed)
}

func (r *reading) all(ctx context.Context) *platform.Error {
	ids, more, failed := r.ids(ctx) // what came before a failure is still worth its unit
	whole, counted := r.split(ids)
	doubted, err := r.statistics(ctx, counted)
	if err != nil {
		return err
	}
	if err := r.videos(ctx, append(whole, doubted...)); err != nil {
		return err
	}
	if failed != nil || !r.stale() {
		return failed
	}
	r.b.Listed = true
	return r.videos(ctx, r.unlisted(ids, more))
}

// ids are the newest videos: of the list, or as they are known. more: the list goes on.
func (r *reading) ids(ctx context.Context) (ids []string, more bool, failed *platform.Error) {
	if r.stale() {
		return r.a.uploads(ctx, r.t, r.q)
	}
	for _, k := range r.q.Known[:min(len(r.q.Known), r.q.Limit)] {
		ids = append(ids, k.ExternalID)
	}
	return ids, false, nil
}

// stale reports that the list must be read.
func (r *reading) stale() bool {
	q := r.q
	return len(q.Known) == 0 || q.Listed.IsZero() || r.a.now().Sub(q.Listed) >= relist ||
		q.Count == nil || q.Profile.Posts == nil || *q.Count != *q.Profile.Posts
}

// split tells the videos that are read whole from those of which the numbers are enough, and adds some
// older ones that were not seen for long.
func (r *reading) split(ids []string) (whole, counted []string) {
	now, in := r.a.now(), map[string]bool{}
	rates := r.a.s.Quotas[stats]
	cheap := len(rates) > 0 && rates[0].Limit > 0
	for _, id := range ids {
		in[id] = true
		if k, ok := r.known[id]; cheap && ok && !k.ReadAt.IsZero() && now.Sub(k.ReadAt) < reread {
			counted = append(counted, id)
		} else {
			whole = append(whole, id)
		}
	}
	var old []platform.Known
	for _, k := range r.q.Known {
		if !in[k.ExternalID] && (now.Sub(k.ReadAt) >= reread || now.Sub(k.SeenAt) >= reread) {
			old = append(old, k)
		}
	}
	slices.SortStableFunc(old, func(a, b platform.Known) int { return cmp.Compare(a.ReadAt.Unix(), b.ReadAt.Unix()) })
	for _, k := range old[:min(len(old), pageSize)] {
		whole = append(whole, k.ExternalID)
	}
	return whole, counted
}

// unlisted are the known videos that the list should have held and does not. They are asked for by
// name, for the list is known to miss some.
func (r *reading) unlisted(ids []string, more bool) []string {
	if len(ids) == 0 && (r.q.Profile.Posts == nil || *r.q.Profile.Posts > 0) {
		return nil
	}
	there, came := map[string]bool{}, map[string]bool{}
	for _, id := range ids {
		there[id] = true
	}
	var oldest time.Time
	for _, p := range r.b.Posts {
		came[p.ExternalID] = true
		if there[p.ExternalID] && !p.PostedAt.IsZero() && (oldest.IsZero() || p.PostedAt.Before(oldest)) {
			oldest = p.PostedAt
		}
	}
	var out []string
	for _, k := range r.q.Known {
		younger := !oldest.IsZero() && k.PostedAt.After(oldest)
		if !there[k.ExternalID] && !came[k.ExternalID] && (!more || younger) && !slices.Contains(r.b.Gone, k.ExternalID) {
			out = append(out, k.ExternalID)
		}
	}
	return out
}

// videos reads videos whole, a unit for each fifty. A known one that does not come is gone: unknown,
// private and deleted ids are left out without a word.
func (r *reading) videos(ctx context.Context, ids []string) *platform.Error {
	for part := range slices.Chunk(ids, pageSize) {
		var list videoList
		q := url.Values{
			"id":   {strings.Join(part, ",")},
			"part": {"snippet,contentDetails,statistics,status,liveStreamingDetails"},
		}
		err := r.a.call(ctx, r.t, platform.StepPosts, units, "videos", q, &list)
		if err == nil && !list.shaped() {
			err = badResponse(platform.StepPosts, "no list of videos")
		}
		if err != nil {
			return err
		}
		came := map[string]bool{}
		for _, v := range list.Items {
			came[v.ID] = true
			r.b.Posts = append(r.b.Posts, v.post(r.odd))
		}
		for _, id := range part {
			if _, known := r.known[id]; known && !came[id] {
				r.b.Gone = append(r.b.Gone, id)
			}
		}
	}
	return nil
}

// statistics reads the numbers alone, out of their own bucket. It gives the ids that did not come, of
// which videos has the last word, and all of them where the method is not to be had.
func (r *reading) statistics(ctx context.Context, ids []string) (doubted []string, failed *platform.Error) {
	for i := 0; i < len(ids); i += pageSize {
		part := ids[i:min(i+pageSize, len(ids))]
		var list videoList
		q := url.Values{"id": {strings.Join(part, ",")}, "part": {"id,snippet,statistics,contentDetails"}}
		err := r.a.call(ctx, r.t, platform.StepPosts, stats, "videos:batchGetStats", q, &list)
		if err == nil && !list.shaped() {
			err = badResponse(platform.StepPosts, "no list of statistics")
		}
		if err != nil && optional(err) {
			return append(doubted, ids[i:]...), nil
		}
		if err != nil {
			return doubted, err
		}
		came := map[string]bool{}
		for _, v := range list.Items {
			k, ok := r.known[v.ID]
			if !ok || !slices.Contains(part, v.ID) {
				continue
			}
			came[v.ID] = true
			p := v.post(r.odd)
			p.CountersOnly, p.PostedAt = true, k.PostedAt
			r.b.Posts = append(r.b.Posts, p)
		}
		for _, id := range part {
			if !came[id] {
				doubted = append(doubted, id)
			}
		}
	}
	return doubted, nil
}

// optional reports a failure of the statistics method that the ordinary one can make good: it is not
// offered to this project, or its own bucket is spent.
func optional(err *platform.Error) bool {
	switch err.Code {
	case fault.QuotaExhausted, fault.NotFound, fault.AppRefused, fault.BadResponse:
		return true
	case fault.PlatformError:
		return err.Status > 0 && err.Status < 500
	default:
		return false
	}
}

// uploads lists video ids, never more pages than the limit needs; more: the list goes on.
func (a *adapter) uploads(
	ctx context.Context,
	t platform.Token,
	ask platform.PostQuery,
) (ids []string, more bool, failed *platform.Error) {
	list := ask.Profile.Listing
	if rest, ok := strings.CutPrefix(ask.Profile.ExternalID, "UC"); list == "" && ok {
		list = "UU" + rest // the uploads list is named after its channel; only a fallback
	}
	if list == "" {
		return nil, false, badResponse(platform.StepPosts, "the channel names no list of uploads")
	}
	seen, pages, page, restarted := map[string]bool{}, map[string]bool{}, "", false
	for want := ask.Limit; want > 0; want -= pageSize {
		q := url.Values{
			"playlistId": {list},
			"part":       {"snippet,contentDetails"},
			"maxResults": {strconv.Itoa(min(pageSize, want))},
		}
		if page != "" {
			q.Set("pageToken", page)
		}
		var items itemList
		if err := a.call(ctx, t, platform.StepPosts, units, "playlistItems", q, &items); err != nil {
			if err.Code == fault.NotFound && err.Native == "playlistNotFound" {
				return nil, false, nil // a channel without uploads
			}
			if err.Native == "invalidPageToken" && page != "" && !restarted {
				// the list changed under us: once more from its start
				restarted, page, pages, want = true, "", map[string]bool{}, ask.Limit+pageSize
				continue
			}
			return ids, false, err
		}
		if !items.shaped() {
			return ids, false, badResponse(platform.StepPosts, "no list of uploads")
		}
		for _, it := range items.Items {
			if v := it.video(); v != "" && !seen[v] {
				seen[v] = true
				ids = append(ids, v)
			}
		}
		page = items.Next
		if more = page != "" && !pages[page]; !more {
			break // the last page, or a list that leads back to itself
		}
		pages[page] = true
	}
	return ids[:min(len(ids), ask.Limit)], more || len(ids) > ask.Limit, nil
}
