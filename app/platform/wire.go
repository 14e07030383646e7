package platform

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/text"
)

// Count decodes a counter that may be a number, a number in a string, null or absent. N is nil
// when it is unknown; Bad says that something stood there that no counter can be.
type Count struct {
	N   *int64
	Bad bool
}

// UnmarshalJSON never fails: one strange counter does not lose the rest of an answer.
func (c *Count) UnmarshalJSON(b []byte) error {
	*c = Count{}
	s := strings.TrimSpace(strings.Trim(string(bytes.TrimSpace(b)), `"`))
	if s == "null" || s == "" {
		return nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
		c.N = &n
		return nil
	}
	// 12.0 and 1e3 are whole numbers too; what int64 or float64 cannot hold exactly is unknown.
	if f, err := strconv.ParseFloat(s, 64); err == nil && f >= 0 && f < 1<<53 && f == math.Trunc(f) {
		n := int64(f)
		c.N = &n
		return nil
	}
	c.Bad = true
	return nil
}

// Text decodes an id or code that may be a string, a number or null, keeping every digit.
type Text string

// UnmarshalJSON takes strings and numbers; anything else is empty.
func (t *Text) UnmarshalJSON(b []byte) error {
	*t = ""
	b = bytes.TrimSpace(b)
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = Text(s)
		return nil
	}
	if len(b) > 0 && (b[0] == '-' || (b[0] >= '0' && b[0] <= '9')) {
		*t = Text(b)
	}
	return nil
}

// Lifetime decodes a number of seconds, in a string or not.
type Lifetime struct{ d time.Duration }

const longest = 400 * 24 * time.Hour // a longer life is nonsense

// UnmarshalJSON never fails: a lifetime that makes no sense is an unknown one.
func (l *Lifetime) UnmarshalJSON(b []byte) error {
	l.d = 0
	s := strings.Trim(string(bytes.TrimSpace(b)), `"`)
	if f, err := strconv.ParseFloat(s, 64); err == nil && f >= 1 && f <= longest.Seconds() {
		l.d = time.Duration(f) * time.Second
	}
	return nil
}

// After is when a life that began at start ends; zero when the answer gave no usable length.
func (l Lifetime) After(start time.Time) time.Time {
	if l.d == 0 {
		return time.Time{}
	}
	return start.Add(l.d)
}

// Link gives a URL that may be shown: http or https, on one of the platform's hosts, without a
// user part; anything else is dropped.
func (s Spec) Link(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.Port() != "" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if !slices.ContainsFunc(s.PictureHosts, func(h string) bool {
		return host == strings.TrimPrefix(h, ".") || (strings.HasPrefix(h, ".") && strings.HasSuffix(host, h))
	}) {
		return ""
	}
	return u.String()
}

// Tidy puts posts newest first, drops those without an id, and cuts at limit. One that comes twice, as the list moved
// while it was read, keeps its place and the later counters. Posts without a date keep their place at the end.
func Tidy(posts []Post, limit int) []Post {
	at := map[string]int{}
	out := make([]Post, 0, len(posts))
	for _, p := range posts {
		if p.ExternalID == "" {
			continue
		}
		i, there := at[p.ExternalID]
		if there {
			out[i].recount(p)
			continue
		}
		at[p.ExternalID] = len(out)
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b Post) int { return b.PostedAt.Compare(a.PostedAt) })
	if limit >= 0 && len(out) > limit {
		out = out[:limit]
	}
	return out
}

// recount takes the counters of a later reading of the same post, where it has them.
func (p *Post) recount(later Post) {
	is := p.Fields()
	for i, came := range later.Counters() {
		if came != nil {
			*is[i] = came
		}
	}
	for metric := range p.Absent {
		if later.Absent[metric] == "" {
			delete(p.Absent, metric) // it came after all
		}
	}
}

// Clean makes every text of a post storable.
func (p *Post) Clean() {
	for _, s := range []*string{&p.ExternalID, &p.Title, &p.Caption, &p.Permalink, &p.MediaURL, &p.ThumbnailURL} {
		*s = text.Clean(*s)
	}
}

// Clean makes every text of a profile storable.
func (p *Profile) Clean() {
	for _, s := range []*string{&p.ExternalID, &p.AltID, &p.Handle, &p.DisplayName, &p.Bio, &p.PictureURL, &p.URL,
		&p.AccountType} {
		*s = text.Clean(*s)
	}
}
