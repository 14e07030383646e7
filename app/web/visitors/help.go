package visitors

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/release"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	views "github.com/truecount/truecount/views/help"
)

const longestSearch = 100

// Help lists the documents and searches them.
func (s *Pages) Help(c *gin.Context) error {
	q := strings.TrimSpace(c.Query("q"))
	if len(q) > longestSearch {
		q = q[:longestSearch]
	}
	v := views.IndexView{Documents: s.o.Help.Documents(), Query: strings.ToValidUTF8(q, "")}
	if v.Query != "" {
		v.Hits = s.o.Help.Search(v.Query)
	}
	return s.Show(c, views.Index(s.Page(c, words.New("help.title")), v))
}

// HelpDocument shows one document.
func (s *Pages) HelpDocument(c *gin.Context) error {
	d, ok := s.o.Help.Find(c.Param("document"))
	if !ok {
		return edge.NotFound()
	}
	return s.Show(c, views.Document(s.Page(c, words.Plain(d.Title)), d, s.o.Help.Documents()))
}

// Licenses shows the notices of everything that is linked in.
func (s *Pages) Licenses(c *gin.Context) error {
	return s.Show(c, views.Licenses(s.Page(c, words.New("help.licenses.title")), release.Notices()))
}
