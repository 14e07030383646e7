package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/truecount/truecount/app"
	"github.com/truecount/truecount/app/store/storetest"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent/run"
)

// complaints are what a browser found wrong with the pages it was shown.
type complaints struct {
	mu  sync.Mutex
	all []string
}

func (c *complaints) add(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, fmt.Sprintf(format, args...))
}

func (c *complaints) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.all, "\n")
}

// hear is told everything the browser says.
func (c *complaints) hear(ev any) {
	switch e := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			for _, a := range e.Args {
				c.add("console %s: %s%s", e.Type, a.Value, a.Description)
			}
		}
	case *runtime.EventExceptionThrown:
		c.add("exception: %s", e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError {
			c.add("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			c.add("answer %d: %s", e.Response.Status, e.Response.URL)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled { // leaving a page cancels what it was still asking
			c.add("request failed: %s %s", e.Type, e.ErrorText)
		}
	case *runtime.EventBindingCalled:
		c.add("content policy: %s", e.Payload)
	}
}

// watch runs in every page before its own scripts. Popups are blocked, as many browsers do, so
// that a consent stays in the same tab.
const watch = `window.open = () => null;
addEventListener("securitypolicyviolation", (e) => violated(e.violatedDirective + " " + e.blockedURI + " " + document.URL));`

// demo starts the program with its sandbox and gives the demo's password.
func demo(t *testing.T) (s *app.Server, word string) {
	t.Helper()
	return demoWith(t, nil)
}

// demoWith is the same with further settings.
func demoWith(t *testing.T, more map[string]string) (s *app.Server, word string) {
	t.Helper()
	vars := map[string]string{
		"SANDBOX":           "true",
		"ADDR":              "127.0.0.1:0",
		"DATABASE_URL":      storetest.URL(t),
		"SYNC_INTERVAL_MIN": "0",
	}
	maps.Copy(vars, more)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err = app.Start(t.Context(), app.Options{Platforms: tested, Config: load(t, vars)}, l, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	ctx := viewer.System(t.Context(), viewer.ReasonTest)
	until(t, "the first syncs end", func() bool {
		return s.Store.Client.Run.Query().Where(run.CompletedAtIsNil()).CountX(ctx) == 0
	})
	secret, err := s.Auth.Demo.Password(viewer.System(t.Context(), viewer.ReasonTest))
	if err != nil {
		t.Fatal(err)
	}
	return s, secret.Reveal()
}

// tab opens Chromium and gives its tab, with everything it complains about.
func tab(t *testing.T) (context.Context, *complaints) {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("Chromium is not installed: apt-get install chromium")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(
			path,
		), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.WindowSize(1360, 900),
		// A browser nobody looks at draws no frames, and the transition between two pages would never end.
		chromedp.Flag("force-prefers-reduced-motion", true),
		chromedp.Flag(
			"disable-background-networking",
			true,
		), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	}
	ctx, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*patience) // the pages are many
	t.Cleanup(cancel)
	c := &complaints{}
	chromedp.ListenTarget(ctx, c.hear)
	act(
		t,
		ctx,
		"open the tab",
		network.Enable(),
		log.Enable(),
		runtime.AddBinding("violated"),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := page.AddScriptToEvaluateOnNewDocument(watch).Do(ctx)
			return err
		}),
	)
	return ctx, c
}

func act(t *testing.T, ctx context.Context, what string, actions ...chromedp.Action) {
	t.Helper()
	for _, action := range actions {
		err := chromedp.Run(ctx, action)
		for deadline := time.Now().Add(patience); gone(err) && time.Now().Before(deadline); {
			err = chromedp.Run(ctx, action)
		}
		if err != nil {
			var where, text string
			_ = chromedp.Run(ctx, chromedp.Location(&where), chromedp.Evaluate(`document.body.innerText`, &text))
			t.Fatalf("%s: %v\nat %s:\n%s", what, err, where, text)
		}
	}
}

// gone says whether an action failed because its element left the page between being found and being used, as happens
// when a page is replaced just then. Nothing was done to the element, and the action can be tried again.
func gone(err error) bool {
	var refused *cdproto.Error
	return errors.As(err, &refused) && strings.Contains(refused.Message, "ode with given id")
}

// back goes one page back in the tab's history and waits until another document stands there: what the old one says is
// no answer.
func back() chromedp.Action {
	return chromedp.Tasks{
		chromedp.Evaluate(`window.left = true; history.back()`, nil),
		becomes("another document", `!window.left && document.readyState === "complete"`),
	}
}

// sees waits until an element says the words.
func sees(selector, words string) chromedp.Action {
	quoted, _ := json.Marshal([]string{selector, words})
	return becomes(fmt.Sprintf("%q in %s", words, selector), fmt.Sprintf(
		`(([s, w]) => [...document.querySelectorAll(s)].some((e) => e.innerText.includes(w)))(%s)`,
		quoted,
	))
}

// becomes waits until an expression of the page is true, whatever documents come and go meanwhile.
func becomes(what, expression string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			var there bool // a page that is being left answers with an error: the next one is asked
			if err := chromedp.Evaluate(expression, &there).Do(ctx); err == nil && there {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("not seen: %s: %w", what, ctx.Err())
			case <-tick.C:
			}
		}
	})
}

func signIn(t *testing.T, ctx context.Context, base, email, word string) {
	t.Helper()
	act(t, ctx, "sign in as "+email,
		chromedp.Navigate(base+"/login"),
		chromedp.SendKeys(`#login input[name="email"]`, email, chromedp.ByQuery),
		chromedp.SendKeys(`#login input[name="password"]`, word, chromedp.ByQuery),
		chromedp.Click(`#login button[type="submit"]`, chromedp.ByQuery),
		chromedp.WaitVisible(`form[action="/logout"]`, chromedp.ByQuery))
}
