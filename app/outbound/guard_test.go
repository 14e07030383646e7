package outbound

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A call without secrets follows three redirects and no fourth, of one scheme, and as a GET alone. // W5
func TestRedirectsAreFewAndOfOneScheme(t *testing.T) {
	t.Parallel()
	var hops atomic.Int64
	secure := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hops.Add(100) }))
	t.Cleanup(secure.Close)
	c, at, _ := stand(
		t,
		Options{Allow: []string{strings.TrimPrefix(secure.URL, "https://")}},
		func(w http.ResponseWriter, r *http.Request) {
			hops.Add(1)
			switch left := strings.TrimPrefix(r.URL.Path, "/"); left {
			case "0":
				_, _ = w.Write([]byte("here"))
			case "secure":
				http.Redirect(w, r, secure.URL, http.StatusFound)
			default:
				http.Redirect(w, r, "/"+string(left[0]-1), http.StatusFound)
			}
		},
	)
	for path, want := range map[string]struct {
		kind Kind
		hops int64
	}{"/0": {"", 1}, "/1": {"", 2}, "/3": {"", 4}, "/4": {KindRedirect, 4}, "/9": {KindRedirect, 4}, "/secure": {KindRedirect, 1}} {
		hops.Store(0)
		_, err := c.Do(t.Context(), Request{Method: http.MethodGet, URL: at + path, Once: true})
		if kind(err) != want.kind || hops.Load() != want.hops {
			t.Errorf("%s: got %v after %d calls, want %q after %d", path, err, hops.Load(), want.kind, want.hops)
		}
	}
	for _, r := range []Request{{Method: http.MethodPost}, {Method: http.MethodDelete}, {Method: http.MethodPut}} {
		hops.Store(0)
		r.URL = at + "/1"
		if _, err := c.Do(t.Context(), r); kind(err) != KindRedirect || hops.Load() != 1 {
			t.Errorf("%s: got %v after %d calls, want the redirect refused", r.Method, err, hops.Load())
		}
	}
}

// names is a server of names whose answers change from one question to the next.
type names struct {
	mu      sync.Mutex
	answers []netip.Addr // the last one stands
	asked   int
}

func (n *names) serve(c net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		size, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		_, _ = c.WriteTo(n.answer(buf[:size]), from)
	}
}

// answer gives one address record to a question of its kind, and none to another (RFC 1035, section 4).
func (n *names) answer(q []byte) []byte {
	const header = 12
	end := header
	for q[end] != 0 {
		end += int(q[end]) + 1
	}
	kind := binary.BigEndian.Uint16(q[end+1:])
	out := append([]byte{}, q[:end+5]...)
	out[2], out[3] = 0x84, 0 // an answer, of authority
	binary.BigEndian.PutUint16(out[8:], 0)
	binary.BigEndian.PutUint16(out[10:], 0)
	n.mu.Lock()
	defer n.mu.Unlock()
	addr := n.answers[min(n.asked, len(n.answers)-1)]
	const a, aaaa = 1, 28
	if (kind == a) != addr.Is4() || (kind != a && kind != aaaa) {
		return out
	}
	n.asked++
	binary.BigEndian.PutUint16(out[6:], 1)
	out = append(out, 0xc0, header, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(addr.BitLen()/8))
	return append(out, addr.AsSlice()...)
}

// A name that leads inside is refused where it is dialled, whatever it said when it was asked before. // W5
func TestNamesThatMove(t *testing.T) {
	t.Parallel()
	server, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	n := &names{}
	go n.serve(server)
	g := newGuard([]string{"hooks.example.com:443"})
	g.guarded.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	c := New(Options{})
	t.Cleanup(c.Close)
	c.http.Transport = &http.Transport{DialContext: g.dial}
	c.http.CheckRedirect = g.redirect
	for _, inside := range []string{
		"127.0.0.1", "10.1.2.3", "172.16.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fd12::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1",
	} {
		addr := netip.MustParseAddr(inside)
		n.mu.Lock()
		n.answers, n.asked = []netip.Addr{netip.MustParseAddr("203.0.113.7"), addr}, 1 // it said something else before
		n.mu.Unlock()
		start := time.Now()
		_, err := c.Do(t.Context(), Request{Method: http.MethodPost, URL: "https://moves.example/"})
		if kind(err) != KindBlocked {
			t.Errorf("%s: got %v after %s, want %s", inside, err, time.Since(start).Round(time.Millisecond), KindBlocked)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.asked < 2 {
		t.Error("got no question, want the name looked up where it is dialled")
	}
}
