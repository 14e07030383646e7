package numbers

import (
	"slices"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/platform"
)

// byType makes, of a question whose series is by media type, one question about each type.
func (n *Numbers) byType(list []*accounts.Account, q Query) (books, error) {
	if q.By != period.ByMediaType || !q.Series {
		return nil, nil
	}
	var out books
	wanted := q.Filter.MediaTypes
	for _, mediaType := range platform.MediaTypes() {
		if len(wanted) > 0 && !slices.Contains(wanted, string(mediaType)) {
			continue
		}
		own := q
		own.Filter.MediaTypes, own.Compare = []string{string(mediaType)}, period.CompareNone
		b, err := n.book(list, own)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// grouped is the series by groups: the figure of the whole range for each.
func (b *book) grouped() []Bucket {
	switch {
	case b.query.By == period.ByMediaType:
		return b.byTypes()
	case b.cut != nil:
		return b.bySets()
	}
	var keys []string
	groups := map[string]*book{}
	for _, t := range b.tracks {
		key := t.acc.Row.Platform
		if b.query.By == period.ByConnection {
			key = t.acc.Row.ID
		}
		if groups[key] == nil {
			own := *b
			own.tracks = nil
			groups[key], keys = &own, append(keys, key)
		}
		groups[key].tracks = append(groups[key].tracks, t)
	}
	out := make([]Bucket, len(keys))
	for i, key := range keys {
		out[i] = Bucket{Range: b.query.Range, Group: key, Value: groups[key].value(b.query.Range)}
	}
	return out
}

// byTypes is the series by media type: of those types that something was read of, or of all where there is nothing,
// with the reason.
func (b *book) byTypes() []Bucket {
	found := slices.DeleteFunc(slices.Clone(b.types), func(own *book) bool {
		return !slices.ContainsFunc(own.tracks, track.any)
	})
	if len(found) == 0 {
		found = b.types
	}
	out := make([]Bucket, len(found))
	for i, own := range found {
		out[i] = Bucket{
			Range: b.query.Range, Group: own.query.Filter.MediaTypes[0], Value: own.value(b.query.Range),
		}
	}
	return out
}

// any reports that something was read that the track is of.
func (t track) any() bool {
	return len(t.posts) > 0 || len(t.aged) > 0 || slices.ContainsFunc(t.rows, func(r row) bool { return r.typed })
}
