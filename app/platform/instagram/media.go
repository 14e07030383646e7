package instagram

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
)

// metrics are those that feed posts and reels both have. One that a post does not have fails the
// whole call, and inside the list the whole list.
var metrics = []string{"reach", "views", "saved", "shares", "likes", "comments", "total_interactions"}

const patience = 3 // failures in a row after which insights of single posts are left for the next sync

// read is one reading of the newest media.
type read struct {
	a       *adapter
	t       platform.Token
	settled map[string]bool
	limit   int

	posts   []platform.Post
	odd     map[string]bool     // counts that are no counts
	gaps    []*platform.Error   // said once each
	without map[string][]string // product -> metrics it refused
	wanted  bool                // insights are to be had
	failed  int                 // single insights that failed in a row
}

// Posts reads the newest media. Normally that is one call for twenty-five, insights inline. Where
// the list refuses them because one post cannot answer, the plain list is read at once and then the
// insights of each post that may have some.
func (a *adapter) Posts(ctx context.Context, t platform.Token, q platform.PostQuery) (platform.Batch, error) {
	r := &read{
		a: a, t: t, settled: q.Settled(), limit: q.Limit,
		odd: map[string]bool{}, without: map[string][]string{}, wanted: t.Scopes == nil || slices.Contains(t.Scopes, insightsScope),
	}
	if !r.wanted {
		r.gap(&platform.Error{Platform: id, Step: platform.StepMetrics, Code: fault.ScopeMissing, Detail: "the permission " + insightsScope + " was not granted"})
	}
	failed := r.pages(ctx)
	for _, name := range []string{"views", "likes", "comments", "shares", "saves", "reach"} {
		if r.odd[name] {
			e := bad(platform.StepMetrics, "the count of "+name+" is not a number")
			e.Metric = name
			r.gap(e)
		}
	}
	b := platform.Batch{Posts: platform.Tidy(r.posts, q.Limit), Gaps: r.gaps, Listed: failed == nil}
	if b.Listed {
		b.Gone = q.Unlisted(b.Posts)
	}
	return b, asError(failed)
}

// pages walks the list. Posts that are settled would make it refuse insights, so with any of those
// the plain list is read first.
func (r *read) pages(ctx context.Context) *platform.Error {
	after, seen := "", map[string]bool{}
	inline := len(r.settled) == 0
	for want := r.limit; want > 0; want -= pageSize {
		n := min(pageSize, want)
		page, err := r.list(ctx, after, n, r.wanted && inline)
		if r.wanted && inline && refusesInsights(err) {
			if err.Code == fault.ScopeMissing {
				r.wanted = false
				r.gap(err)
			}
			inline = false // older posts will refuse as well
			if page, err = r.list(ctx, after, n, false); err != nil && err.Code == fault.NotFound {
				err.Code = fault.PlatformError // it was no post of the list that is missing
			}
		}
		if err != nil {
			return err
		}
		first := len(r.posts)
		for _, m := range page.Data {
			p := m.post(r.odd)
			p.InsightsNever = r.settled[p.ExternalID]
			r.posts = append(r.posts, p)
		}
		if r.wanted && !inline {
			if err := r.insights(ctx, after, page.Data, r.posts[first:]); err != nil {
				return err
			}
		}
		next := page.after()
		if next == "" || seen[next] {
			return nil // the last page, or a list that leads back to itself
		}
		after, seen[next] = next, true
	}
	return nil
}

// refusesInsights reports that the list failed for the insights asked with it, so that it is worth
// asking without.
func refusesInsights(err *platform.Error) bool {
	if err == nil || err.Status == 0 || err.Status >= http.StatusInternalServerError {
		return false
	}
	return err.Code == fault.NotFound || err.Code == fault.Internal || err.Code == fault.ScopeMissing
}

// list reads one page.
func (r *read) list(ctx context.Context, after string, n int, inline bool) (mediaList, *platform.Error) {
	q := url.Values{"limit": {strconv.Itoa(n)}}
	if after != "" {
		q.Set("after", after)
	}
	fields := mediaFields
	if inline {
		fields = append(slices.Clone(fields), "insights.metric("+strings.Join(metrics, ",")+")")
	}
	var page mediaList
	gaps, err := r.a.ask(ctx, r.t, platform.StepPosts, "/me/media", fields, q, &page)
	for _, g := range gaps {
		r.gap(g)
	}
	if err == nil && page.Data == nil {
		err = bad(platform.StepPosts, "no list of media")
	}
	return page, err
}

// insights reads what a plain page left out. The posts above the first settled one can still answer
// inline, in one call; each other one that is not settled is asked alone.
func (r *read) insights(ctx context.Context, after string, page []media, posts []platform.Post) *platform.Error {
	done := 0
	if n := slices.IndexFunc(posts, func(p platform.Post) bool { return p.InsightsNever }); len(r.settled) > 0 && n != 0 {
		if n < 0 {
			n = len(posts)
		}
		if list, err := r.list(ctx, after, n, true); err == nil {
			r.merge(list.Data, posts[:n])
			done = n
		} else if !refusesInsights(err) {
			return r.missed(err)
		}
	}
	for i := done; i < len(posts) && r.wanted; i++ {
		if posts[i].InsightsNever || posts[i].ExternalID == "" {
			continue
		}
		if err := r.single(ctx, page[i].Product, &posts[i]); err != nil {
			return err
		}
	}
	return nil
}

// merge puts the insights of a second reading of the same page into its posts.
func (r *read) merge(page []media, posts []platform.Post) {
	byID := map[string]*insightList{}
	for _, m := range page {
		byID[string(m.ID)] = m.Insights
	}
	for i := range posts {
		if l := byID[posts[i].ExternalID]; l != nil {
			l.fill(&posts[i], r.odd)
		}
	}
}

// single reads one post's insights. A metric this kind of post does not have is dropped for all of
// its kind; when the platform does not say which, each is asked alone.
func (r *read) single(ctx context.Context, product string, p *platform.Post) *platform.Error {
	set := slices.DeleteFunc(slices.Clone(metrics), func(m string) bool { return slices.Contains(r.without[product], m) })
	for len(set) > 0 {
		err := r.edge(ctx, p, set)
		if err == nil {
			r.failed = 0
			return nil
		}
		if i := slices.Index(set, err.Metric); i >= 0 {
			r.refused(product, err)
			set = slices.Delete(set, i, i+1)
			continue
		}
		if err.Code == fault.Internal && len(set) > 1 {
			return r.oneByOne(ctx, product, p, set)
		}
		return r.leave(ctx, p, err)
	}
	return nil
}

func (r *read) oneByOne(ctx context.Context, product string, p *platform.Post, set []string) *platform.Error {
	for _, m := range set {
		err := r.edge(ctx, p, []string{m})
		if err == nil {
			r.failed = 0
			continue
		}
		if err.Code != fault.Internal {
			return r.leave(ctx, p, err)
		}
		err.Metric = m
		r.refused(product, err)
	}
	return nil
}

// edge asks the insights of one post.
func (r *read) edge(ctx context.Context, p *platform.Post, set []string) *platform.Error {
	var l insightList
	path := "/" + url.PathEscape(p.ExternalID) + "/insights"
	err := r.a.get(ctx, r.t, platform.StepMetrics, path, "/{media}/insights", url.Values{"metric": {strings.Join(set, ",")}}, &l)
	if err != nil {
		return err
	}
	if l.Data == nil {
		return bad(platform.StepMetrics, "no list of insights")
	}
	l.fill(p, r.odd)
	return nil
}

// refused remembers a metric that this kind of post does not have.
func (r *read) refused(product string, err *platform.Error) {
	r.without[product] = append(r.without[product], err.Metric)
	gap := bad(platform.StepMetrics, "Instagram refuses the metric "+err.Metric+" for some posts")
	gap.Status, gap.Native, gap.LogID, gap.Metric = err.Status, err.Native, err.LogID, word(err.Metric)
	r.gap(gap)
}

// leave decides what one post's failure means for the rest: nothing when it is that post's own,
// the end of the insights when it would hit every other post too.
func (r *read) leave(ctx context.Context, p *platform.Post, err *platform.Error) *platform.Error {
	switch {
	case ctx.Err() != nil:
		return r.missed(err)
	case err.Code == fault.NotFound:
		p.InsightsNever = err.Native == nativeTooOld
	case err.Code == fault.ScopeMissing:
		r.wanted = false
		r.gap(err)
	case err.Code == fault.PlatformError, err.Code == fault.BadResponse, err.Code == fault.Internal, err.Code == fault.Timeout, err.Code == fault.Network:
		r.gap(err)
		if r.failed++; r.failed >= patience {
			r.wanted = false
		}
		return nil
	default:
		return r.missed(err)
	}
	r.failed = 0
	return nil
}

// missed makes an error of the metrics step; the posts already read stay in the batch.
func (r *read) missed(err *platform.Error) *platform.Error {
	err.Step = platform.StepMetrics
	return err
}

// gap says a thing once.
func (r *read) gap(e *platform.Error) {
	for _, g := range r.gaps {
		if g.Code == e.Code && g.Metric == e.Metric && g.Step == e.Step {
			return
		}
	}
	r.gaps = append(r.gaps, e)
}
