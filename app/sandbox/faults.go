package sandbox

import (
	"slices"
	"sync"
	"time"
)

// FaultKind names what a fake does wrong.
type FaultKind string

// The kinds of fault.
const (
	// Status with Body, or with the platform's own words when Body is empty
	FaultStatus         FaultKind = "status"
	FaultRateLimit      FaultKind = "rate_limit"      // the account has spent its allowance, in the platform's own shape
	FaultAppLimit       FaultKind = "app_limit"       // the whole app has
	FaultHang           FaultKind = "hang"            // no answer until the client leaves or the world closes
	FaultDelay          FaultKind = "delay"           // the true answer after Delay
	FaultCut            FaultKind = "cut"             // the true answer (or Body), broken off in the middle
	FaultLost           FaultKind = "lost"            // the call takes effect and no answer comes
	FaultHTML           FaultKind = "html"            // 200 with a page
	FaultEmpty          FaultKind = "empty"           // 200 with nothing
	FaultFlood          FaultKind = "flood"           // a body that does not end
	FaultBomb           FaultKind = "bomb"            // a small compressed body that unpacks to 64 MiB
	FaultDrip           FaultKind = "drip"            // the true answer, a byte at a time
	FaultHeaders        FaultKind = "headers"         // headers that do not end
	FaultRedirect       FaultKind = "redirect"        // to Header's Location; Status, or 302
	FaultEmptyInsights  FaultKind = "empty_insights"  // insights are asked for and there are none
	FaultRefuseInsights FaultKind = "refuse_insights" // insights in a list refuse the whole list
	FaultRefuseMetric   FaultKind = "refuse_metric"   // Body names a metric that no post has any more
	FaultRefusePost     FaultKind = "refuse_post"     // Body is the id of a post whose insights are refused
	FaultTooMuch        FaultKind = "too_much"        // long lists of posts are refused
)

// answerFaults are the kinds that a fake asks for while it makes its answer.
var answerFaults = []FaultKind{FaultEmptyInsights, FaultRefuseInsights, FaultRefuseMetric, FaultRefusePost,
	FaultTooMuch}

var kinds = append([]FaultKind{
	FaultStatus, FaultRateLimit, FaultAppLimit, FaultHang, FaultDelay, FaultCut, FaultLost, FaultHTML, FaultEmpty,
	FaultFlood, FaultBomb, FaultDrip, FaultHeaders, FaultRedirect,
}, answerFaults...)

// Fault is something a fake does wrong on purpose.
type Fault struct {
	Platform string // "": all
	Endpoint string // template, as in Calls; "": all
	Account  string // external id, known by the token or code of a call; "": all
	Kind     FaultKind
	Status   int
	Body     string
	Header   map[string]string // on top of the answer's own
	Delay    time.Duration     // before anything else, with every kind
	Times    int               // 0: until it is lifted
}

// ActiveFault is a fault in place.
type ActiveFault struct {
	Fault
	ID   int
	Left int   // of Times
	Hits int64 // how often it happened
}

type faultList struct {
	mu   sync.Mutex
	last int
	list []*ActiveFault
}

// AddFault puts a fault in place and gives its id, or 0 when its kind does not exist. Of several that
// fit a call, the one added first happens.
func (of faultBook) AddFault(f Fault) int {
	if !slices.Contains(kinds, f.Kind) {
		return 0
	}
	of.world.faults.mu.Lock()
	defer of.world.faults.mu.Unlock()
	of.world.faults.last++
	of.world.faults.list = append(of.world.faults.list, &ActiveFault{Fault: f, ID: of.world.faults.last, Left: f.Times})
	return of.world.faults.last
}

// RemoveFault takes a fault away and reports whether it was still there.
func (f faultBook) RemoveFault(id int) bool {
	f.world.faults.mu.Lock()
	defer f.world.faults.mu.Unlock()
	before := len(f.world.faults.list)
	f.world.faults.list = slices.DeleteFunc(f.world.faults.list, func(p *ActiveFault) bool { return p.ID == id })
	return len(f.world.faults.list) < before
}

// RemoveFaults takes all faults away.
func (f faultBook) RemoveFaults() {
	f.world.faults.mu.Lock()
	defer f.world.faults.mu.Unlock()
	f.world.faults.list = nil
}

// Faults lists the faults in place, in the order they were added.
func (f faultBook) Faults() []ActiveFault {
	f.world.faults.mu.Lock()
	defer f.world.faults.mu.Unlock()
	out := []ActiveFault{}
	for _, p := range f.world.faults.list {
		out = append(out, *p)
	}
	return out
}

// take finds the fault that happens to a call and uses it up by one.
func (b *faultList) take(platform, endpoint, account string, kind func(FaultKind) bool) (Fault, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fits := func(want, is string) bool { return want == "" || want == is }
	for i, p := range b.list {
		if !kind(p.Kind) || !fits(p.Platform, platform) || !fits(p.Endpoint, endpoint) || !fits(p.Account, account) {
			continue
		}
		p.Hits++
		if p.Times > 0 {
			if p.Left--; p.Left == 0 {
				b.list = slices.Delete(b.list, i, i+1)
			}
		}
		return p.Fault, true
	}
	return Fault{}, false
}

// TriggeredBody is the Body of the fault of a kind that happens to an answer: what it refuses. Empty: nothing.
func (of faultBook) TriggeredBody(kind FaultKind, platform, endpoint, account string) string {
	f, _ := of.world.faults.take(platform, endpoint, account, func(k FaultKind) bool { return k == kind })
	return f.Body
}

// Triggered reports whether a fault of a kind that shows inside an answer happens to this one.
func (f faultBook) Triggered(kind FaultKind, platform, endpoint, account string) bool {
	_, ok := f.world.faults.take(platform, endpoint, account, func(k FaultKind) bool { return k == kind })
	return ok
}
