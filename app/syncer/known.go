package syncer

import (
	"context"
	"fmt"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/profile"
)

// knownMost is how many stored posts an adapter is told of: what one reading can make use of.
const knownMost = 500

// query says what to read of the posts, and what is known of them.
func (a *attempt) query(ctx context.Context) (platform.PostQuery, error) {
	settings, _ := a.s.o.Platforms.Settings(a.run.Platform)
	q := platform.PostQuery{Limit: settings.PostLimit, Profile: *a.profile}
	rows, err := a.s.o.Store.Read.Post.Query().Where(post.ConnectionID(a.conn.ID), post.GoneAtIsNil()).
		Order(post.ByPostedAt(newest)).Limit(max(knownMost, 2*settings.PostLimit)).
		Select(post.FieldExternalID, post.FieldPostedAt, post.FieldReadAt, post.FieldObservedAt, post.FieldInsightsNever).
		All(ctx)
	if err != nil {
		return q, fmt.Errorf("read what is known of the posts: %w", err)
	}
	for _, r := range rows {
		k := platform.Known{ExternalID: r.ExternalID, SeenAt: r.ObservedAt, Settled: r.InsightsNever}
		if r.PostedAt != nil {
			k.PostedAt = *r.PostedAt
		}
		if r.ReadAt != nil {
			k.ReadAt = *r.ReadAt
		}
		q.Known = append(q.Known, k)
	}
	p, err := a.s.o.Store.Read.Profile.Query().Where(profile.ConnectionID(a.conn.ID)).
		Select(profile.FieldListedAt, profile.FieldListedPosts, profile.FieldPageSize).All(ctx)
	if err != nil {
		return q, fmt.Errorf("read when the posts were last listed: %w", err)
	}
	for _, r := range p {
		q.Page = r.PageSize
		if r.ListedAt != nil {
			q.Listed, q.Count = *r.ListedAt, r.ListedPosts
		}
	}
	q.Without, err = a.s.withdrawn(ctx, a.run.Platform, a.conn.ID)
	return q, err
}
