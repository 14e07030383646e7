package sandbox

import (
	"slices"
	"sync"
	"time"
)

// The kinds of fault.
const (
	FaultStatus         = "status"          // Status with Body, or with the platform's own words when Body is empty
	FaultRateLimit      = "rate_limit"      // the account has spent its allowance, in the platform's own shape
	FaultAppLimit       = "app_limit"       // the whole app has
	FaultHang           = "hang"            // no answer until the client leaves or the world closes
	FaultDelay          = "delay"           // the true answer after Delay
	FaultCut            = "cut"             // the true answer (or Body), broken off in the middle
	FaultLost           = "lost"            // the call takes effect and no answer comes
	FaultHTML           = "html"            // 200 with a page
	FaultEmpty          = "empty"           // 200 with nothing
	FaultFlood          = "flood"           // a body that does not end
	FaultBomb           = "bomb"            // a small compressed body that unpacks to 64 MiB
	FaultDrip           = "drip"            // the true answer, a byte at a time
	FaultHeaders        = "headers"         // headers that do not end
	FaultRedirect       = "redirect"        // to Header's Location; Status, or 302
	FaultEmptyInsights  = "empty_insights"  // insights are asked for and there are none
	FaultRefuseInsights = "refuse_insights" // insights in a list refuse the whole list
	FaultRefuseMetric   = "refuse_metric"   // Body names a metric that no post has any more
	FaultRefusePost     = "refuse_post"     // Body is the id of a post whose insights are refused
	FaultTooMuch        = "too_much"        // long lists of posts are refused
)

// inAnswer are the kinds that a face asks for while it makes its answer.
var inAnswer = []string{FaultEmptyInsights, FaultRefuseInsights, FaultRefuseMetric, FaultRefusePost, FaultTooMuch}

var kinds = append([]string{
	FaultStatus, FaultRateLimit, FaultAppLimit, FaultHang, FaultDelay, FaultCut, FaultLost, FaultHTML, FaultEmpty, FaultFlood, FaultBomb, FaultDrip, FaultHeaders, FaultRedirect,
}, inAnswer...)

// Fault is something a face does wrong on purpose.
type Fault struct {
	Platform string // "": all
	Endpoint string // template, as in Calls; "": all
	Account  string // external id, known by the token or code of a call; "": all
	Kind     string
	Status   int
	Body     string
	Header   map[string]string // on top of the answer's own
	Delay    time.Duration     // before anything else, with every kind
	Times    int               // 0: until it is lifted
}

// Planted is a fault in place.
type Planted struct {
	Fault
	ID   int
	Left int   // of Times
	Hits int64 // how often it struck
}

type faultBook struct {
	mu   sync.Mutex
	last int
	list []*Planted
}

// Plant puts a fault in place and gives its id, or 0 when its kind does not exist. Of several that
// fit a call, the one planted first strikes.
func (w *World) Plant(f Fault) int {
	if !slices.Contains(kinds, f.Kind) {
		return 0
	}
	w.faults.mu.Lock()
	defer w.faults.mu.Unlock()
	w.faults.last++
	w.faults.list = append(w.faults.list, &Planted{Fault: f, ID: w.faults.last, Left: f.Times})
	return w.faults.last
}

// Lift takes a fault away and reports whether it was still there.
func (w *World) Lift(id int) bool {
	w.faults.mu.Lock()
	defer w.faults.mu.Unlock()
	before := len(w.faults.list)
	w.faults.list = slices.DeleteFunc(w.faults.list, func(p *Planted) bool { return p.ID == id })
	return len(w.faults.list) < before
}

// LiftAll takes all faults away.
func (w *World) LiftAll() {
	w.faults.mu.Lock()
	defer w.faults.mu.Unlock()
	w.faults.list = nil
}

// Faults lists the faults in place, in the order they were planted.
func (w *World) Faults() []Planted {
	w.faults.mu.Lock()
	defer w.faults.mu.Unlock()
	out := []Planted{}
	for _, p := range w.faults.list {
		out = append(out, *p)
	}
	return out
}

// take finds the fault that strikes a call and uses it up by one.
func (b *faultBook) take(platform, endpoint, account string, kind func(string) bool) (Fault, bool) {
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

// Refused is the Body of the fault of a kind that strikes an answer: what it refuses. Empty: nothing.
func (w *World) Refused(kind, platform, endpoint, account string) string {
	f, _ := w.faults.take(platform, endpoint, account, func(k string) bool { return k == kind })
	return f.Body
}

// Struck reports whether a fault of a kind that shows inside an answer strikes this one.
func (w *World) Struck(kind, platform, endpoint, account string) bool {
	_, ok := w.faults.take(platform, endpoint, account, func(k string) bool { return k == kind })
	return ok
}
