package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

var (
	errBlocked  = errors.New("address refused")
	errRedirect = errors.New("redirect refused")
)

// guard decides at dial time, when the name is already an address: a name that points inside, or
// starts to between check and call, is refused. Only hosts a setting names are free of it.
type guard struct {
	allow   map[string]bool
	plain   net.Dialer
	guarded net.Dialer
}

func newGuard(allow []string) *guard {
	g := &guard{allow: map[string]bool{}, plain: net.Dialer{Timeout: 5 * time.Second}}
	for _, h := range allow {
		g.allow[strings.ToLower(h)] = true
	}
	safe := ssrf.New().Safe
	g.guarded = net.Dialer{Timeout: 5 * time.Second, Control: safe}
	return g
}

// allowed reports whether a setting names the host, with or without its port.
func (g *guard) allowed(hostport string) bool {
	hostport = strings.ToLower(hostport)
	host, _, err := net.SplitHostPort(hostport)
	return g.allow[hostport] || (err == nil && g.allow[strings.Trim(host, "[]")])
}

func (g *guard) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if g.allowed(addr) {
		return g.plain.DialContext(ctx, network, addr)
	}
	if _, port, err := net.SplitHostPort(addr); err != nil || port != "443" {
		return nil, errBlocked // nothing but https leaves unless a setting says so
	}
	conn, err := g.guarded.DialContext(ctx, network, addr)
	if err != nil &&
		(errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) ||
			errors.Is(err, ssrf.ErrProhibitedNetwork)) {
		return nil, fmt.Errorf("%w: %w", errBlocked, err)
	}
	return conn, err
}

// redirect lets a call without secrets follow few redirects of the same scheme; a call with one
// gets the redirect itself as its answer, which Do refuses.
func (g *guard) redirect(req *http.Request, via []*http.Request) error {
	if secret, _ := req.Context().Value(secretKey{}).(bool); secret {
		return http.ErrUseLastResponse
	}
	if len(via) > maxRedirect || req.URL.Scheme != via[0].URL.Scheme || via[0].Method != http.MethodGet {
		return errRedirect
	}
	return nil
}
