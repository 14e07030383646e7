package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed app.css app.js basecoat.css favicon.svg htmx.js hx-sse.js inter.woff2
var embedded embed.FS

// Prefix is where the files are mounted.
const Prefix = "/static/"

type file struct {
	name   string // with its hash
	body   []byte
	packed []byte // gzip, nil where it saves nothing
	kind   string
}

var kinds = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

type library struct {
	byName map[string]file // plain name
	byPath map[string]file // hashed name
}

// files is computed once, at the first use: hashing and packing take some 20 ms.
var files = sync.OnceValue(func() library {
	entries, err := embedded.ReadDir(".")
	if err != nil {
		panic("static: the embedded files cannot be listed: " + err.Error())
	}
	lib := library{byName: map[string]file{}, byPath: map[string]file{}}
	var sheets []string
	for _, e := range entries {
		if path.Ext(e.Name()) == ".css" {
			sheets = append(sheets, e.Name()) // last, for they name the others
			continue
		}
		lib.add(e.Name(), read(e.Name()))
	}
	for _, name := range sheets {
		body := read(name)
		for plain, f := range lib.byName {
			body = bytes.ReplaceAll(body, []byte(`url("`+plain+`")`), []byte(`url("`+f.name+`")`))
		}
		lib.add(name, body)
	}
	return lib
})

func read(name string) []byte {
	body, err := embedded.ReadFile(name)
	if err != nil {
		panic("static: an embedded file cannot be read: " + err.Error())
	}
	return body
}

func (l library) add(name string, body []byte) {
	f := hashed(name, body)
	l.byName[name] = f
	l.byPath[f.name] = f
}

// Sheet is a style sheet that is not embedded: a caller made its text when the program started.
type Sheet struct{ file file }

// NewSheet makes a sheet; name is the plain one ("platforms.css").
func NewSheet(name, text string) Sheet { return Sheet{hashed(name, []byte(text))} }

// Path gives the address of the sheet, as long as Handler was made with it.
func (s Sheet) Path() string { return Prefix + s.file.name }

func hashed(name string, body []byte) file {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	f := file{
		name: strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext,
		body: body,
		kind: kinds[ext],
	}
	if ext != ".woff2" {
		f.packed = pack(body)
	}
	return f
}

func pack(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(body); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}

// Path gives the address of a file by its plain name: Path("app.css") is "/static/app.<hash>.css".
// An unknown name is a mistake in a template and panics, so that the first rendering shows it.
func Path(name string) string {
	f, ok := files().byName[name]
	if !ok {
		panic("static: there is no file " + strconv.Quote(name))
	}
	return Prefix + f.name
}

// Handler answers GET and HEAD for the hashed names below Prefix, and 404 for everything else.
// It expects the whole path, prefix included. sheets are served beside the embedded files.
func Handler(sheets ...Sheet) http.Handler {
	made := map[string]file{}
	for _, s := range sheets {
		made[s.file.name] = s.file
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		name, ok := strings.CutPrefix(r.URL.Path, Prefix)
		f, known := files().byPath[name]
		if !known {
			f, known = made[name]
		}
		if !ok || !known || r.URL.EscapedPath() != Prefix+f.name {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Content-Type", f.kind)
		body := f.body
		if f.packed != nil {
			h.Set("Vary", "Accept-Encoding")
			if acceptsGzip(r.Header.Get("Accept-Encoding")) {
				h.Set("Content-Encoding", "gzip")
				body = f.packed
			}
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method == http.MethodGet {
			_, _ = w.Write(body)
		}
	})
}

func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			w := strings.ReplaceAll(weight, " ", "")
			return w != "q=0" && w != "q=0.0" && w != "q=0.00" && w != "q=0.000"
		}
	}
	return false
}
