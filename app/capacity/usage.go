package capacity

import (
	"context"
	"fmt"
	"time"

	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/quotause"
)

// Window is one window of a quota that holds now.
type Window struct {
	Platform  string
	Bucket    string    // the setting's name without its platform: "QUOTA", "STATS_QUOTA"
	Scope     string    // what is counted apart: an endpoint, an account
	Ends      time.Time // UTC; of a window that slides, when the last of what is spent has left it
	Used      int64     // units, what the platform itself calls spent among them
	Uncounted int64     // units of Used that we did not count: the platform said that they are spent
	Limit     int64     // units that the settings allow; 0: they name none
}

// Windows gives every quota's windows that hold now and of which something is spent. A window that slides is kept as
// several rows, which are added up.
func (c *Capacity) Windows(ctx context.Context) ([]Window, error) {
	whole, err := c.windows(ctx, c.now())
	if err != nil {
		return nil, err
	}
	out := make([]Window, len(whole))
	for i, u := range whole {
		out[i] = Window{u.Platform, u.Bucket, u.Scope, u.WindowEnd.UTC(), u.Used, u.Reserved, c.limit(u)}
	}
	return out, nil
}

// windows adds up the rows of each window; what a platform itself calls spent is.
func (c *Capacity) windows(ctx context.Context, now time.Time) ([]*ent.QuotaUse, error) {
	rows, err := c.db.QuotaUse.Query().
		Where(quotause.WindowStartLTE(now), quotause.WindowEndGT(now),
			quotause.Or(quotause.UsedGT(0), quotause.ReservedGT(0))).
		Order(quotause.ByWindowEnd(), quotause.ByID()).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read quota use: %w", err)
	}
	type window struct{ platform, bucket, scope string }
	at := map[window]int{}
	var whole []*ent.QuotaUse
	for _, u := range rows {
		u.Used += u.Reserved
		w := window{u.Platform, u.Bucket, u.Scope}
		if i, ok := at[w]; ok {
			u.Used += whole[i].Used
			whole[i] = u
			continue
		}
		at[w], whole = len(whole), append(whole, u)
	}
	return whole, nil
}

// QuotaUsed is how full each platform's fullest quota is, from 0 to 1.
func (c *Capacity) QuotaUsed(ctx context.Context) (map[string]float64, error) {
	whole, err := c.windows(ctx, c.now())
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for _, u := range whole {
		if limit := c.limit(u); limit > 0 {
			out[u.Platform] = max(out[u.Platform], float64(u.Used)/float64(limit))
		}
	}
	return out, nil
}

// limit is what the settings allow in a window as long as the row's; 0 when they name none. A row of a
// window that slides is somewhat longer than the window.
func (c *Capacity) limit(u *ent.QuotaUse) int64 {
	settings, _ := c.platforms.Settings(u.Platform)
	per := "day" // also the 23 and 25 hours of a day on which the clocks change
	switch long := u.WindowEnd.Sub(u.WindowStart); {
	case long <= 2*time.Minute:
		per = "minute"
	case long <= 2*time.Hour:
		per = "hour"
	}
	for _, r := range settings.Quotas[u.Bucket] {
		if r.Per == per {
			return r.Limit
		}
	}
	return 0
}
