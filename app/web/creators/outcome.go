package creators

import (
	"context"
	"strings"

	"github.com/truecount/truecount/app/connect"
	"github.com/truecount/truecount/app/words"
)

// outcome says in a sentence how a consent ended.
func (s *Pages) outcome(ctx context.Context, o connect.Outcome) (tone string, text words.Text) {
	spec, _ := s.Platforms.Spec(o.Platform)
	name, handle := spec.Name, displayHandle(o.Handle)
	switch {
	case o.Reason == "" && o.Limited && handle != "":
		return "warn", words.New("creator.connected.limitedAs", "Platform", name, "Handle", handle)
	case o.Reason == "" && o.Limited:
		return "warn", words.New("creator.connected.limited", "Platform", name)
	case o.Reason == "" && handle != "":
		return "ok", words.New("creator.connected.yesAs", "Platform", name, "Handle", handle)
	case o.Reason == "":
		return "ok", words.New("creator.connected.yes", "Platform", name)
	case o.Reason == connect.ReasonWrongAccount && handle != "":
		return "err",
			words.New("creator.connected.wrongHandle", "Other", displayHandle(o.Other), "Handle", handle, "Platform", name)
	default:
		return s.failed(ctx, o.Platform+"_"+string(o.Reason))
	}
}

func displayHandle(handle string) string {
	if handle == "" {
		return ""
	}
	return "@" + handle
}

// failed says why a consent did not become a connection. failure is platform_reason as in the address; there are no
// words for what is not one.
func (s *Pages) failed(ctx context.Context, failure string) (tone string, text words.Text) {
	for _, spec := range s.Platforms.Specs() {
		reason, ours := strings.CutPrefix(failure, spec.ID+"_")
		if !ours {
			continue
		}
		if r, known := spec.Refusal(reason); known {
			return "err", words.Plain(r.Says)
		}
		switch r := connect.Reason(reason); r {
		case connect.ReasonAuthDenied:
			return "info", words.New("creator.failed.denied", "Platform", spec.Name)
		case connect.ReasonMissingScope:
			return "err", words.New("creator.failed.scope", "Platform", spec.Name)
		case connect.ReasonAccountInUse:
			return "err", words.New("creator.failed.inUse", "Platform", spec.Name)
		case connect.ReasonWrongAccount:
			return "err", words.New("creator.failed.wrongAccount", "Platform", spec.Name)
		case connect.ReasonExchangeFailed, connect.ReasonProfileFailed:
			switch {
			case s.o.Connect.Grants.Held(ctx, spec.ID) != nil:
				return "err", words.New("creator.failed.held", "Platform", spec.Name)
			case r == connect.ReasonProfileFailed:
				return "err", words.New("creator.failed.profile", "Platform", spec.Name)
			default:
				return "err", words.New("creator.failed.exchange", "Platform", spec.Name)
			}
		}
	}
	return "", words.Text{}
}
