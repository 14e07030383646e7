package outbound

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ParseRetryAfter reads a Retry-After header, seconds or an HTTP date, as a wait from now; 0 when
// there is none or it cannot be read. A wait is at most 30 days.
func ParseRetryAfter(header string, now time.Time) time.Duration {
	const most = 30 * 24 * time.Hour
	header = strings.TrimSpace(header)
	if n, err := strconv.ParseInt(header, 10, 64); err == nil {
		return min(time.Duration(max(0, min(n, int64(most/time.Second))))*time.Second, most)
	}
	t, err := http.ParseTime(header)
	if err != nil || !t.After(now) {
		return 0
	}
	return min(t.Sub(now), most)
}

// skewMost is by how much another's clock may differ from ours and still be taken for one.
const skewMost = time.Hour

// RetryAfter is how long an answer asks us to wait. A moment that it names is read by our clock and by its own, as its
// Date tells it, and the longer wait holds: with clocks that differ nobody comes back sooner than told.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	wait := ParseRetryAfter(value, now)
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil || theirs.Sub(now).Abs() > skewMost {
		return wait
	}
	return max(wait, ParseRetryAfter(value, theirs))
}

// Transport is the client for a library that insists on an *http.Client: each request goes out
// as base says, with the request's own method, address, bearer and form. Answer, if not nil, is
// shown every answer before the library is, and may change its body.
func (c *Client) Transport(base Request, answer func(*Response)) http.RoundTripper {
	return roundTripper{c, base, answer}
}

type roundTripper struct {
	c      *Client
	base   Request
	answer func(*Response)
}

// RoundTrip implements http.RoundTripper for requests without a body or with a form.
func (t roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	r := t.base
	u := *req.URL
	r.Method, r.Query = req.Method, u.Query()
	u.RawQuery = ""
	r.URL = u.String()
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, errors.New("outbound: read the request's body")
		}
		if r.Form, err = url.ParseQuery(string(b)); err != nil {
			return nil, errors.New("outbound: the request's body is not a form")
		}
	}
	resp, err := t.c.Do(req.Context(), r)
	if err != nil {
		return nil, err
	}
	if t.answer != nil {
		t.answer(resp)
	}
	return resp.answer(req), nil
}

func (r *Response) answer(req *http.Request) *http.Response {
	return &http.Response{
		Status: strconv.Itoa(r.Status), StatusCode: r.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.Header, Body: io.NopCloser(bytes.NewReader(r.Body)), ContentLength: int64(len(r.Body)), Request: req,
	}
}

// Through is Transport for a library whose bodies are its own business: address, headers and body go out
// as they are, at no cost to a quota and labelled as given. Only a GET is ever repeated.
func (c *Client) Through(platform, endpoint string) http.RoundTripper {
	return through{c, Request{Platform: platform, Endpoint: endpoint, Bucket: Free, Unfollowed: true}}
}

type through struct {
	c    *Client
	base Request
}

// RoundTrip implements http.RoundTripper.
func (t through) RoundTrip(req *http.Request) (*http.Response, error) {
	r := t.base
	r.Method, r.URL, r.Once = req.Method, req.URL.String(), req.Method != http.MethodGet
	r.Header = req.Header.Clone()
	r.Header.Del("Accept-Encoding") // the client unpacks what it asked for itself
	if r.ContentType = r.Header.Get("Content-Type"); req.Body != nil {
		b, err := io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, errors.New("outbound: read the request's body")
		}
		r.Raw = b
	}
	resp, err := t.c.Do(req.Context(), r)
	if err != nil {
		return nil, err
	}
	return resp.answer(req), nil
}
