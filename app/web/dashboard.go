package web

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/analytics"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/views/creator"
)

func (s *Server) dashboard(c *gin.Context) error {
	span, err := analytics.ParseSpan(c.Query("span"), s.o.Now())
	if err != nil {
		return err
	}
	o, err := s.o.Analytics.Overview(c.Request.Context(), s.user(c).ID, span, c.Query("metric"))
	if err != nil {
		return err
	}
	p := s.page(c, "Overview")
	if err := s.linkTold(c, &p); err != nil {
		return err
	}
	if s.partial(c) {
		return s.show(c, creator.DashboardBody(p, o))
	}
	return s.show(c, creator.Dashboard(p, o))
}

// account is one account in depth; a platform that is not connected offers to connect it.
func (s *Server) account(c *gin.Context) error {
	span, err := analytics.ParseSpan(c.Query("span"), s.o.Now())
	if err != nil {
		return err
	}
	number := 1
	if text := c.Query("page"); text != "" {
		if number, err = strconv.Atoi(text); err != nil || number < 1 {
			return fault.New(fault.Invalid, "A page is a whole number from 1.")
		}
	}
	v, err := s.o.Analytics.Platform(c.Request.Context(), s.user(c).ID, c.Param("platform"), analytics.PlatformQuery{
		ConnectionID: c.Query("connection"), Span: span, Metric: c.Query("metric"), Sort: c.Query("sort"), Dir: c.Query("dir"),
		Type: c.Query("type"), Query: c.Query("q"), Page: number,
	})
	p := s.page(c, "")
	if fault.Is(err, fault.NotConnected) {
		offer, ok := s.o.Analytics.Offer(c.Param("platform"))
		if !ok {
			return errNothing()
		}
		p.Title = offer.Name
		return s.show(c, creator.NotConnectedPage(p, offer))
	}
	if err != nil {
		return err
	}
	p.Title = v.Card.Name
	if s.partial(c) {
		return s.show(c, creator.PlatformBody(p, v))
	}
	return s.show(c, creator.PlatformPage(p, v))
}

// post is one post in depth.
func (s *Server) post(c *gin.Context) error {
	v, err := s.o.Analytics.Post(c.Request.Context(), s.user(c).ID, c.Param("platform"), c.Param("id"))
	if err != nil {
		return err
	}
	return s.show(c, creator.PostPage(s.page(c, v.Name), v))
}

func (s *Server) apiOverview(c *gin.Context) error {
	span, err := analytics.ParseSpan("", s.o.Now())
	if err != nil {
		return err
	}
	o, err := s.o.Analytics.Overview(c.Request.Context(), s.user(c).ID, span, "")
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, o)
}

func (s *Server) apiAccount(c *gin.Context) error {
	v, err := s.o.Analytics.Platform(c.Request.Context(), s.user(c).ID, c.Param("platform"), analytics.PlatformQuery{ConnectionID: c.Query("connection")})
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, v)
}
