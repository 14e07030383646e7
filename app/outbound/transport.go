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
	return &http.Response{
		Status: strconv.Itoa(resp.Status), StatusCode: resp.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: resp.Header, Body: io.NopCloser(bytes.NewReader(resp.Body)), ContentLength: int64(len(resp.Body)), Request: req,
	}, nil
}
