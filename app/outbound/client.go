package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options is what a Client is made of; the zero value is usable.
type Options struct {
	Allow     []string      // host or host:port that a setting names: may be loopback or private, and plain http
	Timeout   time.Duration // of one call with its repeats; 15 s unless given, never more than 20 s
	MaxBody   int64         // bytes of a body after decompression; 8 MiB unless given
	UserAgent string
	Now       func() time.Time
	// Observe is told of every request that was tried; status 0 means no answer.
	Observe   func(platform, endpoint string, status int, d time.Duration)
	Quotas    map[string]map[string]Quota // platform -> bucket -> quota
	Ledger    Ledger                      // nil: a restart forgets what was spent
	NoBreaker bool
}

// Client makes every outgoing call. It is safe for concurrent use.
type Client struct {
	o       Options
	http    *http.Client // keeps connections
	single  *http.Client // a fresh connection for each call, so that the transport never repeats one
	limiter *limiter
	pause   func(context.Context, time.Duration) error

	mu       sync.Mutex
	breakers map[string]*breaker
}

const (
	maxTimeout  = 20 * time.Second
	repeatSpan  = 2 * time.Second // all repeats of a call end within it
	repeats     = 2
	maxPace     = 2 * time.Second // a longer wait is the caller's to plan
	maxRedirect = 3
)

// New makes the client.
func New(o Options) *Client {
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Second
	}
	o.Timeout = min(o.Timeout, maxTimeout)
	if o.MaxBody <= 0 {
		o.MaxBody = 8 << 20
	}
	if o.UserAgent == "" {
		o.UserAgent = "Truecount"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	g := newGuard(o.Allow)
	transport := func(keep bool) *http.Transport {
		return &http.Transport{
			DialContext: g.dial, ForceAttemptHTTP2: keep, DisableKeepAlives: !keep,
			TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: 256 << 10,
			MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second,
		}
	}
	c := &Client{o: o, limiter: newLimiter(o.Quotas, o.Ledger, o.Now), pause: sleep, breakers: map[string]*breaker{}}
	c.http = &http.Client{Transport: transport(true), CheckRedirect: g.redirect}
	c.single = &http.Client{Transport: transport(false), CheckRedirect: g.redirect}
	return c
}

// Close drops idle connections.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
	c.single.CloseIdleConnections()
}

// Do makes one call and reads its answer whole. Whatever the status, an answer is no error; what
// kept an answer from us is *Error. A GET that met an outage is repeated at most twice within two
// seconds unless Once is set; nothing else is ever repeated.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" {
		return nil, errors.New("outbound: the address is not a URL") // the cause would print it
	}
	host := u.Hostname()
	body, kind, err := r.body()
	if err != nil {
		return nil, fmt.Errorf("outbound %s: encode the body: %w", host, err)
	}
	b, start := c.breaker(r.Platform), c.o.Now()
	var resp *Response
	var failed *Error
	var deadline time.Time
	for try := 0; ; try++ {
		pass, refused := c.admit(ctx, r, b, host)
		if refused != nil {
			if try == 0 {
				failed = refused
			}
			break // a repeat that is not let out leaves the first outcome standing
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(c.o.Timeout)
		}
		resp, failed = c.once(ctx, r, u, body, kind, deadline)
		down := resp != nil && r.isDown(resp)
		b.leave(pass, c.o.Now(), verdict(failed, down))
		if again := down || (failed != nil && failed.Kind == KindNetwork); !again || r.Once || r.Method != http.MethodGet ||
			try == repeats {
			break
		}
		delay := time.Duration(200+try*400+rand.IntN(100)) * time.Millisecond //nolint:gosec // jitter
		if c.o.Now().Sub(start)+max(delay, retryAfter(resp, c.o.Now())) > repeatSpan || c.pause(ctx, delay) != nil {
			break
		}
	}
	if failed != nil {
		return nil, failed
	}
	return resp, nil
}

// admit asks breaker and limiter, in an order that spends no quota on a call the breaker refuses.
func (c *Client) admit(ctx context.Context, r Request, b *breaker, host string) (pass int, refused *Error) {
	if wait := b.wait(c.o.Now()); wait > 0 {
		return 0, &Error{Kind: KindOpen, Host: host, RetryAfter: wait}
	}
	if refused := c.pace(ctx, r, host); refused != nil {
		return 0, refused
	}
	pass, wait := b.enter(c.o.Now())
	if wait > 0 {
		return 0, &Error{Kind: KindOpen, Host: host, RetryAfter: wait}
	}
	return pass, nil
}

func retryAfter(r *Response, now time.Time) time.Duration {
	if r == nil {
		return 0
	}
	return RetryAfter(r.Header, now)
}

func (r Request) isDown(resp *Response) bool {
	if r.Down != nil {
		return r.Down(resp)
	}
	return resp.Status >= 500
}

func (r Request) body() ([]byte, string, error) {
	switch {
	case r.Raw != nil:
		return r.Raw, r.ContentType, nil
	case r.Form != nil:
		return []byte(r.Form.Encode()), "application/x-www-form-urlencoded", nil
	case r.JSON != nil:
		b, err := json.Marshal(r.JSON)
		return b, "application/json; charset=UTF-8", err
	default:
		return nil, "", nil
	}
}

// secret reports whether the call carries something that must not follow a redirect.
func (r Request) secret() bool {
	if !r.Bearer.Empty() || r.Form != nil || r.Raw != nil || r.Header != nil {
		return true
	}
	for k := range r.Query {
		k = strings.ToLower(k)
		if strings.Contains(k, "token") || strings.Contains(k, "secret") || slices.Contains([]string{"code", "key"}, k) {
			return true
		}
	}
	return false
}

// units is what the call draws from its quota.
func (r Request) units() int64 {
	if r.Bucket == Free {
		return 0
	}
	return max(r.Cost, 1)
}

type secretKey struct{}

// once makes one request.
func (c *Client) once(
	ctx context.Context,
	r Request,
	u *url.URL,
	body []byte,
	kind string,
	deadline time.Time,
) (*Response, *Error) {
	host := u.Hostname()
	parent := ctx
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	m, metered := ctx.Value(meterKey{}).(*Meter)
	if metered {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { m.n.Add(1) }})
	}
	secret := r.secret()
	ctx = context.WithValue(ctx, secretKey{}, secret || r.Unfollowed)
	to := *u
	if len(r.Query) > 0 {
		q := to.Query()
		for k, vs := range r.Query {
			q[k] = vs
		}
		to.RawQuery = q.Encode()
	}
	var rd io.Reader
	if body != nil {
		rd = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, to.String(), rd)
	if err != nil {
		return nil, &Error{Kind: KindBlocked, Host: host}
	}
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	req.Header.Set("User-Agent", c.o.UserAgent)
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if !r.Bearer.Empty() {
		req.Header.Set("Authorization", "Bearer "+r.Bearer.Reveal())
	}
	client := c.http
	if r.Once {
		client = c.single
	}
	began := c.o.Now()
	resp, failed := c.exchange(client, req, secret && !r.Unfollowed)
	if failed != nil {
		failed.Host = host
		if end := parent.Err(); end != nil {
			failed.Kind, failed.ended = KindCanceled, end
		}
	}
	call := Call{Method: r.Method, Endpoint: r.Endpoint, Took: c.o.Now().Sub(began), Units: r.units(), At: began}
	if resp != nil {
		call.Status = resp.Status
	} else {
		call.Kind = failed.Kind
	}
	if metered {
		m.keep(call)
	}
	if c.o.Observe != nil {
		c.o.Observe(r.Platform, r.Endpoint, call.Status, call.Took)
	}
	return resp, failed
}

func (c *Client) exchange(client *http.Client, req *http.Request, secret bool) (*Response, *Error) {
	res, err := client.Do(req)
	if err != nil {
		return nil, &Error{Kind: kindOf(err)}
	}
	defer func() { _ = res.Body.Close() }()
	if isRedirect(res.StatusCode) && secret {
		return nil, &Error{Kind: KindRedirect}
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, c.o.MaxBody+1))
	if int64(len(b)) > c.o.MaxBody {
		return nil, &Error{Kind: KindTooLarge}
	}
	if err != nil {
		return nil, &Error{Kind: kindOf(err)}
	}
	return &Response{Status: res.StatusCode, Header: res.Header, Body: b}, nil
}

func isRedirect(status int) bool {
	return slices.Contains([]int{301, 302, 303, 307, 308}, status)
}

func kindOf(err error) Kind {
	var timeout net.Error
	switch {
	case errors.Is(err, errRedirect):
		return KindRedirect
	case errors.Is(err, errBlocked):
		return KindBlocked
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return KindTimeout
	default:
		return KindNetwork
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
