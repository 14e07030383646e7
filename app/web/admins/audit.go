package admins

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin/people"
)

func trailQueried(c *gin.Context) (auth.TrailQuery, error) {
	q := auth.TrailQuery{
		Action: c.Query(
			"action",
		), Actor: strings.TrimSpace(c.Query("actor")), Target: strings.TrimSpace(c.Query("target")),
		From: c.Query("from"), To: c.Query("to"),
	}
	if b := c.Query("before"); b != "" {
		n, err := strconv.Atoi(b)
		if err != nil || n < 1 {
			return q, fault.New(fault.Invalid, words.New("errors.audit.before"))
		}
		q.Before = n
	}
	return q, nil
}

func (s *People) AuditLog(c *gin.Context) error {
	q, err := trailQueried(c)
	if err != nil {
		return err
	}
	t, err := s.Auth.Log.Trail(c.Request.Context(), q)
	if err != nil {
		return err
	}
	return s.Show(c, people.Audit(s.Page(c, words.New("admin.title.audit")), t, nil))
}

func (s *People) VerifyAudit(c *gin.Context) error {
	v, err := s.Auth.Log.Verify(c.Request.Context())
	if err != nil {
		return err
	}
	t, err := s.Auth.Log.Trail(c.Request.Context(), auth.TrailQuery{})
	if err != nil {
		return err
	}
	return s.Show(c, people.Audit(s.Page(c, words.New("admin.title.audit")), t, &v))
}

// ExportAudit writes what a search selects as CSV. Cells that a spreadsheet would run are kept from it.
func (s *People) ExportAudit(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	q, err := trailQueried(c)
	if err != nil {
		return err
	}
	if _, err := s.Auth.Log.Trail(c.Request.Context(), q); err != nil { // an odd query is refused before anything is sent
		return err
	}
	s.Audit(c, auth.Event{Action: "audit_export", Target: "audit", Result: "ok"})
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="truecount-audit-`+s.Now().UTC().Format("20060102")+`.csv"`)
	_, _ = c.Writer.WriteString("\ufeff") // Excel takes a file without it for the machine's old code page
	w := csv.NewWriter(c.Writer)
	_ = w.Write([]string{"id", "at", "actor", "actor_id", "action", "target", "result", "ip", "request_id"})
	err = s.Auth.Log.EachTrail(c.Request.Context(), q, func(rows []auth.TrailRow) error {
		for _, r := range rows {
			line := []string{
				strconv.Itoa(r.ID),
				r.At.Format(time.RFC3339Nano),
				r.Actor,
				r.ActorID,
				r.Action,
				r.Target,
				r.Result,
				r.IP,
				r.RequestID,
			}
			for i, cell := range line {
				line[i] = inert(cell)
			}
			if err := w.Write(line); err != nil {
				return err
			}
		}
		w.Flush()
		return w.Error()
	})
	if err != nil { // the answer has begun: it is cut off, so that nobody takes it for whole
		s.Log.ErrorContext(
			c.Request.Context(),
			"export",
			"request",
			edge.RequestID(c.Request.Context()),
			"action",
			"audit_export",
			"error",
			err,
		)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// inert keeps a cell from being a formula, also behind quotes, spaces and what has no width, and in full-width forms.
func inert(cell string) string {
	behind := func(r rune) bool { return r == '\'' || r == '"' || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }
	t := strings.TrimLeftFunc(cell, behind)
	if strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") ||
		(t != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(t)[0])) {
		return "'" + cell
	}
	return cell
}
