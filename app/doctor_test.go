package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/doctor"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/vault"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
	"github.com/truecount/truecount/ent/connection"
	"github.com/truecount/truecount/ent/delivery"
)

// publicBase is an address that others reach.
const publicBase = "https://count.example.org"

// patient is a set-up that is well: public, with three platforms, mail and an alert channel, and a database
// that a program has opened before.
type patient struct {
	*testing.T
	world   *sandbox.World
	address string
	vars    map[string]string
	dir     string // of our own files
	more    func(*doctor.Options)
	offline bool
}

func newPatient(t *testing.T, w *sandbox.World, address string) *patient {
	t.Helper()
	_, mail := newPostbox(t)
	p := &patient{
		T:       t,
		world:   w,
		address: address,
		dir:     filepath.Join(t.TempDir(), "data"),
		more:    func(*doctor.Options) {},
	}
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	database := storetest.URL(t)
	if !storetest.Postgres() {
		database = "sqlite://" + filepath.Join(p.dir, "truecount.db")
	}
	p.vars = settings(t, w, address, publicBase, database)
	maps.Copy(p.vars, map[string]string{
		"TRUSTED_PROXIES": "127.0.0.1", "SMTP_URL": mail, "MAIL_FROM": "truecount@example.org", "ALERT_URLS": "generic+https://hooks.example.org/x",
		"METRICS_TOKEN": "CANARY-metrics-token-of-some-length", "JOBS_SECRET": "CANARY-jobs-secret-of-some-length",
	})
	p.open(func(*app.App) {})
	return p
}

func (p *patient) config() (config.Config, []error) {
	c, wrong := config.Examine(p.vars, tested.Declared())
	c.DataDir = p.dir
	return c, wrong
}

// open does something inside the program.
func (p *patient) open(do func(a *app.App)) {
	p.Helper()
	c, _ := p.config()
	a, err := app.Open(p.Context(), app.Options{Platforms: tested, Config: c, Serve: true})
	if err != nil {
		p.Fatal(err)
	}
	do(a)
	if err := a.Close(); err != nil {
		p.Error(err)
	}
}

// check has it looked at, and nothing that is secret may be in what is said.
func (p *patient) check(offline bool) []console.Finding {
	p.Helper()
	c, wrong := p.config()
	d, done := app.Diagnose(p.Context(), c, wrong, p.more)
	defer func() {
		if err := done(); err != nil {
			p.Error(err)
		}
	}()
	found := d.Check(p.Context(), offline)
	p.noSecret(found)
	return found
}

func (p *patient) noSecret(found []console.Finding) {
	p.Helper()
	b, err := json.Marshal(found)
	if err != nil {
		p.Fatal(err)
	}
	if s := string(b); strings.Contains(s, "CANARY") || strings.Contains(s, sandbox.Marker) {
		p.Errorf("got a secret in %s", s)
	}
}

// alarms lists what is neither well nor left out.
func alarms(found []console.Finding) []string {
	var out []string
	for _, f := range found {
		if f.State == console.FindingFailed || f.State == console.FindingWarning || f.State == console.FindingUnknown {
			out = append(out, fmt.Sprintf("%s %s: %s %s", f.State, f.ID, f.Words, f.Todo))
		}
	}
	return out
}

// A right set-up gives no alarm, asked live beside the server at work, and by the server itself. // D4
func TestDoctorOfARightSetUp(t *testing.T) {
	t.Parallel()
	w, address := abroad(t, publicBase, nil)
	p := newPatient(t, w, address)
	c, wrong := p.config()
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.Start(
		t.Context(),
		app.Options{Platforms: tested, Config: c, Log: slog.New(slog.DiscardHandler)},
		l,
		func(string) {},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	until(t, "the first tick", func() bool {
		last, err := s.Planner.Clock.LastTick(ctx, "tick")
		return err == nil && !last.IsZero()
	})
	if !storetest.Postgres() {
		until(t, "the first copy", func() bool {
			at, err := s.Backups.Last()
			return err == nil && !at.IsZero()
		})
	}
	for name, found := range map[string][]console.Finding{"beside it": p.check(false), "itself": s.Doctor(ctx).Check(ctx, false)} {
		if got := alarms(found); len(got) > 0 {
			t.Errorf("%s: got alarms, want none:\n%s", name, strings.Join(got, "\n"))
		}
		p.noSecret(found)
		for _, want := range []string{"storage.writable", "storage.keys", "storage.tokens", "tiktok.probe.client-key-and-secret", "youtube.probe.client-secret", "instagram.probe.app-id", "channels.smtp_url", "clockwork.clock", "clockwork.scheduler"} {
			if f, ok := named(found, want); !ok || f.State != console.FindingOK {
				t.Errorf("%s: got %+v for %s, want it well", name, f, want)
			}
		}
		for _, d := range tested.Declared() {
			for id, path := range map[string]string{ //
				"instagram.webhook-deauthorize": "/api/webhooks/instagram/deauthorize", "instagram.webhook-data-deletion": "/api/webhooks/instagram/data-deletion", "tiktok.webhook": "/api/webhooks/tiktok",
			} {
				if f, _ := named(found, id); f.Copy != publicBase+path || f.State != console.FindingOK || f.Todo.IsZero() {
					t.Errorf("%s: got %+v, want %s to copy", id, f, path)
				}
			}
			if f, _ := named(found, d.ID+".redirect-uri"); f.Copy != publicBase+config.CallbackPath(d.ID) {
				t.Errorf("%s: got %q to copy for %s, want its redirect URI", name, f.Copy, d.ID)
			}
		}
	}
}

func named(found []console.Finding, id string) (console.Finding, bool) {
	i := slices.IndexFunc(found, func(f console.Finding) bool { return f.ID == id })
	if i < 0 {
		return console.Finding{}, false
	}
	return found[i], true
}

// ailment is one thing that is wrong with a set-up.
type ailment struct {
	name  string
	plant func(*patient)
	id    string // of the finding that names it
	state console.FindingState
	words string
}

func set(name, value string) func(*patient) {
	return func(p *patient) { p.vars[name] = value }
}

var ailments = []ailment{
	{
		"plain http",
		set("BASE_URL", "http://count.example.org"),
		"settings.BASE_URL",
		console.FindingFailed,
		"must be https",
	},
	{
		"half a pair",
		set("TIKTOK_CLIENT_SECRET", ""),
		"settings.TIKTOK_CLIENT_SECRET",
		console.FindingFailed,
		"is missing while TIKTOK_CLIENT_KEY is set",
	},
	{
		"a placeholder",
		set("YOUTUBE_CLIENT_SECRET", "your-client-secret"),
		"settings.YOUTUBE_CLIENT_SECRET",
		console.FindingFailed,
		"placeholder",
	},
	{"a bad number", set("SYNC_WORKERS", "many"), "settings.SYNC_WORKERS", console.FindingFailed, "whole number"},
	{"debug in public", set("LOG_LEVEL", "debug"), "settings.LOG_LEVEL", console.FindingFailed, "debug"},
	{
		"a misspelt name",
		set("INSTAGRAM_CLIENTID", "1"),
		"settings.INSTAGRAM_CLIENTID",
		console.FindingWarning,
		"Check the spelling",
	},
	{"no keyset", set("ENCRYPTION_KEYS", ""), "settings.ENCRYPTION_KEYS", console.FindingFailed, "is required"},
	{
		"no proxy",
		set("TRUSTED_PROXIES", ""),
		"settings.TRUSTED_PROXIES",
		console.FindingWarning,
		"TRUSTED_PROXIES is empty",
	},
	{
		"one secret twice",
		func(p *patient) { p.vars["METRICS_TOKEN"] = p.vars["JOBS_SECRET"] },
		"settings.METRICS_TOKEN",
		console.FindingWarning,
		"are the same",
	},
	{"a password of every guide", func(p *patient) {
		p.vars["SMTP_URL"] = "smtp://mina:password@127.0.0.1:1"
		p.offline = true
	}, "settings.SMTP_URL", console.FindingWarning, "well-known default password"},
	{"at home with real credentials", func(p *patient) {
		p.vars["BASE_URL"] = "http://localhost:8080"
		delete(p.vars, "YOUTUBE_AUTHORIZE_URL")
		p.offline = true
	}, "settings.BASE_URL", console.FindingWarning, "YouTube has real credentials"},

	{
		"no such database",
		set("DATABASE_URL", "postgres://mina:CANARY-word@127.0.0.1:1/truecount"),
		"storage.database",
		console.FindingFailed,
		"cannot be opened",
	},
	{"keys that are a directory", func(p *patient) { //
		p.must(os.Remove(p.vars["ENCRYPTION_KEYS"]))
		p.must(os.Mkdir(p.vars["ENCRYPTION_KEYS"], 0o755))
	}, "storage.keys", console.FindingFailed, "is not a file"},
	{
		"keys that others read",
		func(p *patient) { p.must(os.Chmod(p.vars["ENCRYPTION_KEYS"], 0o644)) },
		"storage.keys",
		console.FindingFailed,
		"others can read the keyset",
	},
	{"another keyset", func(p *patient) {
		p.vars["ENCRYPTION_KEYS"] = filepath.Join(p.TempDir(), "other.json")
		p.must(vault.NewFile(p.vars["ENCRYPTION_KEYS"]))
	}, "storage.keys", console.FindingFailed, "does not belong to this database"},
	{"a token that was changed", func(p *patient) {
		p.connect("tiktok", "")
		p.open(func(a *app.App) {
			p.must(a.Store.Client.Connection.Update().SetTokenVersion(99).Exec(viewer.System(p.Context(), viewer.ReasonTest)))
		})
	}, "storage.tokens", console.FindingFailed, "1 of 1 stored tokens cannot be decrypted"},
	{"an old key", func(p *patient) {
		p.connect("tiktok", "")
		p.must(vault.Rotate(p.vars["ENCRYPTION_KEYS"]))
	}, "storage.tokens", console.FindingWarning, "1 account is still encrypted with an old key"},
	{"a token in the spool", func(p *patient) {
		p.must(os.Mkdir(filepath.Join(p.dir, "spool"), 0o700))
		p.must(os.WriteFile(filepath.Join(p.dir, "spool", "x.token"), []byte("{}"), 0o600))
	}, "storage.spool", console.FindingWarning, "1 renewed token is in a file"},
	{"a full disk", func(p *patient) {
		p.more = func(o *doctor.Options) { o.Free = func(string) (uint64, error) { return 50 << 20, nil } }
	}, "storage.disk", console.FindingFailed, "50 MB free"},

	{
		"a redirect URI that leads nowhere",
		set("TIKTOK_REDIRECT_URI", publicBase+"/callback"),
		"tiktok.redirect-uri",
		console.FindingFailed,
		"which is not a Truecount address",
	},
	{
		"a redirect URI elsewhere",
		set("TIKTOK_REDIRECT_URI", "https://other.example.org"+config.CallbackPath("tiktok")),
		"tiktok.redirect-uri",
		console.FindingWarning,
		"but BASE_URL is on",
	},
	{
		"a redirect URI without TLS",
		set("YOUTUBE_REDIRECT_URI", "http://count.example.org"+config.CallbackPath("youtube")),
		"youtube.redirect-uri",
		console.FindingFailed,
		"does not use https",
	},
	{
		"another app's secret",
		set("TIKTOK_CLIENT_SECRET", "CANARY-of-another-app"),
		"tiktok.probe.client-key-and-secret",
		console.FindingFailed,
		"refuses the client key or secret",
	},
	{
		"Google's wrong secret",
		set("YOUTUBE_CLIENT_SECRET", "CANARY-of-another-app"),
		"youtube.probe.client-secret",
		console.FindingFailed,
		"refuses the client id or secret",
	},
	{
		"the Meta app's id",
		set("INSTAGRAM_CLIENT_ID", "44117"),
		"instagram.probe.app-id",
		console.FindingFailed,
		"does not know the app id",
	},
	{
		"a platform that does not answer",
		set("TIKTOK_API_URL", "http://127.0.0.1:1"),
		"tiktok.probe.client-key-and-secret",
		console.FindingUnknown,
		"did not answer",
	},
	{
		"more quota than there is",
		set("YOUTUBE_QUOTA", "1000000/day"),
		"youtube.quota",
		console.FindingWarning,
		"1000000/day",
	},
	{"an app in testing", func(p *patient) {
		id := p.connect("youtube", "")
		p.open(func(a *app.App) {
			now := time.Now().UTC()
			p.must(
				a.Store.Client.Connection.UpdateOneID(id).
					SetStatus(connection.StatusNeedsReconnect).
					SetStatusCode(string(fault.AuthRevoked)).
					SetConsentedAt(now.Add(-7 * 24 * time.Hour)).
					SetStatusSince(now).
					Exec(viewer.System(p.Context(), viewer.ReasonTest)),
			)
		})
	}, "youtube.testing", console.FindingWarning, "about 7 days after consent"},

	{
		"no mail server",
		set("SMTP_URL", "smtp://mina:CANARY-word@127.0.0.1:1"),
		"channels.smtp_url",
		console.FindingFailed,
		"cannot be reached",
	},
	{
		"no sender",
		set("MAIL_FROM", "not an address"),
		"settings.MAIL_FROM",
		console.FindingFailed,
		"not a valid email address",
	},
	{"no alert channel", set("ALERT_URLS", ""), "channels.alert_urls", console.FindingWarning, "ALERT_URLS is not set"},
	{"a channel that is none", func(p *patient) {
		p.more = func(o *doctor.Options) {
			o.Channels = func(context.Context) ([]doctor.Outlet, error) {
				return nil, fault.New(fault.Invalid, words.Plain("the first is of an unknown kind"))
			}
		}
	}, "channels.alert_urls", console.FindingFailed, "unknown kind"},
	{"a channel that takes nothing", func(p *patient) {
		p.posted(func(d *ent.DeliveryCreate) { d.SetError("the answer was 500").SetNextAt(time.Now()) })
	}, "channels.alert_urls", console.FindingFailed, "the answer was 500"},
	{
		"a switch that is not there",
		set("HEARTBEAT_URL", "http://127.0.0.1:1/CANARY-ping"),
		"channels.heartbeat_url",
		console.FindingFailed,
		"127.0.0.1:1 does not answer",
	},
	{
		"a DSN of nobody",
		set("SENTRY_DSN", "http://CANARYkey@127.0.0.1:1/7"),
		"channels.sentry_dsn",
		console.FindingFailed,
		"127.0.0.1:1 does not answer",
	},
	{
		"a DSN without key",
		set("SENTRY_DSN", "https://sentry.example.org"),
		"channels.sentry_dsn",
		console.FindingFailed,
		"no key",
	},

	{"a clock that is off", func(p *patient) {
		p.more = func(o *doctor.Options) { o.Real = func() time.Time { return time.Now().Add(-6 * time.Minute) } }
	}, "clockwork.clock", console.FindingFailed, "behind"},
	{"a clock that is a little off", func(p *patient) {
		p.more = func(o *doctor.Options) { o.Real = func() time.Time { return time.Now().Add(2 * time.Minute) } }
	}, "clockwork.clock", console.FindingWarning, "ahead of"},
	{"a scheduler that stands", func(p *patient) {
		p.open(func(a *app.App) {
			p.must(
				a.Planner.Clock.Tick(
					viewer.System(p.Context(), viewer.ReasonTest),
					"tick",
					time.Now().Add(-time.Hour),
					time.Time{},
				),
			)
		})
		p.more = func(o *doctor.Options) { o.Served = func(context.Context) (bool, error) { return true, nil } }
	}, "clockwork.scheduler", console.FindingFailed, "Scheduler stopped, last active 1 h ago"},
	{"a changed audit log", func(p *patient) {
		p.more = func(o *doctor.Options) {
			o.Audit = func(context.Context) (int, string, error) { return 3, "event 2: it is not as it was written", nil }
		}
	}, "clockwork.audit", console.FindingFailed, "was changed"},
	{"an old backup", func(p *patient) {
		p.more = func(o *doctor.Options) {
			o.BackupEvery, o.LastBackup = 24*time.Hour, func() (time.Time, error) { return time.Now().Add(-80 * time.Hour), nil }
		}
	}, "clockwork.backup", console.FindingWarning, "80 h"},
}

// onFile are ailments of a database in a file.
var onFile = []ailment{
	{
		"a database that others read",
		func(p *patient) { p.must(os.Chmod(filepath.Join(p.dir, "truecount.db"), 0o644)) },
		"storage.files",
		console.FindingFailed,
		"can read or write",
	},
	{
		"a folder for everybody",
		func(p *patient) { p.must(os.Chmod(p.dir, 0o755)) },
		"storage.files",
		console.FindingWarning,
		"can list",
	},
	{"a damaged database", func(p *patient) {
		path := filepath.Join(p.dir, "truecount.db")
		b, err := os.ReadFile(path)
		p.must(err)
		for i := len(b) / 2; i < len(b)/2+8192; i++ {
			b[i] = 0xff
		}
		p.must(os.WriteFile(path, b, 0o600))
	}, "storage.intact", console.FindingFailed, "damaged"},
	{"an older schema", func(p *patient) {
		p.vars["DATABASE_URL"] = "sqlite://" + filepath.Join(p.dir, "new.db")
		p.vars["AUTO_MIGRATE"] = "false"
		s, err := store.Open(p.Context(), p.vars["DATABASE_URL"])
		p.must(err)
		p.must(s.Close())
	}, "storage.migrations", console.FindingFailed, "is not applied"},
}

// posted notes what became of a message to the first alert channel.
func (p *patient) posted(how func(*ent.DeliveryCreate)) {
	p.Helper()
	p.open(func(a *app.App) {
		ctx, now := viewer.System(p.Context(), viewer.ReasonTest), time.Now().UTC()
		alert := a.Store.Client.Alert.Create().
			SetRule("DEAD_LETTER").
			SetPlatform("youtube").
			SetMessage("1 sync gave up.").
			SetOpenedAt(now).
			SetLastSeenAt(now).
			SetResolvedAt(now).
			SaveX(ctx)
		d := a.Store.Client.Delivery.Create().
			SetAlertID(alert.ID).
			SetEvent(delivery.EventOpened).
			SetNumber(1).
			SetChannel(a.Channels[0].Name()).
			SetCreatedAt(now).
			SetTriedAt(now)
		how(d)
		d.ExecX(ctx)
	})
}

func (p *patient) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// connect connects an account and gives its connection.
func (p *patient) connect(platform, email string) string {
	p.Helper()
	var id string
	p.open(func(a *app.App) {
		ctx := viewer.System(p.Context(), viewer.ReasonTest)
		owner, err := a.Auth.Create(
			ctx,
			auth.NewUser{
				Email:    "mina" + email + "@example.com",
				Name:     "Mina",
				Role:     "creator",
				Password: fault.Secret(password),
			},
		)
		p.must(err)
		id = consented(p.T, a, p.world, owner, platform, sandbox.Choice{})
	})
	return id
}

// Each thing that may be wrong with a set-up is named, and what to do said.
func TestDoctorNamesEachAilment(t *testing.T) {
	t.Parallel()
	list := ailments
	if !storetest.Postgres() {
		list = slices.Concat(ailments, onFile)
	}
	w, address := abroad(t, publicBase, nil)
	for _, a := range list {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, w, address)
			a.plant(p)
			found := p.check(p.offline)
			i := slices.IndexFunc(found, func(f console.Finding) bool {
				return f.ID == a.id && f.State == a.state && strings.Contains(f.Words.String()+" "+f.Todo.String(), a.words)
			})
			if i < 0 || found[i].Todo.IsZero() || console.Good(found) != (a.state == console.FindingWarning) {
				t.Errorf(
					"got %s, want one named %s, %s, with %q and what to do",
					strings.Join(alarms(found), "\n"),
					a.id,
					a.state,
					a.words,
				)
			}
			oneVerdict(t, found)
		})
	}
}

// oneVerdict checks that nothing is called well and ill at once.
func oneVerdict(t *testing.T, found []console.Finding) {
	t.Helper()
	states, ill := map[string]console.FindingState{}, []string{}
	for _, f := range found {
		if s, told := states[f.ID]; told && s != f.State {
			t.Errorf("%s: got %s and %s, want one verdict", f.ID, s, f.State)
		}
		states[f.ID] = f.State
		if f.State == console.FindingFailed && f.Area == console.AreaSettings {
			ill = append(ill, f.Subject)
		}
	}
	for _, f := range found {
		for _, name := range ill {
			if f.State == console.FindingOK && strings.Contains(f.Words.String(), name) {
				t.Errorf("got %q beside a failure of %s, want one verdict", f.Words, name)
			}
			if name == "ENCRYPTION_KEYS" && f.Words.ID() == "doctor.storage.keysLater" {
				t.Errorf("got %q although a keyset is required", f.Words)
			}
		}
	}
}

// Before the first serve too a required keyset is not said to be made by it.
func TestDoctorBeforeTheFirstServe(t *testing.T) {
	t.Parallel()
	for name, vars := range map[string]map[string]string{
		"no keyset": {"BASE_URL": publicBase}, "no address": {"BASE_URL": "count"}, "a placeholder": {"BASE_URL": publicBase, "TIKTOK_CLIENT_KEY": "your-client-key", "TIKTOK_CLIENT_SECRET": "x7"},
	} {
		vars["DATABASE_URL"] = "sqlite://" + filepath.Join(t.TempDir(), "none.db")
		c, wrong := config.Examine(vars, tested.Declared())
		d, done := app.Diagnose(t.Context(), c, wrong)
		found := d.Check(t.Context(), true)
		if len(wrong) == 0 || console.Good(found) {
			t.Errorf("%s: got it taken for well", name)
		}
		oneVerdict(t, found)
		if err := done(); err != nil {
			t.Error(err)
		}
	}
}

// Of what nobody has tried doctor does not say that it is well: a channel that nothing was sent to is for a person to
// try, one that took a message is well, and a dead-man's switch is looked at without being fed. Admins are counted,
// not named. // N3
func TestDoctorOfChannels(t *testing.T) {
	t.Parallel()
	w, address := abroad(t, publicBase, nil)
	p := newPatient(t, w, address)
	var fed atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fed.Add(1) }))
	defer receiver.Close()
	p.vars["HEARTBEAT_URL"] = receiver.URL + "/CANARY"
	p.vars["SENTRY_DSN"] = strings.Replace(receiver.URL, "://", "://CANARY@", 1) + "/7"
	p.open(func(a *app.App) {
		for _, name := range []string{"ada", "bob"} {
			_, err := a.Auth.Create(
				viewer.System(t.Context(), viewer.ReasonTest),
				auth.NewUser{Email: name + "@example.com", Name: name, Role: "admin", Password: fault.Secret(password)},
			)
			p.must(err)
		}
	})
	is := func(id string, state console.FindingState, words string) {
		t.Helper()
		found := p.check(false)
		if f, _ := named(found, id); f.State != state || !strings.Contains(f.Words.String(), words) {
			t.Errorf("got %+v, want %s with %q", f, state, words)
		}
		for _, f := range found {
			if strings.Contains(f.Words.String()+f.Todo.String(), "@example.com") {
				t.Errorf("got an admin's address in %q", f.Words)
			}
		}
	}
	is("channels.alert_urls", console.FindingManual, "Not tested yet")
	p.posted(func(d *ent.DeliveryCreate) { d.SetSentAt(time.Now()) })
	is("channels.alert_urls", console.FindingOK, "email to 2 admins")
	is("channels.heartbeat_url", console.FindingOK, "The host is reachable")
	is("channels.sentry_dsn", console.FindingManual, "has not been tested yet")
	if n := fed.Load(); n != 0 {
		t.Errorf("got %d requests, want the switch and Sentry left alone", n)
	}
}

// L1: whatever is set, nothing secret is said, also of settings that cannot be read.
func TestDoctorTellsNoSecret(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"CANARY", "https://u:CANARY@127.0.0.1:1/CANARY?x=CANARY", "smtp://u:CANARY@127.0.0.1:1", "postgres://u:CANARY@127.0.0.1:1/x?y=CANARY", "%CANARY%", "{\"CANARY"} {
		vars := map[string]string{"BASE_URL": publicBase, "SANDBOX": "false"}
		for _, name := range config.Secrets(tested.Declared()) {
			vars[name] = shape
		}
		c, wrong := config.Examine(vars, tested.Declared())
		d, done := app.Diagnose(t.Context(), c, wrong)
		b, err := json.Marshal(d.Check(t.Context(), true))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "CANARY") {
			t.Errorf("%q: got it in %s", shape, b)
		}
		if err := done(); err != nil {
			t.Error(err)
		}
	}
}

// An admin looks at the set-up, has the platforms asked, and sees when; a creator finds no such page.
func TestSetUpPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mina := h.creator("mina@example.com")
	if got := mina.get("/admin/config"); got.status != http.StatusNotFound {
		t.Errorf("a creator: got %d, want 404", got.status)
	}
	if _, err := h.Auth.Create(viewer.System(t.Context(), viewer.ReasonTest), auth.NewUser{Email: "ada@example.com", Name: "Ada", Role: "admin", Password: fault.Secret(password)}); err != nil {
		t.Fatal(err)
	}
	ada := enter(t, h.URL, "ada@example.com", password)
	ada.seen = h.seen
	page := ada.get("/admin/config")
	for id, path := range map[string]string{"hook-instagram-0": "/api/webhooks/instagram/deauthorize", "hook-instagram-1": "/api/webhooks/instagram/data-deletion", "hook-tiktok-0": "/api/webhooks/tiktok"} { //
		if !strings.Contains(page.body, path+`"`) || !strings.Contains(page.body, `data-copy="`+id+`"`) {
			t.Errorf("got no %s to copy on the page", path)
		}
	}
	for _, want := range []string{"Setup check", h.URL + config.CallbackPath("tiktok"), "TIKTOK_CLIENT_KEY", "were not tested", "ALERT_URLS"} {
		if page.status != http.StatusOK || !strings.Contains(page.body, want) {
			t.Errorf("got %d and no %q, want it on the page", page.status, want)
		}
	}
	if _, err := h.Store.SQL().ExecContext(t.Context(), "UPDATE audit_events SET result = 'changed' WHERE action = 'sign_in'"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what takes long is read when it is asked for alone
		if page = ada.get("/admin/config"); strings.Contains(page.body, "The audit log was changed") ||
			strings.Count(page.body, "Not checked yet. Run the full check.") < 2 {
			t.Error("got the audit log and the tokens read through, want that left to the button")
		}
	}
	ada.post("/admin/config/probe", nil)
	if page = ada.get("/admin/config"); !strings.Contains(page.body, "The audit log was changed") ||
		strings.Contains(page.body, "Not checked yet. Run the full check.") {
		t.Error("got no word of a changed log after everything was looked at")
	}
	if _, err := h.Store.SQL().ExecContext(t.Context(), "UPDATE audit_events SET result = 'ok' WHERE action = 'sign_in'"); err != nil { // as they were
		t.Fatal(err)
	}
	if got := ada.post("/admin/config/probe", nil); got.status != http.StatusSeeOther || got.location != "/admin/config" {
		t.Fatalf("got %d to %q, want the page again", got.status, got.location)
	}
	page = ada.get("/admin/config")
	for _, alarm := range []string{">Wrong<", ">Could not tell<"} { // at home, with stand-ins, over plain http
		if strings.Contains(page.body, alarm) {
			t.Errorf("got %s on the page, want no such alarm", alarm)
		}
	}
	for _, want := range []string{"TikTok accepts the client key and secret.", "Instagram knows the app id.", "Last full check"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("got no %q, want what the platforms said", want)
		}
	}
	h.noCanary()
}
