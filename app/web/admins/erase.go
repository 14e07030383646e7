package admins

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin/people"
)

// leaving is the person whom an admin is about to delete, and how many accounts go with them.
func (s *People) leaving(c *gin.Context) (auth.User, int, error) {
	p, err := s.Auth.Person(c.Request.Context(), c.Param("id")) // also one that is disabled
	u := p.User
	if err != nil {
		return u, 0, err
	}
	if u.ID == s.User(c).ID {
		return u, 0, fault.New(fault.Conflict, words.New("errors.auth.ownDelete"))
	}
	n, err := s.o.Connect.Owned(c.Request.Context(), u.ID)
	return u, n, err
}

// AskDelete asks before a person is deleted.
func (s *People) AskDelete(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	u, n, err := s.leaving(c)
	if err != nil {
		return err
	}
	return s.Show(
		c,
		people.DeletePerson(s.Page(c, words.New("admin.title.delete", "Name", u.Name)), u, n, "", words.Text{}),
	)
}

// Delete deletes a person with everything they own, and shows the receipt.
func (s *People) Delete(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	u, n, err := s.leaving(c)
	if err != nil {
		return err
	}
	typed := emptyIfLong(strings.TrimSpace(c.PostForm("email")), 254)
	if !strings.EqualFold(typed, u.Email) {
		page := people.DeletePerson(
			s.Page(c, words.New("admin.title.delete", "Name", u.Name)),
			u,
			n,
			typed,
			words.New("errors.auth.otherEmail"),
		)
		return s.ShowStatus(c, http.StatusUnprocessableEntity, page)
	}
	done, err := s.o.Erase(c.Request.Context(), u.ID, connect.CauseAdmin)
	if err != nil {
		s.Audit(c, auth.Event{Action: "user_delete", Target: u.ID, Result: string(fault.CodeOf(err))})
		return err
	}
	s.Audit(c, auth.Event{Action: "user_delete", Target: u.ID, Result: "ok"})
	r, err := s.o.Connect.Deletions.Receipt(viewer.System(c.Request.Context(), viewer.ReasonReceipt), done.Receipt)
	if err != nil {
		return err
	}
	return s.Show(c, people.Deleted(s.Page(c, words.New("admin.title.personDeleted")), done, r.Kept()))
}
