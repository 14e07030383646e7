package notify

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/truecount/truecount/app/fault"
)

// ownHost lists the services that run on a host of the operator's; the others' hosts are fixed and public.
var ownHost = []string{"gotify", "mattermost", "ntfy", "rocketchat"}

// Hosts gives host:port of every host that these addresses name: places of ALERT_URLS, a heartbeat, a DSN.
// An empty or unreadable address names none.
func Hosts(urls ...fault.Secret) []string {
	var hosts []string
	for _, raw := range urls {
		p, err := parse(raw)
		if err != nil || p.url.Hostname() == "" {
			continue
		}
		u := p.url
		switch {
		case p.kind == "webhook", p.kind == "teams":
			u = target(p.url)
		case !slices.Contains(ownHost, p.kind):
			continue
		}
		ports := []string{u.Port()}
		if ports[0] == "" {
			ports = []string{"443"}
			if u.Scheme == "http" {
				ports = []string{"80"}
			} else if u.Scheme != "https" {
				ports = []string{"443", "80"} // a service's own parameters decide
			}
		}
		for _, port := range ports {
			hosts = append(hosts, strings.ToLower(net.JoinHostPort(u.Hostname(), port)))
		}
	}
	return hosts
}

// target is where a webhook's messages go: https unless the address says otherwise.
func target(u *url.URL) *url.URL {
	to := *u
	to.Fragment, to.RawFragment = "", ""
	base, carrier, _ := strings.Cut(u.Scheme, "+")
	switch {
	case base == "http" || carrier == "http":
		to.Scheme = "http"
	case base == "generic" && carrier == "" && isTrue(u.Query().Get("disabletls")):
		to.Scheme = "http"
	default:
		to.Scheme = "https"
	}
	return &to
}

func isTrue(s string) bool {
	return slices.Contains([]string{"1", "true", "yes"}, strings.ToLower(s))
}
