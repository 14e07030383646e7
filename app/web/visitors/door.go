package visitors

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/web/edge"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/door"
)

// Home leads everybody to the page that is theirs.
func (s *Pages) Home(c *gin.Context) error {
	where := "/login"
	if u := s.User(c); u.Admin {
		where = "/admin"
	} else if u.ID != "" {
		where = "/dashboard"
	}
	c.Redirect(http.StatusSeeOther, where)
	return nil
}

func (s *Pages) LoginForm(c *gin.Context) error {
	if s.User(c).ID != "" {
		return s.Home(c)
	}
	return s.showLogin(c, http.StatusOK, door.LoginForm{})
}

func (s *Pages) showLogin(c *gin.Context, status int, f door.LoginForm) error {
	demo, err := s.demo(c)
	if err != nil {
		return err
	}
	f.Demo = demo
	return s.ShowStatus(c, status, door.Login(s.Page(c, words.New("door.login.title")), f))
}

// demo lists the sandbox's sign-ins, for a browser on this machine only.
func (s *Pages) demo(c *gin.Context) ([]door.DemoUser, error) {
	if !s.Config.Sandbox || !edge.Loopback(s.Base.Hostname()) || !edge.Loopback(c.RemoteIP()) {
		return nil, nil
	}
	ctx := viewer.System(c.Request.Context(), viewer.ReasonSignIn)
	password, err := s.Auth.Demo.Password(ctx)
	if err != nil || password.Empty() {
		return nil, err
	}
	users, err := s.Auth.Demo.Users(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]door.DemoUser, len(users))
	for i, u := range users {
		out[i] = door.DemoUser{Email: u.Email, Password: password.Reveal(), Role: "creator"}
		if u.Admin {
			out[i].Role = "admin"
		}
	}
	return out, nil
}

func (s *Pages) Login(c *gin.Context) error {
	ctx := viewer.System(c.Request.Context(), viewer.ReasonSignIn)
	email, password := c.PostForm("email"), c.PostForm("password")
	u, err := s.Auth.SignIn(ctx, email, fault.Secret(password), c.ClientIP(), s.Device(c))
	var f *fault.Error
	if errors.As(err, &f) && (f.Code == fault.Invalid || f.Code == fault.TooManyRequests) {
		s.Audit(
			c,
			auth.Event{
				Action: "sign_in",
				Target: "email:" + fault.Secret(strings.ToLower(strings.TrimSpace(email))).Digest()[:16],
				Result: string(f.Code),
				Seldom: true,
			},
		)
		if f.Code == fault.TooManyRequests {
			return err
		}
		return s.showLogin(
			c,
			http.StatusUnprocessableEntity,
			door.LoginForm{Email: strings.TrimSpace(email), Error: f.Message.In(c.Request.Context())},
		)
	}
	if err != nil {
		return err
	}
	if err := s.SignIn(c, u); err != nil {
		return err
	}
	s.Audit(c, auth.Event{ActorID: u.ID, Action: "sign_in", Result: "ok"})
	where := "/dashboard"
	if u.Admin {
		where = "/admin"
	}
	c.Redirect(http.StatusSeeOther, where)
	return nil
}

func (s *Pages) Logout(c *gin.Context) error {
	if u := s.User(c); u.ID != "" {
		s.Audit(c, auth.Event{ActorID: u.ID, Action: "sign_out", Result: "ok"})
	}
	if err := s.SignOut(c); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/login")
	return nil
}

func (s *Pages) SetupForm(c *gin.Context) error {
	token := fault.Secret(c.Query("token"))
	if err := s.Auth.LinkWorks(viewer.System(c.Request.Context(), viewer.ReasonSignIn), token); err != nil {
		return err
	}
	return s.Show(c, door.Setup(s.Page(c, words.New("door.setup.title")), door.SetupForm{Token: token.Reveal()}))
}

func (s *Pages) Setup(c *gin.Context) error {
	ctx := viewer.System(c.Request.Context(), viewer.ReasonSignIn)
	f := door.SetupForm{Token: c.PostForm("token"), Name: c.PostForm("name"), Email: c.PostForm("email")}
	u, err := s.Auth.Setup(
		ctx,
		fault.Secret(f.Token),
		auth.NewUser{Name: f.Name, Email: f.Email, Password: fault.Secret(c.PostForm("password"))},
	)
	var bad *fault.Error
	if errors.As(err, &bad) && bad.Fields != nil {
		f.Errors = bad.Fields
		return s.ShowStatus(c, http.StatusUnprocessableEntity, door.Setup(s.Page(c, words.New("door.setup.title")), f))
	}
	if err != nil {
		return err
	}
	if err := s.SignIn(c, u); err != nil {
		return err
	}
	s.Audit(c, auth.Event{ActorID: u.ID, Action: "setup", Result: "ok"})
	c.Redirect(http.StatusSeeOther, "/admin")
	return nil
}
