package layout

import "strings"

// explained leads from a page to the document that explains it; the longest beginning of the address counts.
var explained = []struct{ path, slug string }{
	{"/admin/alerts", "alerts"},
	{"/admin/audit", "data-map"},
	{"/admin/config", "start"},
	{"/admin/connections", "access"},
	{"/admin/failures", "troubleshooting"},
	{"/admin/quotas", "sizes"},
	{"/admin/runs", "syncing"},
	{"/admin/users", "deletion"},
	{"/admin", "syncing"},
	{"/connections", "connect"},
	{"/dashboard", "numbers"},
	{"/explain", "numbers"},
	{"/reconnect", "connect"},
	{"/settings", "your-data"},
}

// helpFor gives the address of the document that explains a page; empty when none does.
func helpFor(path string) string {
	for _, e := range explained {
		if path == e.path || strings.HasPrefix(path, e.path+"/") {
			return "/help/" + e.slug
		}
	}
	return ""
}
