package admins

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/truecount/truecount/app/auth"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/sandbox"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/admin/setup"
)

// Panel shows what is wrong on purpose, and what was asked of the pretend platforms.
func (s *Sandbox) Panel(c *gin.Context) error {
	v := setup.SandboxView{}
	for _, k := range s.world.FaultMenu() {
		v.Menu = append(v.Menu, setup.FaultKind{Kind: string(k.Kind), Label: k.Label, Expect: k.Expect, Needs: k.Needs})
	}
	w := s.world
	for _, spec := range s.Platforms.Specs() {
		p := setup.SandboxPlatform{ID: spec.ID, Name: spec.Name, Units: w.Units(spec.ID)}
		for _, a := range w.Accounts(spec.ID) {
			p.Accounts = append(
				p.Accounts,
				setup.SandboxAccount{ID: a.ID, Name: accountName(a), Grants: w.GrantCount(spec.ID, a.ID)},
			)
		}
		calls := w.Calls(spec.ID)
		for _, endpoint := range slices.Sorted(maps.Keys(calls)) {
			p.Calls = append(p.Calls, setup.SandboxCalls{Endpoint: endpoint, Count: calls[endpoint]})
		}
		v.Platforms = append(v.Platforms, p)
	}
	for _, f := range w.Faults() {
		v.Faults = append(v.Faults, setup.PlantedFault{
			ID: f.ID, Label: s.faultLabel(f.Kind), Platform: s.platformName(f.Platform),
			Account: s.accountName(f.Platform, f.Account),
			Detail:  faultDetail(f.Fault), Hits: f.Hits, Left: f.Left,
		})
	}
	return s.Show(c, setup.Sandbox(s.Page(c, words.New("admin.title.faults")), v))
}

func accountName(a sandbox.Account) string {
	if a.Handle != "" {
		return "@" + a.Handle
	}
	return a.Name
}

func (s *Sandbox) platformName(id string) string {
	if spec, ok := s.Platforms.Spec(id); ok {
		return spec.Name
	}
	return "all platforms"
}

func (s *Sandbox) accountName(platform, id string) string {
	if a, ok := s.world.Account(platform, id); ok {
		return accountName(a)
	}
	return "every account"
}

func (s *Sandbox) faultLabel(kind sandbox.FaultKind) string {
	menu := s.world.FaultMenu()
	if i := slices.IndexFunc(menu, func(k sandbox.FaultWords) bool { return k.Kind == kind }); i >= 0 {
		return menu[i].Label
	}
	return string(kind)
}

func faultDetail(f sandbox.Fault) string {
	switch {
	case f.Status != 0:
		return "status " + strconv.Itoa(f.Status)
	case f.Delay > 0:
		return f.Delay.String()
	default:
		return f.Body
	}
}

// AddFault puts a fault in place, of one account, one platform, or all.
func (s *Sandbox) AddFault(c *gin.Context) error {
	f := sandbox.Fault{Platform: c.PostForm("platform"), Account: c.PostForm("account"),
		Kind: sandbox.FaultKind(c.PostForm("kind"))}
	menu := s.world.FaultMenu()
	i := slices.IndexFunc(menu, func(k sandbox.FaultWords) bool { return k.Kind == f.Kind })
	if i < 0 {
		return fault.New(fault.Invalid, words.New("errors.demo.fault"))
	}
	if p, account, ok := cutAccount(f.Account); ok {
		f.Platform, f.Account = p, account
	}
	if _, ok := s.Platforms.Spec(f.Platform); f.Platform != "" && !ok {
		return fault.New(fault.Invalid, words.New("errors.demo.platform"))
	}
	if _, ok := s.world.Account(f.Platform, f.Account); f.Account != "" && !ok {
		return fault.New(fault.Invalid, words.New("errors.demo.account"))
	}
	var err error
	if f.Times, err = wholeNumber(c, "times", 0, 1000); err != nil {
		return err
	}
	switch menu[i].Needs {
	case "status":
		if f.Status, err = wholeNumber(c, "status", 400, 599); err != nil {
			return err
		}
	case "delay":
		seconds, err := wholeNumber(c, "delay", 1, 60)
		if err != nil {
			return err
		}
		f.Delay = time.Duration(seconds) * time.Second
	case "body":
		if f.Body = c.PostForm("metric"); !slices.Contains(menu[i].Choices, f.Body) {
			return fault.New(fault.Invalid, words.New("errors.demo.metric", "Metrics", strings.Join(menu[i].Choices, ", ")))
		}
	}
	if f.Kind == sandbox.FaultRedirect {
		f.Header = map[string]string{"Location": "http://127.0.0.1:9/"}
	}
	id := s.world.AddFault(f)
	s.Audit(c, auth.Event{Action: "plant_fault", Target: string(f.Kind) + " " + f.Platform, Result: "ok"})
	return s.panelSays(
		c,
		words.New(
			"admin.demo.added",
			"ID",
			strconv.Itoa(id),
			"What",
			s.faultLabel(f.Kind),
			"Platform",
			s.platformName(f.Platform),
			"Account",
			s.accountName(f.Platform, f.Account),
		),
	)
}

// wholeNumber reads a number of the form; an empty field of one that may be 0 is 0.
func wholeNumber(c *gin.Context, field string, least, most int) (int, error) {
	text := c.PostForm(field)
	if text == "" && least == 0 {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fault.New(fault.Invalid, words.New("errors.demo.number", "Least", least, "Most", most, "Field", field))
	}
	return n, nil
}

// cutAccount parts "platform/account" of a menu that offers the accounts of all platforms.
func cutAccount(s string) (platform, account string, ok bool) {
	for i := range s {
		if s[i] == '/' {
			return s[:i], s[i+1:], true
		}
	}
	return "", s, false
}

func (s *Sandbox) RemoveFault(c *gin.Context) error {
	id, err := strconv.Atoi(c.Param("id"))
	if err != nil || !s.world.RemoveFault(id) {
		return s.panelSays(c, words.New("admin.demo.removedBefore"))
	}
	s.Audit(c, auth.Event{Action: "lift_fault", Target: c.Param("id"), Result: "ok"})
	return s.panelSays(c, words.New("admin.demo.removed", "ID", strconv.Itoa(id)))
}

func (s *Sandbox) RemoveFaults(c *gin.Context) error {
	s.world.RemoveFaults()
	s.Audit(c, auth.Event{Action: "lift_fault", Target: "all", Result: "ok"})
	return s.panelSays(c, words.New("admin.demo.removedAll"))
}

// EndAccess lets an account's access end at the platform: its access token alone, or the whole grant.
func (s *Sandbox) EndAccess(c *gin.Context) error {
	platform, account, ok := cutAccount(c.PostForm("account"))
	if _, known := s.world.Account(platform, account); !ok || !known {
		return fault.New(fault.Invalid, words.New("errors.demo.account"))
	}
	w, name, on := words.In(c.Request.Context()), s.accountName(platform, account), s.platformName(platform)
	do, what := s.world.Expire, w.Say("admin.demo.expired", "Account", name, "Platform", on)
	if c.PostForm("how") == "revoke" {
		do, what = s.world.Revoke, w.Say("admin.demo.revoked", "Account", name, "Platform", on)
	}
	if s.world.GrantCount(platform, account) == 0 {
		return fault.New(fault.Conflict, words.New("errors.demo.noAccess"))
	}
	if err := do(platform, account); err != nil {
		return fmt.Errorf("end access of %s on %s: %w", account, platform, err)
	}
	s.Audit(
		c,
		auth.Event{Action: "end_access", Target: platform + " account:" + fault.Secret(account).Digest()[:16], Result: "ok"},
	)
	return s.panelSays(c, words.Plain(what))
}

func (s *Sandbox) panelSays(c *gin.Context, text words.Text) error {
	s.Flash(c, "ok", text)
	c.Redirect(http.StatusSeeOther, SandboxPage)
	return nil
}
