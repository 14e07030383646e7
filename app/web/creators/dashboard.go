package creators

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/creator"
)

func (s *Pages) Dashboard(c *gin.Context) error {
	o, err := s.o.Analytics.OverviewPage(c.Request.Context(), s.User(c).ID, s.span(c), metric(c))
	if err != nil {
		return err
	}
	p := s.Page(c, words.New("creator.overview.title"))
	if err := s.linkTold(c, &p); err != nil {
		return err
	}
	if s.Partial(c) {
		return s.Show(c, creator.DashboardBody(p, o))
	}
	return s.Show(c, creator.Dashboard(p, o))
}

// span is the period that the address asks for, in the person's zone. What cannot be meant is no error of a page: it
// shows the nearest period.
func (s *Pages) span(c *gin.Context) analytics.Span {
	return analytics.NearestSpan(c.Request.URL.Query(), s.User(c).Zone, s.Now())
}

// metric is what the chart shows; what there is not is the first one.
func metric(c *gin.Context) string {
	if key := c.Query("metric"); analytics.HasMetric(key) {
		return key
	}
	return ""
}

// Account is one account in depth; a platform that is not connected offers to connect it.
func (s *Pages) Account(c *gin.Context) error {
	number, err := strconv.Atoi(c.Query("page"))
	if err != nil || number < 1 {
		number = 1
	}
	v, err := s.o.Analytics.PlatformPage(c.Request.Context(), s.User(c).ID, c.Param("platform"), analytics.PlatformQuery{
		ConnectionID: c.Query(
			"connection",
		), Span: s.span(c), Metric: metric(c), Sort: c.Query("sort"), Dir: c.Query("dir"),
		Type: c.Query("type"), Query: c.Query("q"), Page: number,
	})
	p := s.Page(c, words.Text{})
	if fault.Is(err, fault.NotConnected) {
		offer, ok := s.o.Accounts.Offer(c.Param("platform"))
		if !ok {
			return edge.NotFound()
		}
		p.Title = offer.Name
		return s.Show(c, creator.NotConnectedPage(p, offer))
	}
	if err != nil {
		return err
	}
	p.Title = v.Card.Name
	if s.Partial(c) {
		return s.Show(c, creator.PlatformBody(p, v))
	}
	return s.Show(c, creator.PlatformPage(p, v))
}

// Post is one post in depth.
func (s *Pages) Post(c *gin.Context) error {
	v, err := s.o.Analytics.Post(c.Request.Context(), s.User(c).ID, c.Param("platform"), c.Param("id"))
	if err != nil {
		return err
	}
	return s.Show(c, creator.PostPage(s.Page(c, words.Plain(v.Name)), v))
}

func (s *Pages) OverviewJSON(c *gin.Context) error {
	span, err := analytics.ParseSpan("", s.Now())
	if err != nil {
		return err
	}
	o, err := s.o.Analytics.Overview(c.Request.Context(), s.User(c).ID, span, "")
	if err != nil {
		return err
	}
	return s.JSON(c, http.StatusOK, o)
}

func (s *Pages) AccountJSON(c *gin.Context) error {
	v, err := s.o.Analytics.Platform(
		c.Request.Context(),
		s.User(c).ID,
		c.Param("platform"),
		analytics.PlatformQuery{ConnectionID: c.Query("connection")},
	)
	if err != nil {
		return err
	}
	return s.JSON(c, http.StatusOK, v)
}
