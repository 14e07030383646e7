package sandbox

import "slices"

// FaultWords says in words what a kind of fault does, and what a sound client makes of it.
type FaultWords struct {
	Kind    FaultKind
	Label   string   // what happens, in a few words
	Expect  string   // the expected result, one sentence or two
	Needs   string   // "status", "delay" or "body" when the kind takes one
	Choices []string // what the body may be, where it takes one
}

// anyPlatform are the faults that every platform can have, in the order of a tour.
var anyPlatform = []FaultWords{
	{
		Kind:   FaultRateLimit,
		Label:  "The account is rate limited",
		Expect: "Its sync waits and uses no attempt; other accounts continue. On a platform with one limit for all accounts, the others wait too.",
	},
	{
		Kind:   FaultAppLimit,
		Label:  "The whole app is rate limited",
		Expect: "This platform's syncs wait; other platforms continue.",
	},
	{
		Kind:   FaultStatus,
		Label:  "Answers with a status",
		Expect: "5xx: retried, and failed after 5 attempts. 401: access is renewed once. 403: the platform may count as refusing this installation.",
		Needs:  "status",
	},
	{Kind: FaultDelay, Label: "Answers late", Expect: "Slower; a timeout from 15 seconds on.", Needs: "delay"},
	{Kind: FaultHang, Label: "Never answers", Expect: "A timeout, then a retry. No worker is lost."},
	{
		Kind:   FaultCut,
		Label:  "Breaks off in the middle",
		Expect: "A network failure, then a retry. Nothing incomplete is stored.",
	},
	{
		Kind:   FaultHTML,
		Label:  "Answers with a web page",
		Expect: "An unexpected response; the log has its shape. Stored numbers are kept.",
	},
	{Kind: FaultEmpty, Label: "Answers with nothing", Expect: "An unexpected response. No number becomes zero."},
	{Kind: FaultFlood, Label: "Answers without end", Expect: "Cut at 8 MiB: an unexpected response."},
	{Kind: FaultBomb, Label: "Answers with a compression bomb", Expect: "Cut at 8 MiB unpacked: an unexpected response."},
	{Kind: FaultDrip, Label: "Answers one byte at a time", Expect: "A timeout, then a retry."},
	{Kind: FaultHeaders, Label: "Sends headers without end", Expect: "A network failure, then a retry."},
	{Kind: FaultRedirect, Label: "Redirects elsewhere", Expect: "Not followed: the token goes nowhere else."},
	{
		Kind:   FaultLost,
		Label:  "Acts and does not answer",
		Expect: "On a token refresh, the platform holds a token that Truecount never received.",
	},
}

// FaultMenu lists the faults that a person can add: those of every platform, then those that only a mounted fake has.
func (f faultBook) FaultMenu() []FaultWords {
	f.world.mu.RLock()
	defer f.world.mu.RUnlock()
	return slices.Concat(anyPlatform, f.world.faultWords)
}
