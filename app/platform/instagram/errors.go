package instagram

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

// graphError is the error object of the graph. Its type decides nothing; its message is only
// searched, never kept.
type graphError struct {
	Message   string        `json:"message"`
	Code      platform.Text `json:"code"`
	Subcode   platform.Text `json:"error_subcode"`
	Transient bool          `json:"is_transient"`
	Trace     platform.Text `json:"fbtrace_id"`
}

// native is code and, where there is one, subcode.
func (e graphError) native() string {
	if e.Subcode == "" || e.Subcode == "0" {
		return platform.ShortCode(string(e.Code))
	}
	return platform.ShortCode(string(e.Code) + "/" + string(e.Subcode))
}

// nativeTooOld is of posts from before the account became a professional one: for ever.
const nativeTooOld = "100/2108006"

var (
	badMetric = regexp.MustCompile(`does not support the ([a-z_]+) metric`)
	// noMetric: a name Instagram does not know (any more). It lists the ones it knows, not the one asked.
	noMetric = regexp.MustCompile(`metric\[(\d+)\] must be one of`)
	badField = regexp.MustCompile(`nonexisting field \(([a-z_]+)\)`)
)

// defaultWait is for a limit without a word on its end; the window is a rolling one of hours.
const defaultWait = time.Hour

// decode reads a good answer into out and turns everything else into an error.
func (a *adapter) decode(step platform.Step, r *outbound.Response, out any) *platform.Error {
	var shell struct {
		Error *graphError `json:"error"`
	}
	broken := json.Unmarshal(r.Body, &shell)
	if broken == nil && shell.Error == nil && r.Status == http.StatusOK {
		if json.Unmarshal(r.Body, out) == nil {
			return nil
		}
		return &platform.Error{
			Platform: id, Step: step, Code: fault.BadResponse, Status: r.Status,
			Detail: "the answer has another shape", Sample: platform.Shape(r.Body),
		}
	}
	e := &platform.Error{Platform: id, Step: step, Status: r.Status, Code: byStatus(r.Status)}
	e.Unexplained = e.Code == fault.PlatformError && refused(r.Status)
	if broken != nil && r.Status < 400 {
		e.Detail = "the answer is not JSON"
	}
	if shell.Error != nil {
		e.Native, e.LogID = shell.Error.native(), platform.ShortCode(string(shell.Error.Trace))
		e.Unexplained = false
		shell.Error.classify(e)
	}
	if e.Code == fault.BadResponse {
		e.Sample = platform.Shape(r.Body)
	}
	a.wait(e, r)
	return e
}

// classify decides in the order that Meta's codes demand: limits before the transient flag, codes
// before the status. https://developers.facebook.com/docs/graph-api/guides/error-handling (seen 2026-11).
func (g graphError) classify(e *platform.Error) {
	code, err := strconv.Atoi(string(g.Code))
	if err != nil {
		code = 0
	}
	switch {
	case code == 4, code == 341:
		e.Code, e.AppWide = fault.RateLimit, true
	case code == 17, code == 32, code == 613, code == 80001, code == 80002, e.Status == http.StatusTooManyRequests:
		e.Code = fault.RateLimit
	case code == 190, code == 102:
		g.classifyToken(e)
	case code == 10 && strings.Contains(g.Message, "Not enough viewers"):
		e.Code, e.Detail = fault.NotFound, "too few viewers for insights"
	case code == 200 && g.says(switchedOff...), code == 5,
		code == 101, g.says("client secret", "validating application", "invalid platform app",
			"application has been deleted"):
		// 200 is a permission's code too (seen 2026-11): only the words tell an app that was switched off.
		e.Code, e.AppWide, e.Detail = fault.AppRefused, true,
			"Instagram refuses the app: it is switched off, or its id or secret is wrong"
	case code == 10, code == 3, code >= 200 && code <= 299:
		e.Code, e.Detail = fault.ScopeMissing, "a permission was not granted or was withdrawn"
	case code == 100:
		g.classifyParameter(e)
	case code == 368:
		e.Code, e.Blocked, e.Detail = fault.AuthFailed, true,
			"Instagram is holding this account back: its owner must sign in at Instagram"
	case g.Transient, code == 1, code == 2, code == -1, code == -2:
		e.Code = fault.PlatformError
	case code == 2500:
		e.Code, e.Detail = fault.Internal, "Instagram says the request is malformed"
	default:
		e.Code, e.Unexplained = fault.PlatformError, refused(e.Status)
	}
}

// switchedOff are words that tell of an app that its operator or Meta switched off.
var switchedOff = []string{"deactivated", "app dashboard", "app has been disabled"}

// refused reports a status with which a platform says no, or with which it hides that it does.
func refused(status int) bool { return status < http.StatusInternalServerError }

// says looks for words where Instagram leaves nothing else.
func (g graphError) says(words ...string) bool {
	message := strings.ToLower(g.Message)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(message, w) })
}

// classifyToken: many answers name no subcode. Without one, and without words that tell of the grant, the token,
// our keys, the host or the account may be to blame, and nobody can say which.
func (g graphError) classifyToken(e *platform.Error) {
	switch g.Subcode {
	case "458", "460", "467":
		e.Code, e.Detail = fault.AuthRevoked, "the person ended access, changed the password or signed out"
	case "463":
		e.Code, e.Detail = fault.AuthExpired, "the token's time is over"
	case "459", "464": // the checkpoint family: the same token works again when the person has been there
		e.Code, e.Blocked, e.Detail = fault.AuthFailed, true,
			"Instagram is holding this account back: its owner must sign in at Instagram"
	default:
		e.Code = fault.AuthFailed
		e.Unexplained = !g.says(
			"has expired",
			"not authorized application",
			"has been invalidated",
			"changed the password",
			"logged out",
		)
		if g.says("cannot parse") {
			e.Detail = "Instagram cannot read the token; when many connections say so, the graph address or our keys are to blame"
		}
	}
}

func (g graphError) classifyParameter(e *platform.Error) {
	metric, field := badMetric.FindStringSubmatch(g.Message), badField.FindStringSubmatch(g.Message)
	switch {
	case g.Subcode == "2108006":
		e.Code, e.Detail = fault.NotFound, "posted before the account became a professional one"
	case metric != nil:
		e.Code, e.Metric, e.Detail = fault.Internal, metric[1], "a metric this kind of post does not have"
	case noMetric.MatchString(g.Message):
		e.Code, e.Refused, e.Detail = fault.Internal, true, "a metric Instagram does not know"
	case field != nil:
		e.Code, e.Metric, e.Detail = fault.Internal, field[1], "a field Instagram does not have"
	case g.says("unsupported request - method type"):
		// One account without a role in the app brings this; the app's other accounts are fine.
		e.Code, e.Detail = fault.AppRefused,
			"the app is not approved for this account: it is no tester of it and the app has no advanced access"
	case g.Subcode == "33" && e.Step != platform.StepMetrics:
		e.Code, e.Detail = fault.AppRefused, "the account is not visible to the app"
	case g.Subcode == "33":
		e.Code, e.Detail = fault.NotFound, "the post is gone or not visible"
	default:
		e.Code, e.Detail = fault.Internal, "Instagram says the request is malformed"
	}
}

// byStatus is for answers that name no code.
func byStatus(status int) fault.Code {
	switch {
	case status == http.StatusTooManyRequests:
		return fault.RateLimit
	case status >= 400:
		return fault.PlatformError
	default:
		return fault.BadResponse
	}
}

// wait fills in how long to stay away.
func (a *adapter) wait(e *platform.Error, r *outbound.Response) {
	e.RetryAfter = outbound.RetryAfter(r.Header, a.now())
	switch {
	case e.Code == fault.RateLimit:
		if regain := regain(r.Header); regain > 0 {
			e.RetryAfter = regain
		} else if e.RetryAfter == 0 {
			e.RetryAfter = defaultWait
		}
	case e.Code != fault.PlatformError:
		e.RetryAfter = 0
	}
}

// isOutage tells an outage apart from a limit or a refusal, which come with any status.
func isOutage(r *outbound.Response) bool {
	if r.Status < 500 {
		return false
	}
	var shell struct {
		Error *graphError `json:"error"`
	}
	if json.Unmarshal(r.Body, &shell) != nil || shell.Error == nil {
		return true
	}
	e := &platform.Error{Status: r.Status}
	shell.Error.classify(e)
	return e.Code == fault.PlatformError && !tooMuch(shell.Error.Code)
}

// tooMuch is the code of a list that is asked for more than Instagram puts together at once. It stands for unknown
// trouble too, but the same question is not put again either way.
func tooMuch(code platform.Text) bool { return code == "1" }
