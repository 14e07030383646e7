package instagram

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/reading"
)

// doubt is which metrics not all posts of an account have, as found out lately: the list is not asked
// for them again only to refuse.
type doubt struct {
	metrics []string
	until   time.Time
}

const doubtLife = 20 * time.Hour

func (a *adapter) doubted(account string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if d, ok := a.doubts[account]; ok && a.now().Before(d.until) {
		return d.metrics
	}
	return nil
}

func (a *adapter) doubting(account string, metrics []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for who, d := range a.doubts {
		if !a.now().Before(d.until) {
			delete(a.doubts, who)
		}
	}
	if account != "" && len(metrics) > 0 {
		a.doubts[account] = doubt{metrics, a.now().Add(doubtLife)}
	}
}

// apart asks the doubted metrics of the posts whose kind has them: one of a kind finds out.
func (r *read) apart(ctx context.Context, posts []platform.Post) *platform.Error {
	for i := range posts {
		p := &posts[i]
		if p.InsightsNever || p.ExternalID == "" || !r.wanted {
			continue
		}
		set := slices.DeleteFunc(
			slices.Clone(r.doubted),
			func(m string) bool { return slices.Contains(r.without[r.product[p.ExternalID]], m) },
		)
		if err := r.alone(ctx, p, set); err != nil {
			return err
		}
	}
	return nil
}

// alone reads one post's insights. A metric this kind of post does not have is dropped for all of
// its kind; when the platform does not say which, each is asked by itself.
func (r *read) alone(ctx context.Context, p *platform.Post, set []string) *platform.Error {
	product := r.product[p.ExternalID]
	set = slices.DeleteFunc(slices.Clone(set), func(m string) bool {
		return slices.Contains(r.without[product], m) || slices.Contains(lacking[product], m)
	})
	for len(set) > 0 {
		err := r.edge(ctx, p, set)
		if err == nil {
			r.failed = 0
			return nil
		}
		if i := slices.Index(set, err.Metric); i >= 0 {
			r.without[product] = append(r.without[product], err.Metric)
			set = slices.Delete(set, i, i+1)
			continue
		}
		if err.Code == fault.Internal && len(set) > 1 {
			return r.oneByOne(ctx, p, set)
		}
		if err.Code == fault.Internal {
			r.without[product] = append(r.without[product], set[0])
			return nil
		}
		return r.leave(ctx, p, err)
	}
	return nil
}

func (r *read) oneByOne(ctx context.Context, p *platform.Post, set []string) *platform.Error {
	product := r.product[p.ExternalID]
	for _, m := range set {
		err := r.edge(ctx, p, []string{m})
		if err == nil {
			r.failed = 0
			continue
		}
		if err.Code != fault.Internal {
			return r.leave(ctx, p, err)
		}
		r.without[product] = append(r.without[product], m)
	}
	return nil
}

// edge asks the insights of one post.
func (r *read) edge(ctx context.Context, p *platform.Post, set []string) *platform.Error {
	var l insightList
	path := "/" + url.PathEscape(p.ExternalID) + "/insights"
	err := r.a.get(
		ctx,
		r.t,
		platform.StepMetrics,
		path,
		"/{media}/insights",
		url.Values{"metric": {strings.Join(set, ",")}},
		&l,
	)
	if err != nil {
		return err
	}
	if l.Data == nil {
		return badResponse(platform.StepMetrics, "no list of insights")
	}
	product := r.product[p.ExternalID]
	for _, m := range set {
		if !slices.Contains(r.with[product], m) {
			r.with[product] = append(r.with[product], m)
		}
	}
	r.answered[p.ExternalID] = true
	l.fill(p, r.odd)
	return nil
}

// leave decides what one post's failure means for the rest: nothing when it is that post's own,
// the end of the insights when it would hit every other post too.
func (r *read) leave(ctx context.Context, p *platform.Post, err *platform.Error) *platform.Error {
	switch {
	case ctx.Err() != nil:
		return r.missed(err)
	case err.Code == fault.NotFound:
		p.InsightsNever = err.Native == nativeTooOld
	case err.Code == fault.ScopeMissing && slices.Contains(r.t.Scopes, insightsScope):
		// One post may be refused so. Where the first few are, and none is answered, it is the permission.
		r.barred[p.ExternalID] = err
		if len(r.barred) > patience && !r.hasInsights() {
			r.wanted = false
		}
	case err.Code == fault.ScopeMissing:
		r.wanted = false
		r.gap(err)
	case err.Code == fault.PlatformError,
		err.Code == fault.BadResponse,
		err.Code == fault.Internal,
		err.Code == fault.Timeout,
		err.Code == fault.Network:
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

// hasInsights reports that at least one post's insights came.
func (r *read) hasInsights() bool {
	for _, yes := range r.answered {
		if yes {
			return true
		}
	}
	return false
}

// conclude says what the reading as a whole showed: counts that are none, metrics that no kind of post
// has any more, and of each post why a number is not there.
func (r *read) conclude() {
	for _, c := range reading.All() {
		if name := c.String(); c.Shown() && r.odd[name] {
			e := badResponse(platform.StepMetrics, "the count of "+name+" is not a number")
			e.Metric = name
			r.gap(e)
		}
	}
	if len(r.barred) > patience && !r.hasInsights() { // fewer may each be one post's own
		for _, p := range r.posts { // in their order: the first one's refusal is told
			if err := r.barred[p.ExternalID]; err != nil {
				err.Unexplained = false
				r.gap(err)
			}
		}
	}
	var mixed []string
	for _, m := range r.single {
		refused, given := r.judged(m)
		switch {
		case refused && !given:
			e := badResponse(platform.StepMetrics, "Instagram refuses the metric "+m+" for every post")
			e.Metric, e.Refused = word(m), true
			r.gap(e)
		case refused:
			mixed = append(mixed, m) // some kinds have it: no failure, and nothing to ask the list for
		}
	}
	r.a.doubting(r.t.Account, mixed)
	for i := range r.posts {
		r.explain(&r.posts[i])
	}
}

// judged reports whether any kind of post refused a metric, and whether any gave it.
func (r *read) judged(metric string) (refused, given bool) {
	for _, list := range r.without {
		refused = refused || slices.Contains(list, metric)
	}
	for _, list := range r.with {
		given = given || slices.Contains(list, metric)
	}
	for _, p := range r.posts {
		given = given || value(&p, word(metric)) != nil
	}
	return refused, given
}

// value is a post's counter by our word for it; nil for what is none.
func value(p *platform.Post, word string) *int64 {
	c, ok := reading.Parse(word)
	if !ok {
		return nil
	}
	return p.Counters()[c]
}

// explain says why a post's numbers are not there, as far as Instagram lets us know.
func (r *read) explain(p *platform.Post) {
	product := r.product[p.ExternalID]
	for _, m := range metrics {
		id := word(m)
		if value(p, id) != nil {
			continue
		}
		var why platform.Absence
		switch {
		case slices.Contains(r.q.Without, id):
			why = platform.AbsenceWithdrawn
		case id == "likes":
			why = platform.AbsenceHidden // the list leaves them out when their owner hides them
		case p.InsightsNever:
			why = platform.AbsenceBefore
		case r.barred[p.ExternalID] != nil:
			why = platform.AbsenceRefused
		case slices.Contains(r.without[product], m), slices.Contains(lacking[product], m):
			why = platform.AbsenceUnsupported
		case r.answered[p.ExternalID]:
			why = platform.AbsenceLate
		default:
			continue
		}
		if p.Absent == nil {
			p.Absent = map[string]platform.Absence{}
		}
		p.Absent[id] = why
	}
}
