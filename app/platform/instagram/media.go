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

const patience = 3 // failures in a row after which insights of single posts are left for the next sync

// read is one reading of the newest media.
type read struct {
	a       *adapter
	t       platform.Token
	q       platform.PostQuery
	settled map[string]bool

	posts    []platform.Post
	product  map[string]string          // post -> its kind, as Instagram calls it
	answered map[string]bool            // post -> its insights were asked and told, even if empty
	odd      map[string]bool            // counts that are no counts
	gaps     []*platform.Error          // said once each
	inline   []string                   // metrics asked inside the list
	single   []string                   // metrics asked of posts one by one
	doubted  []string                   // metrics that some post of the list refuses, asked apart
	without  map[string][]string        // product -> metrics it refused
	with     map[string][]string        // product -> metrics it gave when asked apart
	wanted   bool                       // insights are to be had
	failed   int                        // single insights that failed in a row
	barred   map[string]*platform.Error // post -> its insights were refused as if a permission was missing
	page     int                        // posts asked for at a time
	lesser   bool                       // Instagram took no more at a time
}

// settleFor is the fewest posts at a time with their insights; below it the plain list is asked for.
const settleFor = 3

// Posts reads the newest media. Normally that is one call for twenty-five, insights inline. A metric
// that a kind of post does not have is asked apart, of the kinds that have it. Where the list refuses
// insights because one post cannot answer at all, the plain list is read at once and then the
// insights of each post that may have some.
func (a *adapter) Posts(ctx context.Context, t platform.Token, q platform.PostQuery) (platform.Batch, error) {
	r := &read{
		a: a, t: t, q: q, settled: q.Settled(), product: map[string]string{}, answered: map[string]bool{},
		odd:     map[string]bool{},
		without: map[string][]string{}, with: map[string][]string{}, wanted: t.Scopes == nil ||
			slices.Contains(t.Scopes, insightsScope),
		barred: map[string]*platform.Error{}, page: pageSize,
		single: withoutRefused(metrics, q.Without), doubted: withoutRefused(a.doubted(t.Account), q.Without),
	}
	r.inline = slices.DeleteFunc(slices.Clone(r.single), func(m string) bool { return slices.Contains(r.doubted, m) })
	if !r.wanted {
		r.gap(
			&platform.Error{
				Platform: id,
				Step:     platform.StepMetrics,
				Code:     fault.ScopeMissing,
				Detail:   "the permission " + insightsScope + " was not granted",
			},
		)
	}
	if q.Page > 0 && q.Page < pageSize {
		r.page, r.lesser = q.Page, true
	}
	failed := r.pages(ctx)
	r.conclude()
	b := platform.Batch{Posts: platform.Tidy(r.posts, q.Limit), Gaps: r.gaps, Listed: failed == nil}
	if r.lesser {
		b.Page = r.page
	}
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
	for want := r.q.Limit; want > 0; {
		n := min(r.page, want)
		page, told, err := r.next(ctx, after, &n, inline)
		if err != nil {
			return err
		}
		want, inline = want-n, told
		first := len(r.posts)
		for _, m := range page.Data {
			r.take(m)
		}
		if r.wanted {
			if err := r.complete(ctx, after, r.posts[first:], inline); err != nil {
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

// next reads one page, with insights where they are to be had, and tells whether it holds them. A page that is too
// much is asked for again with fewer posts, and from then on; the same question is never put twice.
func (r *read) next(
	ctx context.Context,
	after string,
	n *int,
	inline bool,
) (page mediaList, withInsights bool, err *platform.Error) {
	for {
		if withInsights = r.wanted && inline; withInsights {
			page, err = r.listInline(ctx, after, *n)
			withInsights = r.wanted && !refusesInsights(err)
		}
		if inline = withInsights; !withInsights {
			if page, err = r.list(ctx, after, *n, false); err != nil && err.Code == fault.NotFound {
				err.Code = fault.PlatformError // it was no post of the list that is missing
			}
		}
		switch {
		case !excess(err):
			return page, withInsights, err
		case *n > settleFor:
			*n /= 2
		case withInsights:
			inline = false
		default:
			return page, withInsights, err
		}
		r.page, r.lesser = *n, true
	}
}

// excess reports a list that Instagram does not put together, as it is too much at once.
func excess(err *platform.Error) bool {
	if err == nil || err.Status <= 0 {
		return false
	}
	code, _, _ := strings.Cut(err.Native, "/") // whatever the subcode
	return tooMuch(platform.Text(code))
}

// take turns a media of the list into a post.
func (r *read) take(m media) {
	p := m.post(r.odd)
	p.InsightsNever = r.settled[p.ExternalID]
	r.product[p.ExternalID] = m.Product
	r.answered[p.ExternalID] = m.Insights != nil
	r.posts = append(r.posts, p)
}

// complete asks what the list left out of its posts.
func (r *read) complete(ctx context.Context, after string, posts []platform.Post, inline bool) *platform.Error {
	if r.a.busy(r.t.Account) && (!inline || len(r.doubted) > 0) {
		r.gap(&platform.Error{
			Platform: id, Step: platform.StepMetrics, Code: fault.RateLimit, Status: -1,
			Detail: "most of this account's quota is used up; insights of some posts wait for the next sync",
		})
		return nil
	}
	if inline {
		return r.apart(ctx, posts)
	}
	return r.insights(ctx, after, posts)
}

// listInline reads one page with insights. A metric that it refuses by name is left out and asked
// apart, so that the others still come in one call.
func (r *read) listInline(ctx context.Context, after string, n int) (mediaList, *platform.Error) {
	for {
		page, err := r.list(ctx, after, n, true)
		i := -1
		if err != nil && err.Code == fault.Internal {
			i = slices.Index(r.inline, err.Metric)
		}
		if i >= 0 && len(r.inline) > 1 {
			r.doubted = append(r.doubted, err.Metric)
			r.inline = slices.Delete(r.inline, i, i+1)
			continue
		}
		// With the permission in the token's own list it may be one post that is refused: each is asked then.
		if err != nil && err.Code == fault.ScopeMissing && !slices.Contains(r.t.Scopes, insightsScope) {
			r.wanted = false
			r.gap(err)
		}
		return page, err
	}
}

// refusesInsights reports that the list failed for the insights asked with it, so that it is worth
// asking without.
func refusesInsights(err *platform.Error) bool {
	if err == nil || err.Status <= 0 || err.Status >= http.StatusInternalServerError {
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
	if inline && len(r.inline) > 0 {
		fields = append(slices.Clone(fields), "insights.metric("+strings.Join(r.inline, ",")+")")
	}
	var page mediaList
	gaps, err := r.a.ask(ctx, r.t, platform.StepPosts, "/me/media", fields, q, &page)
	for _, g := range gaps {
		r.gap(g)
	}
	if err == nil && page.Data == nil {
		err = badResponse(platform.StepPosts, "no list of media")
	}
	return page, err
}

// insights reads what a plain page left out. The posts above the first settled one can still answer
// inline, in one call; each other one that is not settled is asked alone.
func (r *read) insights(ctx context.Context, after string, posts []platform.Post) *platform.Error {
	done := 0
	if n := slices.IndexFunc(posts, func(p platform.Post) bool { return p.InsightsNever }); len(r.settled) > 0 && n != 0 {
		if n < 0 {
			n = len(posts)
		}
		if list, err := r.listInline(ctx, after, n); err == nil {
			r.merge(list.Data, posts[:n])
			if err := r.apart(ctx, posts[:n]); err != nil {
				return err
			}
			done = n
		} else if !refusesInsights(err) && !excess(err) {
			return r.missed(err)
		}
	}
	for i := done; i < len(posts) && r.wanted; i++ {
		if posts[i].InsightsNever || posts[i].ExternalID == "" {
			continue
		}
		if err := r.alone(ctx, &posts[i], r.single); err != nil {
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
			r.answered[posts[i].ExternalID] = true
		}
	}
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
