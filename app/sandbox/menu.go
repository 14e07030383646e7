package sandbox

// FaultWords tells of a kind of fault what it does and what a good client should make of it.
type FaultWords struct {
	Kind   string
	Label  string // what happens, in a few words
	Expect string // what should come of it, one sentence
	Needs  string // "status", "delay", "body" when the kind takes one
}

// FaultMenu lists the faults a person can plant, in the order of a tour.
func FaultMenu() []FaultWords {
	return []FaultWords{
		{FaultRateLimit, "The account is rate limited", "Its run waits, with the time; no attempt is used up, and other accounts go on. TikTok has one limit for all, so there the others wait too.", ""},
		{FaultAppLimit, "The whole app is rate limited", "The platform's runs wait; the other platforms go on.", ""},
		{FaultStatus, "Answers with a status", "5xx: tried again, and after five attempts a dead letter. 401: access is renewed once. 403 on YouTube: the installation is refused.", "status"},
		{FaultDelay, "Answers late", "Slower, or a timeout from 15 seconds on.", "delay"},
		{FaultHang, "Never answers", "Ends with a timeout and is tried again; no worker is lost.", ""},
		{FaultCut, "Breaks off in the middle", "Ends as a network failure and is tried again; nothing is stored half.", ""},
		{FaultHTML, "Answers with a web page", "A bad response, with the shape of what came in the log; what is known stays.", ""},
		{FaultEmpty, "Answers with nothing", "A bad response; no number becomes zero.", ""},
		{FaultFlood, "Answers without end", "Cut at 8 MiB; a bad response.", ""},
		{FaultBomb, "Answers with a compressed bomb", "Cut at 8 MiB unpacked; a bad response.", ""},
		{FaultDrip, "Answers a byte at a time", "Ends with a timeout and is tried again.", ""},
		{FaultHeaders, "Sends headers without end", "Ends as a network failure and is tried again.", ""},
		{FaultRedirect, "Sends us elsewhere", "Not followed: the token goes nowhere else.", ""},
		{FaultLost, "Does it and does not answer", "On a token refresh the dearest fault of all: what the platform then knows, we do not.", ""},
		{FaultEmptyInsights, "Instagram delivers no insights yet", "Numbers are late, not zero; what is known stays.", ""},
		{FaultRefuseInsights, "Instagram refuses insights in the list", "The plain list first, then each post by itself.", ""},
		{FaultRefuseMetric, "Instagram withdraws a metric", "That metric alone goes missing; after three accounts nobody is asked for it, and one alert says so.", "body"},
		{FaultTooMuch, "Instagram refuses long lists", "Fewer posts at a time are asked for, and the size is remembered for the account.", ""},
	}
}
