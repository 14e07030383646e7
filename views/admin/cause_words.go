package admin

import (
	"github.com/truecount/truecount/app/console"
	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/health"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/views/layout"
)

// cause says in one sentence why syncs of a platform failed. The code, which has the detail, stands beside it.
func cause(platform, code string) words.Text {
	switch fault.Code(code) {
	case fault.Timeout:
		return words.New("admin.cause.timeout", "Platform", platform)
	case fault.Network:
		return words.New("admin.cause.network", "Platform", platform)
	case fault.RateLimit:
		return words.New("admin.cause.rateLimit", "Platform", platform)
	case fault.QuotaExhausted:
		return words.New("admin.cause.quota", "Platform", platform)
	case fault.PlatformError:
		return words.New("admin.cause.platform", "Platform", platform)
	case fault.BadResponse:
		return words.New("admin.cause.response", "Platform", platform)
	case fault.AuthFailed:
		return words.New("admin.cause.refused", "Platform", platform)
	case fault.AuthExpired:
		return words.New("admin.cause.expired", "Platform", platform)
	case fault.AuthRevoked:
		return words.New("admin.cause.revoked", "Platform", platform)
	case fault.ScopeMissing:
		return words.New("admin.cause.permission", "Platform", platform)
	case fault.NotFound:
		return words.New("admin.cause.gone", "Platform", platform)
	case fault.AppRefused:
		return words.New("admin.cause.app", "Platform", platform)
	case fault.NotConfigured:
		return words.New("admin.cause.config", "Platform", platform)
	case fault.NotConnected:
		return words.New("admin.cause.disconnected")
	case fault.Conflict:
		return words.New("admin.cause.conflict")
	default:
		return words.New("admin.cause.internal")
	}
}

// accountCause says in one sentence why an account has its status: what was stored about it, else what its code means.
// It is empty when there is nothing to say.
func accountCause(p layout.Page, r console.ConnectionRow) words.Text {
	if r.Words != "" || r.Code == "" {
		return words.Plain(r.Words)
	}
	return cause(platformName(p, r.Platform), r.Code)
}

// waitingOn says who must act after syncs of a platform failed, and what they do or what happens by itself.
func waitingOn(platform, code string) words.Text {
	creator, admin := words.New("admin.waiting.creator"), words.New("admin.waiting.admin")
	them := words.New("admin.waiting.platform", "Platform", platform)
	switch fault.Code(code) {
	case fault.AuthFailed, fault.AuthExpired, fault.AuthRevoked:
		return words.Dots(creator, words.New("admin.waiting.reconnect"))
	case fault.ScopeMissing:
		return words.Dots(creator, words.New("admin.waiting.permission"))
	case fault.NotFound:
		return words.Dots(creator, words.New("admin.waiting.otherAccount"))
	case fault.AppRefused, fault.NotConfigured:
		return words.Dots(admin, words.New("admin.waiting.credentials"))
	case fault.Network:
		return words.Dots(admin, words.New("admin.waiting.network"))
	case fault.BadResponse:
		return words.Dots(admin, words.New("admin.waiting.update"))
	case fault.RateLimit, fault.Timeout, fault.PlatformError:
		return words.Dots(them, words.New("admin.waiting.nextSync"))
	case fault.QuotaExhausted:
		return words.New("admin.waiting.nothing")
	case fault.NotConnected, fault.Conflict:
		return words.New("admin.waiting.dismiss")
	default:
		return words.Dots(admin, words.New("admin.waiting.open"))
	}
}

// groupFacts says how many syncs a group has and who must act.
func groupFacts(p layout.Page, g health.FailureGroup) words.Text {
	return words.Dots(
		words.New("admin.waiting.syncs", "Count", g.Count),
		waitingOn(platformName(p, g.Platform), g.Code),
	)
}
