package creators

import (
	"context"
	"strings"

	"github.com/truecount/truecount/app/connect"
)

// outcome says in a sentence how a consent ended.
func (s *Pages) outcome(ctx context.Context, o connect.Outcome) (tone, text string) {
	spec, _ := s.Platforms.Spec(o.Platform)
	name, handle := spec.Name, at(o.Handle)
	switch {
	case o.Reason == "" && o.Limited:
		return "warn", name + " is partly connected" + as(handle) + ": some permissions were not given, so some numbers will be missing. The first sync is under way."
	case o.Reason == "":
		return "ok", name + " is connected" + as(handle) + ". The first sync is under way."
	case o.Reason == connect.ReasonWrongAccount && handle != "":
		return "err", "You agreed as " + at(o.Other) + ", but were reconnecting " + handle + " on " + name + ". Nothing was changed. Try again with " + handle +
			", or add " + at(o.Other) + " as a new account on Connections."
	default:
		return s.failed(ctx, o.Platform+"_"+string(o.Reason))
	}
}

func at(handle string) string {
	if handle == "" {
		return ""
	}
	return "@" + handle
}

func as(handle string) string {
	if handle == "" {
		return ""
	}
	return " as " + handle
}

// failed turns the code of the address a consent ends on into a sentence. What is not one of ours
// says nothing.
func (s *Pages) failed(ctx context.Context, failure string) (tone, text string) {
	for _, spec := range s.Platforms.Specs() {
		reason, ours := strings.CutPrefix(failure, spec.ID+"_")
		if !ours {
			continue
		}
		if r, known := spec.Refusal(reason); known {
			return "err", r.Says
		}
		if sentence, known := reasons[connect.Reason(reason)]; known {
			tone = "err"
			if connect.Reason(reason) == connect.ReasonAuthDenied {
				tone = "info"
			}
			if r := connect.Reason(reason); r == connect.ReasonExchangeFailed || r == connect.ReasonProfileFailed {
				if s.o.Connect.Grants.Held(ctx, spec.ID) != nil {
					sentence = "{platform} is not available here now: it refuses this installation, not you or your account. Nothing was changed. Try again later."
				}
			}
			return tone, strings.ReplaceAll(sentence, "{platform}", spec.Name)
		}
	}
	return "", ""
}

// reasons are what happened, what it means, and what the person can do.
var reasons = map[connect.Reason]string{
	connect.ReasonAuthDenied:     "You did not give access on {platform}, so nothing was connected and nothing was changed. You can connect it at any time.",
	connect.ReasonMissingScope:   "{platform} was not connected: the permission to read the account itself was not given. Connect again and leave it ticked.",
	connect.ReasonExchangeFailed: "{platform} did not complete the connection. Nothing was changed. Please try again; if it fails again, tell the person who runs this installation.",
	connect.ReasonProfileFailed:  "{platform} gave access but did not tell which account it is for. Nothing was stored. Please try again in a few minutes.",
	connect.ReasonAccountInUse:   "This {platform} account is already connected by somebody else here. Nothing was changed. They would have to disconnect it first.",
	connect.ReasonWrongAccount:   "You agreed with another {platform} account than the one you were reconnecting. Nothing was changed. Try again with the right one, or connect the other as a new account.",
}
