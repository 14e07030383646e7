package sandbox

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"time"
)

// bombSize is what a bomb unpacks to.
const bombSize = 64 << 20

// bomb sends little that unpacks to much.
func (f *Server) bomb(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(rw)
	blanks := bytes.Repeat([]byte(" "), 1<<16)
	for range bombSize >> 16 {
		if _, err := z.Write(blanks); err != nil {
			abort()
		}
	}
	_ = z.Close() // the client left
}

const dripEvery = 50 * time.Millisecond

// drip sends the true answer a byte at a time.
func (f *Server) drip(ro route, rw http.ResponseWriter, r *http.Request) {
	held := &buffered{header: http.Header{}}
	ro.answer(held, r)
	flush := http.NewResponseController(rw)
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	for i := range held.body.Len() {
		if _, err := rw.Write(held.body.Bytes()[i : i+1]); err != nil || flush.Flush() != nil || !f.w.pause(r, dripEvery) {
			abort()
		}
	}
}

// headers begins an answer whose headers do not end.
func (f *Server) headers(rw http.ResponseWriter) {
	conn, buf, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		abort()
	}
	defer func() { _ = conn.Close() }()
	_, _ = buf.WriteString("HTTP/1.1 200 OK\r\n")
	for i := range 1 << 20 { // far more than any client reads
		select {
		case <-f.w.done:
			return
		default:
		}
		if _, err := fmt.Fprintf(buf, "X-More-%d: and more\r\n", i); err != nil || buf.Flush() != nil {
			return
		}
	}
}
