package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// entry is one line of the journal. E says what happened; secrets are there as digests only.
type entry struct {
	E   string   `json:"e"`
	P   string   `json:"p,omitempty"`   // platform
	A   string   `json:"a,omitempty"`   // account
	G   int64    `json:"g,omitempty"`   // grant
	N   int      `json:"n,omitempty"`   // how many accounts
	H   string   `json:"h,omitempty"`   // digest of a token
	Old string   `json:"old,omitempty"` // digest of the refresh token it replaces
	R   bool     `json:"r,omitempty"`   // a refresh token
	X   bool     `json:"x,omitempty"`   // spent, or dead
	S   []string `json:"s,omitempty"`   // scopes
	At  int64    `json:"at,omitempty"`  // Unix milliseconds
	End int64    `json:"end,omitempty"` // likewise; 0 is no end
}

func (g *grant) entry() entry {
	return entry{E: "grant", G: g.id, P: g.platform, A: g.account, S: g.scopes, At: g.began.UnixMilli(), X: g.dead}
}

func (t *token) entry(h string) entry {
	e := entry{E: "token", G: t.grant.id, H: h, R: t.refresh, X: t.spent, At: t.issued.UnixMilli()}
	if !t.expires.IsZero() {
		e.End = t.expires.UnixMilli()
	}
	return e
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// journal is the file behind a world; without a path it is nothing.
type journal struct {
	mu   sync.Mutex
	file *os.File
	size int64 // of the whole lines in it
}

// forgetAfter is how long an access token is known after its end, so that it is expired, not unknown.
const forgetAfter = 7 * day

// openJournal replays the file, drops a torn last line and writes the file anew when it has grown
// to several times what it tells.
func (w *World) openJournal(path string) error {
	if path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	lines, err := w.replay(f)
	if err == nil && lines > 200 && lines > 4*len(w.summary()) {
		f, err = w.compact(path, f)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	w.journal.file = f
	w.journal.size, err = f.Seek(0, io.SeekCurrent)
	return err
}

// replay applies every whole line and leaves the file's end behind the last one.
func (w *World) replay(f *os.File) (lines int, err error) {
	b, err := io.ReadAll(f)
	if err != nil {
		return 0, err
	}
	whole := bytes.LastIndexByte(b, '\n') + 1
	if whole < len(b) {
		if err := f.Truncate(int64(whole)); err != nil {
			return 0, err
		}
	}
	if _, err := f.Seek(int64(whole), io.SeekStart); err != nil {
		return 0, err
	}
	for line := range bytes.Lines(b[:whole]) {
		lines++
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return 0, fmt.Errorf("line %d is not an entry", lines)
		}
		if err := w.apply(e); err != nil {
			return 0, fmt.Errorf("line %d: %w", lines, err)
		}
	}
	return lines, nil
}

// apply does what an entry says. The world is not open yet.
func (w *World) apply(e entry) error {
	l := &w.grants
	switch e.E {
	case "accounts":
		w.remember(e.P, e.N)
	case "grant":
		l.grants[e.G] = &grant{id: e.G, platform: e.P, account: e.A, scopes: e.S, began: moment(e.At), dead: e.X}
		l.last = max(l.last, e.G)
	case "token":
		g := l.grants[e.G]
		if g == nil {
			return fmt.Errorf("a token of grant %d, which does not exist", e.G)
		}
		l.tokens[e.H] = &token{grant: g, refresh: e.R, issued: moment(e.At), expires: moment(e.End), spent: e.X}
		if old := l.tokens[e.Old]; old != nil {
			old.spent = true
		}
	case "dead":
		if g := l.grants[e.G]; g != nil {
			g.dead = true
		}
	case "revoke":
		l.revoke(e.P, e.A)
	case "expire":
		l.expire(e.P, e.A, moment(e.At))
	default:
		return fmt.Errorf("%q is not an entry of this version", e.E)
	}
	return nil
}

// summary is the shortest journal that tells the same.
func (w *World) summary() []entry {
	var out []entry
	for platform, p := range w.populations {
		if n := len(p.all) - p.seeds + p.waiting; n > 0 {
			out = append(out, entry{E: "accounts", P: platform, N: n})
		}
	}
	w.grants.mu.Lock()
	defer w.grants.mu.Unlock()
	now := w.Now()
	used := map[int64]bool{}
	var tokens []entry
	for h, t := range w.grants.tokens {
		if t.expires.IsZero() || now.Sub(t.expires) < forgetAfter {
			tokens = append(tokens, t.entry(h))
			used[t.grant.id] = true
		}
	}
	for id, g := range w.grants.grants {
		if used[id] || id == w.grants.last { // the last one keeps the numbers going up
			out = append(out, g.entry())
		}
	}
	slices.SortFunc(out, func(a, b entry) int { return int(a.G - b.G) })
	return append(out, tokens...)
}

// compact replaces the journal by its summary.
func (w *World) compact(path string, old *os.File) (*os.File, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, e := range w.summary() {
		if err := enc.Encode(e); err != nil {
			return old, err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return old, err
	}
	_, err = f.Write(b.Bytes())
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return old, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return f, old.Close()
}

// record appends to the journal. What cannot be written down must not be done.
func (w *World) record(e entry) error {
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	if w.journal.file == nil {
		return nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	n, err := w.journal.file.Write(append(line, '\n'))
	if err != nil { // take half a line away, or the next one would stand in it
		_, sought := w.journal.file.Seek(w.journal.size, io.SeekStart)
		return fmt.Errorf("write sandbox journal: %w", errors.Join(err, w.journal.file.Truncate(w.journal.size), sought))
	}
	w.journal.size += int64(n)
	return nil
}

func (w *World) closeJournal() error {
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	if w.journal.file == nil {
		return nil
	}
	err := w.journal.file.Close()
	w.journal.file = nil
	return err
}
