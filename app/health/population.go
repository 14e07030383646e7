package health

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/predicate"
	"github.com/truecount/truecount/ent/schedule"
)

// countsKept is how long the counts of connections are kept where counting is expensive; the minute's check
// counts anew.
const (
	countsKept = 90 * time.Second
	largeFrom  = 20_000 // connections, or runs a day
)

func endedIn(f *Facts) int {
	n := 0
	for _, p := range f.Platforms {
		n += p.Ended()
	}
	return n
}

// population is how many connections of a platform are in a state.
type population struct{ live, expired, expiring, tampered, fresh int }

func (h *Health) readConnections(ctx context.Context, f *Facts) error {
	h.counting.Lock()
	defer h.counting.Unlock()
	if h.counts == nil || f.fresh || !f.Now.Before(h.counted) {
		counts, err := h.count(ctx, f)
		if err != nil {
			return err
		}
		h.counts, h.counted = counts, f.Now
		total := 0
		for _, n := range counts {
			total += n.live
		}
		if h.large.Store(total >= largeFrom || endedIn(f) >= largeFrom); total >= largeFrom {
			h.counted = f.Now.Add(countsKept)
		}
	}
	for id, n := range h.counts {
		if p := f.Platforms[id]; p != nil {
			p.Live, p.NeedsReconnect, p.Expiring, p.Tampered, p.Fresh = n.live, n.expired, n.expiring, n.tampered, n.fresh
		}
	}
	return nil
}

func (h *Health) count(ctx context.Context, f *Facts) (map[string]population, error) {
	var rows []struct {
		Platform string            `sql:"platform"`
		Status   connection.Status `sql:"status"`
		Count    int               `sql:"count"`
	}
	err := h.db.Connection.Query().Where(connection.StatusNEQ(connection.StatusDisconnected)).Where(f.Connections...).
		GroupBy(connection.FieldPlatform, connection.FieldStatus).Aggregate(ent.Count()).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count connections: %w", err)
	}
	out := map[string]population{}
	lost := false
	for _, r := range rows {
		n := out[r.Platform]
		n.live += r.Count
		switch r.Status {
		case connection.StatusNeedsReconnect:
			n.expired += r.Count
			lost = true
		case connection.StatusExpiring:
			n.expiring += r.Count
		default: // nothing to do about them
		}
		out[r.Platform] = n
	}
	if err := h.countFresh(ctx, f, out); err != nil {
		return nil, err
	}
	if !lost {
		return out, nil
	}
	return out, h.countTampered(ctx, f, out)
}

// objective is the age of a last success up to which an account is as fresh as we promise.
const objective = 26 * time.Hour

func (h *Health) countFresh(ctx context.Context, f *Facts, out map[string]population) error {
	var rows []struct {
		Platform string `sql:"platform"`
		Count    int    `sql:"count"`
	}
	mine := append([]predicate.Connection{connection.StatusNEQ(connection.StatusDisconnected)}, f.Connections...)
	err := h.db.Schedule.Query().
		Where(schedule.LastSuccessAtGTE(f.Now.Add(-objective)), schedule.HasConnectionWith(mine...)).
		GroupBy(schedule.FieldPlatform).
		Aggregate(ent.Count()).
		Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count fresh connections: %w", err)
	}
	for _, r := range rows {
		n := out[r.Platform]
		n.fresh = r.Count
		out[r.Platform] = n
	}
	return nil
}

func (h *Health) countTampered(ctx context.Context, f *Facts, out map[string]population) error {
	var rows []struct {
		Platform string `sql:"platform"`
		Count    int    `sql:"count"`
	}
	err := h.db.Connection.Query().
		Where(connection.StatusEQ(connection.StatusNeedsReconnect), connection.StatusDetail(platform.NativeSealed)).
		Where(f.Connections...).
		GroupBy(connection.FieldPlatform).
		Aggregate(ent.Count()).
		Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count tampered connections: %w", err)
	}
	for _, r := range rows {
		n := out[r.Platform]
		n.tampered = r.Count
		out[r.Platform] = n
	}
	return nil
}
