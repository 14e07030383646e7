package store_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
)

// Why PostgreSQL is not reached is said as it is, with the server's code and what helps, and without the password.
func TestWhyPostgresIsNotReached(t *testing.T) {
	t.Parallel()
	missing := func() string {
		u, err := url.Parse(storetest.PostgresURL(t))
		if err != nil {
			t.Fatal(err)
		}
		u.Path, u.User = "/not_there", url.UserPassword(u.User.Username(), "CANARY")
		return u.String()
	}
	for name, tc := range map[string]struct{ url, words, code string }{
		"nobody there":     {"postgres://u:CANARY@127.0.0.1:1/db", "the connection to 127.0.0.1:1 was refused", ""},
		"no such database": {missing(), "has no such database", "3D000"},
	} {
		s, err := store.Open(t.Context(), tc.url)
		if err == nil {
			t.Fatalf("%s: got it open, %v", name, s.Close())
		}
		var why *store.ReachError
		if !errors.As(err, &why) || !strings.Contains(why.Words, tc.words) || why.Code != tc.code || why.Help == "" ||
			strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: got %v, want %q %s, what helps, and no password", name, err, tc.words, tc.code)
		}
	}
}

// An address that the driver cannot read names the setting, and not the password in it.
func TestUnreadableAddress(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), "postgres://u:CANARY@127.0.0.1:1/db?sslmode=sometimes")
	if err == nil {
		t.Fatalf("got it open, %v", s.Close())
	}
	if got := err.Error(); !strings.HasPrefix(got, "DATABASE_URL cannot be read.") || strings.Contains(got, "CANARY") {
		t.Errorf("got %q, want the setting named", got)
	}
}
