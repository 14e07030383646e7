package api

import (
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/numbers/posts"
	"github.com/truecount/truecount/app/reading"
	"github.com/truecount/truecount/app/words"
)

// listing are the parameters of a list of posts.
var listing = []string{
	"platform", "connection", "media_type", "tag", "q", "from", "to", "zone", "sort", "limit", "cursor",
}

// Posts lists the creator's posts.
func (s *API) Posts(c *gin.Context) error {
	q, err := params(c, listing...)
	if err != nil {
		return err
	}
	asked := posts.Query{
		Filter: numbers.Filter{
			Platforms: q["platform"], Connections: q["connection"], MediaTypes: q["media_type"], Tags: q["tag"],
		},
		Text: q.Get("q"), Sort: q.Get("sort"), Cursor: q.Get("cursor"),
	}
	if asked.Limit, err = limit(q); err != nil {
		return err
	}
	if asked.From, asked.To, err = s.published(c, q); err != nil {
		return err
	}
	page, err := s.o.Posts.List(c.Request.Context(), s.User(c).ID, asked)
	if err != nil {
		return err
	}
	return s.answer(c, list[posts.Post]{append([]posts.Post{}, page.Items...), filled(page.Next)})
}

// published reads in which days posts were published: both ends, one of them, or none.
func (s *API) published(c *gin.Context, q url.Values) (from, to time.Time, err error) {
	zone, err := s.zone(c, q)
	if err != nil {
		return from, to, err
	}
	begin, err := s.day(q, "from", zone)
	if err != nil {
		return from, to, err
	}
	end, err := s.day(q, "to", zone)
	if err != nil {
		return from, to, err
	}
	if begin != nil && end != nil {
		if _, err := period.ParseRange("", q.Get("from"), q.Get("to"), zone, s.Now()); err != nil {
			return from, to, err
		}
	}
	if begin != nil {
		from = begin.Begin(zone).UTC()
	}
	if end != nil {
		to = end.End(zone).UTC()
	}
	return from, to, nil
}

// day reads a parameter that is a day, and not one to come; nil: it is left out.
func (s *API) day(q url.Values, name string, zone *time.Location) (*reading.Day, error) {
	if q.Get(name) == "" {
		return nil, nil
	}
	d, err := reading.ParseDay(q.Get(name))
	if err != nil {
		return nil, fault.InvalidParameter(name, words.New("numbers.bad.day", "Parameter", name))
	}
	if d > reading.DayOf(s.Now(), zone) {
		return nil, fault.InvalidParameter(name, words.New("numbers.bad.future", "Parameter", name))
	}
	return &d, nil
}

// Post answers one post.
func (s *API) Post(c *gin.Context) error {
	if _, err := params(c); err != nil {
		return err
	}
	one, err := s.o.Posts.One(c.Request.Context(), s.User(c).ID, c.Param("id"))
	if err != nil {
		return err
	}
	return s.answer(c, one)
}

// PostHistory lists the readings of one post. A cursor is the time of the last one that was given.
func (s *API) PostHistory(c *gin.Context) error {
	q, err := params(c, "limit", "cursor")
	if err != nil {
		return err
	}
	n, err := limit(q)
	if err != nil {
		return err
	}
	var after time.Time
	if v := q.Get("cursor"); v != "" {
		micros, err := strconv.ParseInt(v, 10, 64)
		if err != nil || micros < 0 {
			return fault.InvalidParameter("cursor", words.New("numbers.bad.cursor"))
		}
		after = time.UnixMicro(micros).UTC()
	}
	items, more, err := s.o.Posts.History(c.Request.Context(), s.User(c).ID, c.Param("id"), after, n)
	if err != nil {
		return err
	}
	next := ""
	if more {
		next = strconv.FormatInt(items[len(items)-1].At.UnixMicro(), 10)
	}
	return s.answer(c, list[posts.Reading]{append([]posts.Reading{}, items...), filled(next)})
}

func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
