package toy

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/outbound"
	"github.com/truecount/truecount/app/platform"
)

// answer is what a good answer brings. lacks names what it cannot be without; empty when all is there.
type answer interface{ lacks() string }

// errorCodes are what the API's own codes mean.
var errorCodes = map[string]platform.Error{
	"token_invalid":    {Code: fault.AuthFailed},
	"grant_ended":      {Code: fault.AuthRevoked, Detail: "Toy ended the grant"},
	"code_invalid":     {Code: fault.AuthFailed, Detail: "the code was used, expired or not Toy's"},
	"scope_missing":    {Code: fault.ScopeMissing, Detail: "a permission was not granted or was removed"},
	"account_limit":    {Code: fault.RateLimit},
	"app_limit":        {Code: fault.RateLimit, AppWide: true},
	"client_invalid":   {Code: fault.AppRefused, AppWide: true, Detail: "Toy refuses the client id or secret"},
	"redirect_invalid": {Code: fault.AppRefused, AppWide: true, Detail: "the redirect URI is not registered"},
	"suspended":        {Code: fault.NotFound, Native: suspended, Detail: "Toy has suspended this account"},
}

// read takes a good answer into out and turns everything else into an error.
func (a *adapter) read(step platform.Step, r *outbound.Response, out answer) *platform.Error {
	e := &platform.Error{Platform: id, Step: step, Status: r.Status, Code: fault.BadResponse}
	if r.Status == http.StatusOK {
		e.Detail = "the answer has another shape"
		if len(r.Body) > 0 && r.Body[0] == '{' && json.Unmarshal(r.Body, out) == nil {
			if e.Detail = out.lacks(); e.Detail == "" {
				return nil
			}
		}
		e.Sample = platform.Shape(r.Body)
		return e
	}
	var said struct {
		Error struct {
			Code platform.Text `json:"code"`
		} `json:"error"`
	}
	_ = json.Unmarshal(r.Body, &said) // what is no JSON names no code
	e.Native = platform.ShortCode(string(said.Error.Code))
	known, ok := errorCodes[e.Native]
	switch {
	case r.Status >= http.StatusInternalServerError:
		e.Code = fault.PlatformError
	case r.Status == http.StatusTooManyRequests && !ok:
		e.Code, e.AppWide = fault.RateLimit, true
	case ok:
		e.Code, e.AppWide, e.Detail = known.Code, known.AppWide, known.Detail
		if known.Native != "" {
			e.Native = known.Native
		}
	case r.Status >= http.StatusBadRequest:
		e.Code, e.Unexplained = fault.PlatformError, true
	}
	if e.RetryAfter = outbound.RetryAfter(r.Header, a.now()); e.RetryAfter == 0 && e.Code == fault.RateLimit {
		e.RetryAfter = time.Minute
	}
	return e
}

type account struct {
	ID        platform.Text  `json:"id"`
	Handle    string         `json:"handle"`
	Name      string         `json:"name"`
	Bio       string         `json:"bio"`
	Picture   string         `json:"picture"`
	Fans      platform.Count `json:"fans"`
	Following platform.Count `json:"following"`
	Clips     platform.Count `json:"clips"`
}

func (u *account) lacks() string {
	if u.ID == "" {
		return "an account without an id"
	}
	return ""
}

func (u *account) profile() platform.Profile {
	p := platform.Profile{
		ExternalID: string(u.ID), Handle: u.Handle, DisplayName: u.Name, Bio: u.Bio, PictureURL: spec.Link(u.Picture),
		URL: spec.Link(
			"https://www.toy.example/" + u.Handle,
		), Followers: u.Fans.N, Following: u.Following.N, Posts: u.Clips.N,
	}
	p.Clean()
	return p
}

type page struct {
	Clips []clip        `json:"items"`
	Next  platform.Text `json:"next"`
}

func (p *page) lacks() string {
	if p.Clips == nil {
		return "no list of clips"
	}
	return ""
}

type clip struct {
	ID       platform.Text  `json:"id"`
	Text     string         `json:"text"`
	At       string         `json:"at"`
	Picture  string         `json:"picture"`
	Seconds  platform.Count `json:"seconds"`
	Views    platform.Count `json:"views"`
	Likes    platform.Count `json:"likes"`
	Comments platform.Count `json:"comments"`
	Shares   platform.Count `json:"shares"`
}

func (c clip) post() platform.Post {
	p := platform.Post{
		ExternalID: string(c.ID), MediaType: platform.MediaVideo, Caption: c.Text, ThumbnailURL: spec.Link(c.Picture),
		Permalink: spec.Link("https://www.toy.example/clips/" + string(c.ID)), DurationSeconds: c.Seconds.N,
		Views: c.Views.N, Likes: c.Likes.N, Comments: c.Comments.N, Shares: c.Shares.N,
	}
	if at, err := time.Parse(time.RFC3339, c.At); err == nil && at.Year() > 0 {
		p.PostedAt = at.UTC()
	}
	p.Clean()
	return p
}
