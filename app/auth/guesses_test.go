package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/viewer"
)

// gate is a front door with a clock and keys of its own.
type gate struct {
	*Auth
	t     *testing.T
	ctx   context.Context
	store *store.Store
	keys  *vault.Vault
	mu    sync.Mutex
	at    time.Time
}

const right = fault.Secret("correct horse battery")

func newGate(t *testing.T) *gate {
	t.Helper()
	keys, err := vault.Ensure(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{
		t:     t,
		ctx:   viewer.System(t.Context(), viewer.ReasonTest),
		store: storetest.New(t),
		keys:  keys,
		at:    time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
	}
	g.restart()
	return g
}

func (g *gate) restart() {
	g.Auth = New(Options{Store: g.store, Now: g.now, Seals: g.keys})
	g.hash.cheap()
}

// cheap makes hashing cost little: what is tested is who is judged.
func (h *hasher) cheap() { h.cost.Memory = 64 }

func (g *gate) now() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.at
}

func (g *gate) turn(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.at = g.at.Add(d)
}

func (g *gate) person(email string) User {
	g.t.Helper()
	id, err := g.Create(g.ctx, NewUser{Email: email, Name: "N", Role: "creator", Password: right})
	if err != nil {
		g.t.Fatal(err)
	}
	u, err := g.ByID(g.ctx, id)
	if err != nil {
		g.t.Fatal(err)
	}
	return u
}

// judged reports whether a guess was looked at.
func (g *gate) judged(email, ip string, device fault.Secret) bool {
	g.t.Helper()
	_, err := g.SignIn(g.ctx, email, "not the password", ip, device)
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooManyRequests) {
		g.t.Fatalf("got %v, want INVALID or TOO_MANY_REQUESTS", err)
	}
	return fault.Is(err, fault.Invalid)
}

// Who knows the password makes a bounded number of sessions an hour, and a new password clears what was counted. // S12
func TestSignInsAreCountedToo(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	u := g.person("often@x.test")
	ins := func() (n int, err error) {
		for n = range 200 {
			if _, err = g.SignIn(g.ctx, u.Email, right, "203.0.113.9", g.Device(u)); err != nil {
				return n, err
			}
		}
		return n, nil
	}
	n, err := ins()
	var f *fault.Error
	if !asFault(err, &f) || f.Code != fault.TooManyRequests || f.RetryAfter <= 0 ||
		strings.Contains(f.Message.String(), "did not fit") ||
		n < 50 ||
		n > 120 {
		t.Errorf(
			"got %d sign-ins and %v, want 50 to 120 and then TOO_MANY_REQUESTS with its time, which blames no password",
			n,
			err,
		)
	}
	g.turn(hour)
	if again, _ := ins(); again != n {
		t.Errorf("got %d sign-ins in the next hour, want %d", again, n)
	}
	if _, err := g.Unlock(g.ctx, u.Email); err != nil {
		t.Fatal(err)
	}
	if _, err := g.SignIn(g.ctx, u.Email, right, "203.0.113.9", ""); err != nil {
		t.Errorf("got %v after unlock, want to be let in", err)
	}
}

// Five failures of an account from one network in half an hour, ten guesses judged in any hour from all of them,
// fifty from one network whatever the account; a restart forgets none. // S4
func TestGuessesAreLimited(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.person("mina@example.test")
	for i := range 7 {
		if got, want := g.judged("mina@example.test", "203.0.113.9", ""), i < 5; got != want {
			t.Errorf("guess %d from one network: got judged %v, want %v", i+1, got, want)
		}
	}
	if _, err := g.SignIn(g.ctx, "mina@example.test", right, "203.0.113.200", ""); !fault.Is(err, fault.TooManyRequests) {
		t.Errorf("the right one from that network: got %v, want TOO_MANY_REQUESTS", err)
	}
	if _, err := g.SignIn(g.ctx, "mina@example.test", right, "198.51.100.7", ""); err != nil {
		t.Errorf("from another network: got %v, want success", err)
	}

	// Ten hours of guesses every 36 s from ever new networks, restarted half way: in no hour more than ten are judged.
	g.turn(2 * time.Hour)
	var at []time.Time
	for i := range 1000 {
		if i == 500 {
			g.restart()
		}
		if g.judged("mina@example.test", fmt.Sprintf("10.%d.%d.9", i/250, i%250), "") {
			at = append(at, g.now())
		}
		g.turn(36 * time.Second)
	}
	for i, from := range at {
		n := 0
		for _, x := range at[i:] {
			if x.Sub(from) < time.Hour {
				n++
			}
		}
		if n > 10 {
			t.Fatalf("got %d judged in the hour from %s, want at most 10", n, from)
		}
	}
	if len(at) < 90 {
		t.Errorf("got %d judged in ten hours, want the limit to let some through", len(at))
	}
	g.turn(61 * time.Minute)
	if _, err := g.SignIn(g.ctx, "mina@example.test", right, "198.51.100.7", ""); err != nil {
		t.Errorf("an hour later: got %v, want success", err)
	}

	// One network and many accounts.
	n := 0
	for i := range 60 {
		if g.judged(fmt.Sprintf("p%d@example.test", i), "192.0.2.77", "") {
			n++
		}
	}
	if n != 50 {
		t.Errorf("got %d judged from one network, want 50", n)
	}
}

// An attacker at the limit for a day keeps nobody out: the owner's known browser signs in at any time, and one that
// has just set a new password by a link; a known browser is the account's own, and another password ends it. // S13
func TestNobodyIsKeptOut(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	mina, eve := g.person("mina@example.test"), g.person("eve@example.test")
	known, hers := g.Device(mina), g.Device(eve)
	attack := func() {
		t.Helper()
		for i := range 12 {
			g.judged("mina@example.test", fmt.Sprintf("203.0.%d.9", i), "")
			g.judged("mina@example.test", "198.51.100.7", "") // also from the owner's own network
		}
	}
	enter := func(device fault.Secret) error {
		_, err := g.SignIn(g.ctx, "mina@example.test", right, "198.51.100.7", device)
		return err
	}
	for range 48 {
		attack()
		if err := enter(known); err != nil {
			t.Fatalf("at %s in a known browser: got %v, want success", g.now().Format(time.TimeOnly), err)
		}
		if err := enter(""); !fault.Is(err, fault.TooManyRequests) {
			t.Fatalf("in another: got %v, want TOO_MANY_REQUESTS", err)
		}
		g.turn(30 * time.Minute)
	}
	attack()
	for name, device := range map[string]fault.Secret{
		"another account's": hers, "nonsense": "nonsense", "cut": known[:len(known)-3], "long": fault.Secret(strings.Repeat("A", 9000)),
		"made up": fault.Secret(base64.RawURLEncoding.EncodeToString([]byte("a\n" + mina.ID + "\n" + mina.mark + "\n1764000000"))),
	} {
		if err := enter(device); !fault.Is(err, fault.TooManyRequests) {
			t.Errorf("%s: got %v, want TOO_MANY_REQUESTS", name, err)
		}
	}
	// It has its own five.
	for i := range 6 {
		if got, want := g.judged("mina@example.test", "192.0.2.1", known), i < 5; got != want {
			t.Errorf("guess %d in a known browser: got judged %v, want %v", i+1, got, want)
		}
	}
	if err := enter(g.Device(mina)); err != nil {
		t.Errorf("another known browser of hers: got %v, want success", err)
	}
	old := g.Device(mina)
	g.turn(DeviceLife + time.Minute)
	attack()
	if err := enter(old); !fault.Is(err, fault.TooManyRequests) {
		t.Errorf("after half a year: got %v, want TOO_MANY_REQUESTS", err)
	}

	// A link for a new password: what was counted is forgotten, and the browser it was set in is known at once.
	known = g.Device(mina)
	_, link, err := g.ForgottenLink(g.ctx, "mina@example.test")
	if err != nil {
		t.Fatal(err)
	}
	u, err := g.Reset(g.ctx, link, "battery staple horse")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.SignIn(g.ctx, "mina@example.test", "battery staple horse", "198.51.100.7", ""); err != nil {
		t.Errorf("a new browser after a reset: got %v, want success", err)
	}
	attack()
	if _, err := g.SignIn(g.ctx, "mina@example.test", "battery staple horse", "198.51.100.7", g.Device(u)); err != nil {
		t.Errorf("the browser of the reset: got %v, want success", err)
	}
	if _, err := g.SignIn(g.ctx, "mina@example.test", "battery staple horse", "198.51.100.7", known); !fault.Is(
		err,
		fault.TooManyRequests,
	) {
		t.Errorf("one known under the old password: got %v, want TOO_MANY_REQUESTS", err)
	}
	if _, err := g.Unlock(g.ctx, " MINA@example.test"); err != nil {
		t.Fatal(err)
	}
	if _, err := g.SignIn(g.ctx, "mina@example.test", "battery staple horse", "198.51.100.7", ""); err != nil {
		t.Errorf("after an unlock: got %v, want success", err)
	}
	if _, err := g.Unlock(g.ctx, "nobody@example.test"); !fault.Is(err, fault.NotFound) {
		t.Errorf("unlock nobody: got %v, want NOT_FOUND", err)
	}
}

// Nor does who asks for links in somebody's name: they get no more than ten an hour, and each goes on working
// until one of them is used. // S13
func TestStrangersEndNoLink(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	mina := g.person("mina@example.test")
	var links []fault.Secret
	for i := range 30 {
		if err := g.Forgot(g.ctx, "mina@example.test", fmt.Sprintf("203.0.%d.9", i)); err != nil {
			t.Fatalf("asked from network %d: got %v, want an answer", i, err)
		}
		_, link, err := g.ForgottenLink(g.ctx, "mina@example.test")
		if err != nil {
			t.Fatal(err)
		}
		if !link.Empty() {
			links = append(links, link)
		}
		g.turn(time.Minute)
	}
	if len(links) != 10 {
		t.Fatalf("got %d links in half an hour, want 10", len(links))
	}
	if u, err := g.Resets(g.ctx, links[0]); err != nil || u.ID != mina.ID {
		t.Errorf("the first: got %v, want it to work", err)
	}
	if _, err := g.Reset(g.ctx, links[3], "battery staple horse"); err != nil {
		t.Fatal(err)
	}
	for i, l := range links {
		if _, err := g.Resets(g.ctx, l); !fault.Is(err, fault.NotFound) {
			t.Errorf("link %d after another was used: got %v, want NOT_FOUND", i, err)
		}
	}
}

// An address without an account costs the same work: a turn, and a comparison with a hash of no password. // S5
func TestUnknownAddressesCostAHash(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.person("mina@example.test")
	turns, dummies := 0, 0
	g.hash.held = func() { turns++ }
	dummy := g.hash.dummy
	g.hash.dummy = func() string { dummies++; return dummy() }
	for i, email := range []string{"mina@example.test", "nobody@example.test", "", "\xff"} {
		turns, dummies = 0, 0
		g.judged(email, "192.0.2.1", "")
		if want := min(i, 1); turns != 1 || dummies != want {
			t.Errorf("%q: got %d turns and %d comparisons with nobody's, want 1 and %d", email, turns, dummies, want)
		}
	}
	if ok, err := g.hash.matches(g.ctx, "", ""); ok || err != nil {
		t.Errorf("nobody's hash: got %v, %v, want no match", ok, err)
	}
}

// Of two hundred sign-ins at once two are judged at a time and twenty wait; the others, and those that waited two
// seconds, are BUSY, and that counts as no guess. // S6
func TestHashesAreFew(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.person("mina@example.test")
	release, late := make(chan struct{}), make(chan time.Time)
	var mu sync.Mutex
	held, most := 0, 0
	g.hash.held = func() {
		mu.Lock()
		held++
		most = max(most, held)
		mu.Unlock()
		<-release
		mu.Lock()
		held--
		mu.Unlock()
	}
	g.hash.after = func(d time.Duration) <-chan time.Time {
		if d != 2*time.Second {
			t.Errorf("got %s of patience, want 2 s", d)
		}
		return late
	}
	const all = 200
	results := make(chan error, all)
	for range all {
		go func() {
			ok, err := g.hash.matches(g.ctx, "not the password", "")
			if ok {
				t.Error("got a match")
			}
			results <- err
		}()
	}
	next := func() error {
		select {
		case err := <-results:
			return err
		case <-time.After(time.Minute):
			t.Fatal("got nobody refused and nobody judged for a minute")
			return nil
		}
	}
	let := sync.OnceFunc(func() { close(release) })
	t.Cleanup(let)       // also when it fails before
	for range all - 22 { // all but those who are at it and those who wait
		err := next()
		var f *fault.Error
		if !fault.Is(err, fault.Busy) || !asFault(err, &f) || f.RetryAfter <= 0 {
			t.Fatalf("got %v, want BUSY with a time", err)
		}
	}
	mu.Lock()
	if held != 2 || most != 2 {
		t.Errorf("got %d at once, at most %d, want 2", held, most)
	}
	mu.Unlock()
	for range 5 { // the patience of five is over
		late <- time.Time{}
		if err := next(); !fault.Is(err, fault.Busy) {
			t.Errorf("who waited: got %v, want BUSY", err)
		}
	}
	let()
	for range 17 {
		if err := next(); err != nil {
			t.Errorf("in line: got %v, want to be judged", err)
		}
	}

	// BUSY is no guess.
	for range cap(g.hash.slots) {
		g.hash.slots <- struct{}{}
	}
	for range cap(g.hash.line) {
		g.hash.line <- struct{}{}
	}
	for range 12 {
		if _, err := g.SignIn(g.ctx, "mina@example.test", right, "192.0.2.1", ""); !fault.Is(err, fault.Busy) {
			t.Errorf("while all are busy: got %v, want BUSY", err)
		}
	}
	<-g.hash.slots
	<-g.hash.slots
	if _, err := g.SignIn(g.ctx, "mina@example.test", right, "192.0.2.1", ""); err != nil {
		t.Errorf("afterwards: got %v, want success", err)
	}
}

// What is held is what two hashes take: 19 MiB each and little beside. // S6
func TestAHashHoldsNineteenMebibytes(t *testing.T) { // not in parallel: it looks at what the process allocates
	h := newHasher()
	if cost.Memory != 19*1024 || cost.Parallelism != 1 || h.cost != *cost {
		t.Errorf("got %+v, want 19 MiB and one lane", cost)
	}
	h.dummy()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := h.matches(t.Context(), "not the password", ""); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got < 19 || got > 24 {
		t.Errorf("got %d MiB for a hash, want 19 and little beside: two at once are what S6 counts with", got)
	}
}

func asFault(err error, to **fault.Error) bool {
	f, ok := err.(*fault.Error) //nolint:errorlint // it is given as it is
	*to = f
	return ok
}

// An account that is unlocked is unlocked in the browsers it is known by, too.
func TestUnlockingFreesAKnownBrowser(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	known := g.Device(g.person("mina@example.test"))
	for range 6 {
		g.judged("mina@example.test", "192.0.2.1", known)
	}
	if g.judged("mina@example.test", "192.0.2.1", known) {
		t.Fatal("got the seventh guess judged, want it held up")
	}
	if _, err := g.Unlock(g.ctx, "mina@example.test"); err != nil {
		t.Fatal(err)
	}
	if _, err := g.SignIn(g.ctx, "mina@example.test", right, "192.0.2.1", known); err != nil {
		t.Errorf("got %v, want them let in", err)
	}
}
