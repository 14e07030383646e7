package usual

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/post"
	"github.com/truecount/truecount/ent/postage"
	"github.com/truecount/truecount/ent/predicate"
)

// line is a post as the one statement gives it.
type line struct {
	ID           string   `sql:"id"`
	ConnectionID string   `sql:"connection_id"`
	MediaType    string   `sql:"media_type"`
	At           string   `sql:"at"`
	Gone         bool     `sql:"gone"`
	V0           *float64 `sql:"v0"`
	V1           *float64 `sql:"v1"`
	V2           *float64 `sql:"v2"`
	V3           *float64 `sql:"v3"`
	V4           *float64 `sql:"v4"`
	V5           *float64 `sql:"v5"`
	V6           *float64 `sql:"v6"`
	R0           *int64   `sql:"r0"`
	R1           *int64   `sql:"r1"`
	R2           *int64   `sql:"r2"`
	R3           *int64   `sql:"r3"`
	R4           *int64   `sql:"r4"`
	R5           *int64   `sql:"r5"`
	R6           *int64   `sql:"r6"`
}

func (l *line) views() [reading.AgeCount]*float64 {
	return [reading.AgeCount]*float64{l.V0, l.V1, l.V2, l.V3, l.V4, l.V5, l.V6}
}

func (l *line) read() [reading.AgeCount]*int64 {
	return [reading.AgeCount]*int64{l.R0, l.R1, l.R2, l.R3, l.R4, l.R5, l.R6}
}

// Load reads posts with what they had at some ages, or at all, in one statement. What was not known yet at a time is
// not known. The data layer keeps it to the viewer's own posts.
func Load(
	ctx context.Context,
	db *ent.Client,
	known time.Time,
	ages []int,
	where ...predicate.Post,
) ([]*Post, error) {
	if len(ages) == 0 {
		ages = reading.Ages()
	}
	var lines []line
	err := db.Post.Query().
		Where(where...).
		Where(post.PostedAtNotNil(), post.PostedAtLTE(known), post.CreatedAtLTE(known)).
		Modify(func(s *sql.Selector) {
			t := sql.Table(postage.Table).As("ages")
			s.LeftJoin(t).On(s.C(post.FieldID), t.C(postage.FieldPostID))
			s.Select(s.C(post.FieldID), s.C(post.FieldConnectionID), s.C(post.FieldMediaType)).
				AppendSelectExprAs(sql.Raw(store.Instant(s.Dialect(), s.C(post.FieldPostedAt))), "at").
				AppendSelectExprAs(sql.Raw("CASE WHEN "+s.C(post.FieldGoneAt)+" IS NULL THEN 0 ELSE 1 END"), "gone")
			for _, days := range ages {
				n, age := strconv.Itoa(reading.AgeIndex(days)), strconv.Itoa(days)
				s.AppendSelectAs(t.C("views_"+age), "v"+n).AppendSelectAs(t.C("read_"+age), "r"+n)
			}
		}).
		Scan(ctx, &lines)
	if err != nil {
		return nil, fmt.Errorf("read what posts had at an age: %w", err)
	}
	all, out := make([]Post, len(lines)), make([]*Post, len(lines))
	for n := range lines {
		l, p := &lines[n], &all[n]
		out[n] = p
		*p = Post{ID: l.ID, ConnectionID: l.ConnectionID, MediaType: l.MediaType, Gone: l.Gone}
		if p.PostedAt, err = store.ParseInstant(l.At); err != nil {
			return nil, err
		}
		views, read := l.views(), l.read()
		for i, v := range views {
			if v == nil || read[i] == nil {
				continue
			}
			if at := time.UnixMicro(*read[i]).UTC(); !at.After(known) {
				p.At[i] = At{Views: *v, Read: at, Known: true}
			}
		}
	}
	return out, nil
}
