package sandbox

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
)

const page = "<!DOCTYPE html>\n<html><head><title>Sorry, something went wrong.</title></head><body><h1>Sorry, something went wrong.</h1><p>We're working on it and we'll get it fixed as soon as we can.</p></body></html>\n"

func affectsCall(kind FaultKind) bool { return !slices.Contains(answerFaults, kind) }

// inject lets a fault happen to a call.
func (f *Server) inject(fault Fault, ro route, rw http.ResponseWriter, r *http.Request) {
	if fault.Delay > 0 && !f.w.pause(r, fault.Delay) {
		abort()
	}
	held := &buffered{header: http.Header{}}
	switch fault.Kind {
	case FaultHang:
		select {
		case <-r.Context().Done():
		case <-f.w.done:
		}
		abort()
	case FaultLost:
		ro.answer(held, r)
		abort()
	case FaultFlood:
		f.flood(fault, rw, r)
	case FaultBomb:
		f.bomb(rw)
		return
	case FaultDrip:
		f.drip(ro, rw, r)
		return
	case FaultHeaders:
		f.headers(rw)
		return
	case FaultCut:
		if fault.Body == "" {
			ro.answer(held, r)
		} else {
			held.json(fault.Status, fault.Body)
		}
		held.send(rw, fault, held.body.Len()/2)
		_ = http.NewResponseController(rw).Flush() // what cannot be flushed is cut even shorter
		abort()
	case FaultHTML:
		held.header.Set("Content-Type", "text/html; charset=utf-8")
		held.body.WriteString(page)
	case FaultEmpty:
		held.WriteHeader(http.StatusOK)
	case FaultRedirect:
		held.WriteHeader(http.StatusFound)
		if fault.Status != 0 {
			held.status = fault.Status
		}
	case FaultStatus, FaultRateLimit, FaultAppLimit:
		if fault.Body == "" {
			f.fake.Refuse(held, r, fault)
		} else {
			held.json(fault.Status, fault.Body)
		}
	default:
		ro.answer(held, r)
	}
	held.send(rw, fault, held.body.Len())
}

// abort ends the call without an answer, or with what was sent of it.
func abort() { panic(http.ErrAbortHandler) }

// flood sends the body's first half gigabytes of blanks: JSON that goes on and on.
func (f *Server) flood(fault Fault, rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	for k, v := range fault.Header {
		rw.Header().Set(k, v)
	}
	blanks := bytes.Repeat([]byte(" "), 1<<16)
	for range 1 << 14 { // 1 GiB
		select {
		case <-f.w.done:
			abort()
		case <-r.Context().Done():
			abort()
		default:
		}
		if _, err := rw.Write(blanks); err != nil {
			abort()
		}
	}
	abort()
}

// buffered is an answer that was made and not sent yet.
type buffered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *buffered) Header() http.Header { return h.header }

func (h *buffered) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *buffered) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

func (h *buffered) json(status int, body string) {
	h.header.Set("Content-Type", "application/json; charset=utf-8")
	h.status = status
	h.body.WriteString(body)
}

// send sends the first n bytes of the answer under the promise of all of them.
func (h *buffered) send(rw http.ResponseWriter, fault Fault, n int) {
	for k, v := range h.header {
		rw.Header()[k] = v
	}
	for k, v := range fault.Header {
		rw.Header().Set(k, v)
	}
	rw.Header().Set("Content-Length", strconv.Itoa(h.body.Len()))
	if h.status == 0 {
		h.status = http.StatusOK
	}
	rw.WriteHeader(h.status)
	_, _ = rw.Write(h.body.Bytes()[:n])
}
