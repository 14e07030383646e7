package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Prefix is the path below which Handler serves.
const Prefix = "/sandbox"

// Marker stands in every token and code the world gives out, so that a search for it finds leaks.
const Marker = "CANARY"

// Options is what a world is made of.
type Options struct {
	Path    string            // append-only journal of grants (0600); "" keeps them in memory. One process at a time.
	Now     func() time.Time  // nil: time.Now
	Seed    uint64            // same seed, same world
	Clients map[string]Client // platform id -> credentials the fakes accept
}

// Client is an app registered with a platform.
type Client struct {
	ID, Secret   string
	RedirectURIs []string // compared character by character
}

// The parts of the world: what was granted, what was posted, what was asked, and what is wrong on purpose.
type (
	grantBook struct{ world *World }
	postModel struct{ world *World }
	callLog   struct{ world *World }
	faultBook struct{ world *World }
)

// World holds everything behind the fakes. All its methods may be used at once.
type World struct {
	grantBook
	postModel
	callLog
	faultBook

	now     func() time.Time
	seed    uint64
	clients map[string]Client
	done    chan struct{}
	once    sync.Once

	mu          sync.RWMutex // guards the populations, fakes and dialogs
	populations map[string]*population
	fakes       map[string]http.Handler
	dialogs     map[string]Dialog
	faultWords  []FaultWords // of the mounted fakes

	grants  grantStore
	journal journal
	faults  faultList
	calls   callCounts
	limits  limitCounts
}

// Open makes the world and reads its journal. A torn last line, as a killed process leaves it, is dropped.
func Open(o Options) (*World, error) {
	w := &World{
		now: o.Now, seed: o.Seed, clients: o.Clients, done: make(chan struct{}),
		populations: map[string]*population{}, fakes: map[string]http.Handler{}, dialogs: map[string]Dialog{},
	}
	w.grantBook, w.postModel, w.callLog, w.faultBook = grantBook{w}, postModel{w}, callLog{w}, faultBook{w}
	if w.now == nil {
		w.now = time.Now
	}
	w.calls.init()
	w.grants.init()
	w.limits.init()
	if err := w.openJournal(o.Path); err != nil {
		return nil, fmt.Errorf("open sandbox journal: %w", err)
	}
	return w, nil
}

// Close ends hanging calls and closes the journal. Twice is fine.
func (w *World) Close() error {
	var err error
	w.once.Do(func() {
		close(w.done)
		err = w.closeJournal()
	})
	return err
}

// Now is the world's time, in UTC.
func (w *World) Now() time.Time { return w.now().UTC() }

// Hour is the full hour that numbers are told for: within it nothing changes.
func (w *World) Hour() time.Time { return w.Now().Truncate(time.Hour) }

// Client is the app registered with a platform; the zero Client when there is none.
func (w *World) Client(platform string) Client { return w.clients[platform] }

// Registered reports whether uri is one of the app's redirect URIs, character by character.
func (c Client) Registered(uri string) bool {
	for _, u := range c.RedirectURIs {
		if u == uri {
			return true
		}
	}
	return false
}

// Mount puts a platform's fake below Prefix/platform/.
func (w *World) Mount(platform string, fake http.Handler) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fakes[platform] = fake
}

// Handler serves all mounted fakes below Prefix; a fake sees the platform's own paths.
func (w *World) Handler() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rest, ok := strings.CutPrefix(r.URL.Path, Prefix+"/")
		if !ok {
			http.NotFound(rw, r)
			return
		}
		if rest == styleName {
			serveStyle(rw, r)
			return
		}
		platform, _, _ := strings.Cut(rest, "/")
		w.mu.RLock()
		fake := w.fakes[platform]
		w.mu.RUnlock()
		if fake == nil {
			http.NotFound(rw, r)
			return
		}
		http.StripPrefix(Prefix+"/"+platform, fake).ServeHTTP(rw, r)
	})
}

// errNoAccount is what asking for a stranger answers.
var errNoAccount = errors.New("no such account in the sandbox")
