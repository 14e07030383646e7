package edge

import (
	"net/http"
	"net/netip"
	"strings"
)

// plainForwarded takes the ports out of the addresses that proxies write down: 198.51.100.9:41000, [2001:db8::9]:41000.
// Gin knows addresses alone, and would take the proxy itself for the person.
func plainForwarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"X-Forwarded-For", "X-Real-Ip"} {
			for i, line := range r.Header[name] {
				parts := strings.Split(line, ",")
				for k, part := range parts {
					parts[k] = withoutPort(strings.TrimSpace(part))
				}
				r.Header[name][i] = strings.Join(parts, ", ")
			}
		}
		next.ServeHTTP(w, r)
	})
}

func withoutPort(s string) string {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Addr().WithZone("").String()
	}
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.String()
	}
	return s
}
