package app_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
)

// A demo person who was deleted or disabled is offered by nobody any more, neither by the page to sign in nor by
// the start, and the program starts all the same, also when they went before their accounts were made.
func TestADemoPersonWhoIsGoneIsNotOffered(t *testing.T) {
	t.Parallel()
	c := load(t, map[string]string{"SANDBOX": "true", "ADDR": "127.0.0.1:0", "DATABASE_URL": storetest.URL(t)})
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	start := func() (s *app.Server, page, said string, stop func()) {
		t.Helper()
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s, err = app.Start(
			t.Context(),
			app.Options{Platforms: tested, Config: c},
			l,
			func(line string) { said += line + "\n" },
		)
		if err != nil {
			t.Fatal(err)
		}
		return s, (&browser{t: t, base: s.URL, seen: &transcript{}, http: &http.Client{}}).get("/login").body, said, func() {
			if err := s.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		}
	}
	offers := func(when, page, said string, creator, admin bool) {
		t.Helper()
		for where, text := range map[string]string{"the page": page, "the start": said} {
			if strings.Contains(text, auth.DemoCreator) != creator || strings.Contains(text, auth.DemoAdmin) != admin {
				t.Errorf("%s: %s offers %s, want the creator: %v, the admin: %v", when, where, text, creator, admin)
			}
		}
		if (creator || admin) != strings.Contains(said, "sign in as") {
			t.Errorf("%s: got %s", when, said)
		}
	}
	s, page, said, stop := start()
	offers("at first", page, said, true, true)
	mina, err := s.Auth.ByEmail(ctx, auth.DemoCreator)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.People.Erase(ctx, mina.ID, connect.CauseAdmin); err != nil {
		t.Fatal(err)
	}
	s.Store.Client.Meta.DeleteOneID("demo_filled").ExecX(ctx) // as if the first start had been killed half way
	stop()
	s, page, said, stop = start()
	offers("the creator deleted", page, said, false, true)
	s.Store.Client.User.Update().SetDisabled(true).ExecX(ctx)
	stop()
	_, page, said, stop = start()
	offers("the admin disabled", page, said, false, false)
	stop()
}
