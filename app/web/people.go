package web

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/views/admin"
	"github.com/truecount/truecount/views/door"
)

func (s *Server) people(c *gin.Context) error {
	v, err := s.peopleView(c)
	if err != nil {
		return err
	}
	return s.show(c, admin.People(s.page(c, "People"), v))
}

func (s *Server) peopleView(c *gin.Context) (admin.PeopleView, error) {
	page, err := pageNumber(c)
	if err != nil {
		return admin.PeopleView{}, err
	}
	l, err := s.o.Auth.People(c.Request.Context(), strings.TrimSpace(c.Query("q")), page)
	return admin.PeopleView{People: l, Mail: s.o.Mail != nil, Email: cut(c.Query("email"), 254), Role: cut(c.Query("role"), 20)}, err
}

// cut keeps what is longer than anything meant out of a form.
func cut(text string, most int) string {
	if len(text) > most {
		return ""
	}
	return text
}

// invite asks somebody in. An admin who was away from the keyboard types their password first, and finds the form as
// they left it.
func (s *Server) invite(c *gin.Context) error {
	email, role := strings.ToLower(strings.TrimSpace(c.PostForm("email"))), c.PostForm("role")
	form := url.Values{"email": {cut(email, 254)}, "role": {cut(role, 20)}}
	if done, err := s.confirmedThen(c, "/admin/users?"+form.Encode()); !done {
		return err
	}
	token, err := s.o.Auth.Invite(c.Request.Context(), email, role)
	var f *fault.Error
	if errors.As(err, &f) && f.Fields != nil {
		v, verr := s.peopleView(c)
		if verr != nil {
			return verr
		}
		v.Email, v.Role, v.Errors = email, role, f.Fields
		return s.showStatus(c, http.StatusUnprocessableEntity, admin.People(s.page(c, "People"), v))
	}
	if err != nil {
		return err
	}
	s.audit(c, auth.Event{Action: "invite", Target: "email:" + fault.Secret(email).Digest()[:16], Result: role})
	link := s.o.Config.BaseURL + "/invite/" + token.Reveal()
	if s.o.Mail == nil {
		return s.show(c, admin.Link(s.page(c, "Invitation"), "An invitation for "+email, "Mail is not set up here (SMTP_URL), so hand this link on yourself.", link, s.o.Now().Add(7*24*time.Hour), "/admin/users"))
	}
	text := "Hello,\n\n" + s.user(c).Name + " invites you to Truecount at " + s.o.Config.BaseURL + ". Make your account with this link; it works once, for seven days:\n\n" + link + "\n"
	if err := s.o.Mail(c.Request.Context(), email, "Your invitation to Truecount", text); err != nil {
		return fault.Wrap(fault.Network, "The message could not be sent. Look at SMTP_URL, then invite again.", err)
	}
	return s.backTo(c, "/admin/users", "An invitation was sent to "+email+".")
}

func (s *Server) withdraw(c *gin.Context) error {
	if err := s.o.Auth.Uninvite(c.Request.Context(), c.Param("id")); err != nil {
		return err
	}
	s.audit(c, auth.Event{Action: "invite_withdraw", Target: c.Param("id"), Result: "ok"})
	return s.backTo(c, "/admin/users", "The invitation is taken back: its link does not work any more.")
}

// changePerson makes a change to an account that the password is asked for again, and notes it.
func (s *Server) changePerson(action, text string, do func(ctx context.Context, id string) error) handler {
	return func(c *gin.Context) error {
		if done, err := s.confirmed(c); !done {
			return err
		}
		id := c.Param("id")
		err := do(c.Request.Context(), id)
		if err != nil {
			s.audit(c, auth.Event{Action: action, Target: id, Result: string(fault.CodeOf(err))})
			return err
		}
		s.audit(c, auth.Event{Action: action, Target: id, Result: "ok"})
		return s.backTo(c, "/admin/users", text)
	}
}

func (s *Server) disablePerson(c *gin.Context) error {
	return s.changePerson("user_disable", "They are shut out, and signed out everywhere. Their accounts go on being synced.", func(ctx context.Context, id string) error {
		u, err := s.o.Auth.ByID(ctx, id)
		if err != nil {
			return err
		}
		if u.ID == s.user(c).ID {
			return fault.New(fault.Conflict, "Nobody shuts themselves out: ask another admin.")
		}
		return s.o.Auth.Disable(ctx, u.Email)
	})(c)
}

func (s *Server) enablePerson(c *gin.Context) error {
	return s.changePerson("user_enable", "They can sign in again.", s.o.Auth.Enable)(c)
}

func (s *Server) signOutPerson(c *gin.Context) error {
	return s.changePerson("sign_out_everywhere", "They are signed out everywhere.", s.o.Auth.SignOutEverywhere)(c)
}

func (s *Server) rolePerson(c *gin.Context) error {
	role := c.Query("role")
	if role != "admin" && role != "creator" {
		return fault.New(fault.Invalid, "The role is creator or admin.")
	}
	return s.changePerson("role_"+role, "The role is changed, and they are signed out everywhere.", func(ctx context.Context, id string) error {
		return s.o.Auth.SetRole(ctx, s.user(c).ID, id, role)
	})(c)
}

// passwordLink makes a link for somebody who forgot their password.
func (s *Server) passwordLink(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	u, token, err := s.o.Auth.ResetLink(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	s.audit(c, auth.Event{Action: "password_link", Target: u.ID, Result: "ok"})
	link := s.o.Config.BaseURL + "/password/reset/" + token.Reveal()
	if s.o.Mail == nil {
		return s.show(c, admin.Link(s.page(c, "New password"), "A link for "+u.Name, "Mail is not set up here (SMTP_URL), so hand this link on yourself. With it they set a new password, and are signed out everywhere.",
			link, s.o.Now().Add(24*time.Hour), "/admin/users"))
	}
	if err := s.o.Mail(c.Request.Context(), u.Email, "A new password for Truecount", resetText(u.Name, link, "a day")); err != nil {
		return fault.Wrap(fault.Network, "The message could not be sent; the old password still works. Look at SMTP_URL, or try again later.", err)
	}
	return s.backTo(c, "/admin/users", "A link was sent to "+u.Email+".")
}

func resetText(name, link, life string) string {
	return "Hello " + name + ",\n\nwith this link you set a new password for Truecount; it works once, for " + life + ":\n\n" + link +
		"\n\nIf you did not ask for it, you need not do anything: the old password goes on.\n"
}

func (s *Server) inviteForm(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	email, err := s.o.Auth.Invited(viewer.System(c.Request.Context()), fault.Secret(c.Param("token")))
	if err != nil {
		return err
	}
	return s.show(c, door.Invite(s.page(c, "Make your account"), email, c.Request.URL.Path, "", nil))
}

func (s *Server) acceptInvite(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	ctx, token := viewer.System(c.Request.Context()), fault.Secret(c.Param("token"))
	email, err := s.o.Auth.Invited(ctx, token)
	if err != nil {
		return err
	}
	u, err := s.o.Auth.Accept(ctx, token, c.PostForm("name"), fault.Secret(c.PostForm("password")))
	var f *fault.Error
	if errors.As(err, &f) && f.Fields != nil {
		return s.showStatus(c, http.StatusUnprocessableEntity, door.Invite(s.page(c, "Make your account"), email, c.Request.URL.Path, c.PostForm("name"), f.Fields))
	}
	if err != nil {
		return err
	}
	if err := s.signIn(c, u); err != nil {
		return err
	}
	s.audit(c, auth.Event{ActorID: u.ID, Action: "invite_accept", Target: u.ID, Result: "ok"})
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

func (s *Server) forgotForm(c *gin.Context) error {
	return s.show(c, door.Forgot(s.page(c, "A new password"), false, s.o.Mail != nil))
}

// forgot sends a link if there is an account, and says the same if there is none, after the same time: the link is
// made and sent after the answer.
func (s *Server) forgot(c *gin.Context) error {
	if s.o.Mail == nil {
		return s.forgotForm(c)
	}
	ctx := viewer.System(c.Request.Context())
	email := c.PostForm("email")
	if err := s.o.Auth.Forgot(ctx, email, c.ClientIP()); err != nil {
		return err
	}
	s.audit(c, auth.Event{Action: "password_forgot", Target: "email:" + fault.Secret(strings.ToLower(strings.TrimSpace(email))).Digest()[:16], Result: "ok", Seldom: true})
	id := requestID(ctx)
	s.later(ctx, func(ctx context.Context) {
		if err := s.sendForgotten(ctx, email); err != nil {
			s.o.Log.ErrorContext(ctx, "mail", "request", id, "action", "password_forgot", "error", err)
		}
	})
	return s.show(c, door.Forgot(s.page(c, "A new password"), true, true))
}

// sendForgotten writes to whoever has an account with this address.
func (s *Server) sendForgotten(ctx context.Context, email string) error {
	u, token, err := s.o.Auth.ForgottenLink(ctx, email)
	if err != nil || token.Empty() {
		return err
	}
	return s.o.Mail(ctx, u.Email, "A new password for Truecount", resetText(u.Name, s.o.Config.BaseURL+"/password/reset/"+token.Reveal(), "an hour"))
}

func (s *Server) resetForm(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	u, err := s.o.Auth.Resets(viewer.System(c.Request.Context()), fault.Secret(c.Param("token")))
	if err != nil {
		return err
	}
	return s.show(c, door.Reset(s.page(c, "A new password"), u.Email, c.Request.URL.Path, ""))
}

func (s *Server) reset(c *gin.Context) error {
	c.Header("Referrer-Policy", "no-referrer")
	ctx, token := viewer.System(c.Request.Context()), fault.Secret(c.Param("token"))
	u, err := s.o.Auth.Reset(ctx, token, fault.Secret(c.PostForm("password")))
	var f *fault.Error
	if errors.As(err, &f) && f.Fields != nil {
		u, uerr := s.o.Auth.Resets(ctx, token)
		if uerr != nil {
			return uerr
		}
		return s.showStatus(c, http.StatusUnprocessableEntity, door.Reset(s.page(c, "A new password"), u.Email, c.Request.URL.Path, f.Message))
	}
	if err != nil {
		return err
	}
	s.audit(c, auth.Event{ActorID: u.ID, Action: "password_reset", Target: u.ID, Result: "ok"})
	if err := s.sessions.Destroy(c.Request.Context()); err != nil { // it may be theirs, and is over
		return err
	}
	s.flash(c, "ok", "The password is set. Sign in with it.")
	c.Redirect(http.StatusSeeOther, "/login")
	return nil
}

func trailQueried(c *gin.Context) (auth.TrailQuery, error) {
	q := auth.TrailQuery{
		Action: c.Query("action"), Actor: strings.TrimSpace(c.Query("actor")), Target: strings.TrimSpace(c.Query("target")), From: c.Query("from"), To: c.Query("to"),
	}
	if b := c.Query("before"); b != "" {
		n, err := strconv.Atoi(b)
		if err != nil || n < 1 {
			return q, fault.New(fault.Invalid, "before is an event's number.")
		}
		q.Before = n
	}
	return q, nil
}

func (s *Server) auditLog(c *gin.Context) error {
	q, err := trailQueried(c)
	if err != nil {
		return err
	}
	t, err := s.o.Auth.Trail(c.Request.Context(), q)
	if err != nil {
		return err
	}
	return s.show(c, admin.Audit(s.page(c, "Audit log"), t, nil))
}

func (s *Server) verifyAudit(c *gin.Context) error {
	v, err := s.o.Auth.Verify(c.Request.Context())
	if err != nil {
		return err
	}
	t, err := s.o.Auth.Trail(c.Request.Context(), auth.TrailQuery{})
	if err != nil {
		return err
	}
	return s.show(c, admin.Audit(s.page(c, "Audit log"), t, &v))
}

// exportAudit writes what a search selects as CSV. Cells that a spreadsheet would run are kept from it.
func (s *Server) exportAudit(c *gin.Context) error {
	if done, err := s.confirmed(c); !done {
		return err
	}
	q, err := trailQueried(c)
	if err != nil {
		return err
	}
	if _, err := s.o.Auth.Trail(c.Request.Context(), q); err != nil { // an odd query is refused before anything is sent
		return err
	}
	s.audit(c, auth.Event{Action: "audit_export", Target: "audit", Result: "ok"})
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="truecount-audit-`+s.o.Now().UTC().Format("20060102")+`.csv"`)
	w := csv.NewWriter(c.Writer)
	_ = w.Write([]string{"id", "at", "actor", "actor_id", "action", "target", "result", "ip", "request_id"})
	err = s.o.Auth.EachTrail(c.Request.Context(), q, func(rows []auth.TrailRow) error {
		for _, r := range rows {
			line := []string{strconv.Itoa(r.ID), r.At.Format(time.RFC3339Nano), r.Actor, r.ActorID, r.Action, r.Target, r.Result, r.IP, r.RequestID}
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
		s.o.Log.ErrorContext(c.Request.Context(), "export", "request", requestID(c.Request.Context()), "action", "audit_export", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// inert keeps a cell from being a formula, also behind quotes, spaces and what has no width, and in full-width forms.
func inert(cell string) string {
	behind := func(r rune) bool { return r == '\'' || r == '"' || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }
	t := strings.TrimLeftFunc(cell, behind)
	if strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") || (t != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(t)[0])) {
		return "'" + cell
	}
	return cell
}
