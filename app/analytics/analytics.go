package analytics

import (
	"time"

	"github.com/truecount/truecount/app/accounts"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/numbers"
	"github.com/truecount/truecount/app/numbers/posts"
	"github.com/truecount/truecount/app/platform"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
)

// Options is what analytics is made of.
type Options struct {
	Store     *store.Store
	Accounts  *accounts.Accounts
	Numbers   *numbers.Numbers
	Platforms *platform.Registry
	Now       func() time.Time // nil: time.Now
}

// Analytics reads the figures that creators see.
type Analytics struct {
	db        *ent.Client
	accounts  *accounts.Accounts
	numbers   *numbers.Numbers
	platforms *platform.Registry
	posts     *posts.Posts
	clock     func() time.Time
}

// New makes the read models of one database.
func New(o Options) *Analytics {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Analytics{
		db: o.Store.Read, accounts: o.Accounts, numbers: o.Numbers, platforms: o.Platforms, clock: o.Now,
		posts: posts.New(posts.Options{Store: o.Store, Accounts: o.Accounts, Numbers: o.Numbers, Now: o.Now}),
	}
}

func (a *Analytics) now() time.Time { return a.clock().UTC() }

// HasMetric reports whether pages can show a metric of this key.
func HasMetric(key string) bool {
	_, err := parseMetric(key)
	return err == nil
}

func parseMetric(key string) (string, error) {
	if key == "" {
		return shown[0].key, nil
	}
	for _, s := range shown {
		if s.key == key {
			return key, nil
		}
	}
	return "", fault.New(fault.Invalid, words.New("errors.metric"))
}
