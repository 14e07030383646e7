package admins

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin/people"
)

func (s *People) List(c *gin.Context) error {
	v, err := s.peopleView(c)
	if err != nil {
		return err
	}
	return s.Show(c, people.People(s.Page(c, words.New("admin.title.people")), v))
}

func (s *People) peopleView(c *gin.Context) (people.PeopleView, error) {
	page, err := pageNumber(c)
	if err != nil {
		return people.PeopleView{}, err
	}
	l, err := s.Auth.People(c.Request.Context(), strings.TrimSpace(c.Query("q")), page)
	return people.PeopleView{
		People: l,
		Mail:   s.o.Mail != nil,
		Email:  emptyIfLong(c.Query("email"), 254),
		Role:   emptyIfLong(c.Query("role"), 20),
	}, err
}

// emptyIfLong keeps what is longer than anything meant out of a form.
func emptyIfLong(text string, most int) string {
	if len(text) > most {
		return ""
	}
	return text
}

// Invite asks somebody in. An admin who was away from the keyboard types their password first, and finds the form as
// they left it.
func (s *People) Invite(c *gin.Context) error {
	email, role := strings.ToLower(strings.TrimSpace(c.PostForm("email"))), c.PostForm("role")
	form := url.Values{"email": {emptyIfLong(email, 254)}, "role": {emptyIfLong(role, 20)}}
	if done, err := s.confirmedThen(c, "/admin/users?"+form.Encode()); !done {
		return err
	}
	token, err := s.Auth.Invite(c.Request.Context(), email, role)
	var f *fault.Error
	if errors.As(err, &f) && f.Fields != nil {
		v, verr := s.peopleView(c)
		if verr != nil {
			return verr
		}
		v.Email, v.Role, v.Errors = email, role, f.Fields
		return s.ShowStatus(c, http.StatusUnprocessableEntity, people.People(s.Page(c, words.New("admin.title.people")), v))
	}
	if err != nil {
		return err
	}
	note := auth.Event{Action: "invite", Target: "email:" + fault.Secret(email).Digest()[:16], Result: role}
	link := s.Config.BaseURL + "/invite/" + token.Reveal()
	if s.o.Mail == nil {
		s.Audit(c, note)
		return s.Show(
			c,
			people.Link(
				s.Page(c, words.New("admin.title.invitation")),
				words.New("admin.link.invite", "Email", email),
				words.New("admin.link.noMail"),
				link,
				s.Now().Add(7*24*time.Hour),
				"/admin/users",
			),
		)
	}
	w := words.In(c.Request.Context())
	text := strings.Join([]string{
		w.Say(
			"mail.invite.hello",
		), w.Say("mail.invite.text", "Admin", s.User(c).Name, "Site", s.Config.BaseURL) + " " +
			w.Say("mail.invite.link"), link,
	}, "\n\n") + "\n"
	if err := s.o.Mail(c.Request.Context(), email, w.Say("mail.invite.subject"), text); err != nil {
		err = fault.Wrap(fault.Network, words.New("errors.mail.inviteFailed"), err)
		note.Result = soFar(role, err)
		s.Audit(c, note)
		return err
	}
	s.Audit(c, note)
	return s.backTo(c, "/admin/users", words.New("admin.done.inviteSent", "Email", email))
}

func (s *People) RevokeInvite(c *gin.Context) error {
	if err := s.Auth.Uninvite(c.Request.Context(), c.Param("id")); err != nil {
		return err
	}
	s.Audit(c, auth.Event{Action: "invite_withdraw", Target: c.Param("id"), Result: "ok"})
	return s.backTo(c, "/admin/users", words.New("admin.done.inviteRevoked"))
}

// changePerson makes a change to an account that the password is asked for again, and notes it.
func (s *People) changePerson(
	action string,
	text words.Text,
	do func(ctx context.Context, id string) error,
) edge.Handler {
	return s.changePersonSaying(action, func() words.Text { return text }, do)
}

// changePersonSaying is changePerson with words that are known when it is done.
func (s *People) changePersonSaying(
	action string,
	text func() words.Text,
	do func(ctx context.Context, id string) error,
) edge.Handler {
	return func(c *gin.Context) error {
		if done, err := s.confirmed(c); !done {
			return err
		}
		id := c.Param("id")
		err := do(c.Request.Context(), id)
		if err != nil {
			s.Audit(c, auth.Event{Action: action, Target: id, Result: string(fault.CodeOf(err))})
			return err
		}
		s.Audit(c, auth.Event{Action: action, Target: id, Result: "ok"})
		return s.backTo(c, "/admin/users", text())
	}
}

func (s *People) Disable(c *gin.Context) error {
	return s.changePerson("user_disable", words.New("admin.done.disabled"), func(ctx context.Context, id string) error {
		u, err := s.Auth.ByID(ctx, id)
		if err != nil {
			return err
		}
		if u.ID == s.User(c).ID {
			return fault.New(fault.Conflict, words.New("errors.auth.ownDisable"))
		}
		return s.Auth.Disable(ctx, u.Email)
	})(c)
}

func (s *People) Enable(c *gin.Context) error {
	return s.changePerson("user_enable", words.New("admin.done.enabled"), s.Auth.Enable)(c)
}

func (s *People) SetRole(c *gin.Context) error {
	role := c.Query("role")
	if role != "admin" && role != "creator" {
		return fault.New(fault.Invalid, words.New("errors.auth.role"))
	}
	return s.changePerson("role_"+role, words.New("admin.done.roleChanged"), func(ctx context.Context, id string) error {
		return s.Auth.SetRole(ctx, s.User(c).ID, id, role)
	})(c)
}

// PasswordLink makes a link for somebody who forgot their password.
func (s *People) PasswordLink(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	u, token, err := s.Auth.ResetLink(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	note := auth.Event{Action: auth.PasswordLink, Target: u.ID, Result: "ok"}
	link := s.Config.BaseURL + "/password/reset/" + token.Reveal()
	if s.o.Mail == nil {
		s.Audit(c, note)
		return s.Show(
			c,
			people.Link(
				s.Page(c, words.New("admin.title.passwordReset")),
				words.New("admin.link.reset", "Name", u.Name),
				words.Sentences(words.New("admin.link.noMail"), words.New("admin.link.resetMeans")),
				link,
				s.Now().Add(24*time.Hour),
				"/admin/users",
			),
		)
	}
	w := words.In(c.Request.Context())
	if err := s.o.Mail(c.Request.Context(), u.Email, w.Say("mail.reset.subject"),
		edge.ResetMail(w, u.Name, words.New("mail.reset.byAdmin", "Admin", s.User(c).Name), link,
			words.New("mail.life.day"))); err != nil {
		err = fault.Wrap(fault.Network, words.New("errors.mail.resetFailed"), err)
		note.Result = string(fault.CodeOf(err))
		s.Audit(c, note)
		return err
	}
	s.Audit(c, note)
	return s.backTo(c, "/admin/users", words.New("admin.done.resetSent", "Email", u.Email))
}
