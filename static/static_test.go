package static_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/truecount/truecount/static"
)

func get(path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.URL.Path = path
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	return w
}

func TestFilesAreServedUnderHashedNames(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]string{
		"app.css":      "text/css; charset=utf-8",
		"basecoat.css": "text/css; charset=utf-8",
		"app.js":       "text/javascript; charset=utf-8",
		"htmx.js":      "text/javascript; charset=utf-8",
		"hx-sse.js":    "text/javascript; charset=utf-8",
		"favicon.svg":  "image/svg+xml",
		"inter.woff2":  "font/woff2",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := static.Path(name)
			if !regexp.MustCompile(`^/static/[a-z-]+\.[0-9a-f]{12}\.[a-z0-9]+$`).MatchString(p) {
				t.Fatalf("Path(%q): got %q, want a hashed name", name, p)
			}
			w := get(p)
			if w.Code != http.StatusOK {
				t.Fatalf("GET %s: got %d, want 200", p, w.Code)
			}
			for key, want := range map[string]string{
				"Content-Type":           kind,
				"Cache-Control":          "public, max-age=31536000, immutable",
				"X-Content-Type-Options": "nosniff",
			} {
				if got := w.Header().Get(key); got != want {
					t.Errorf("%s of %s: got %q, want %q", key, name, got, want)
				}
			}
			zipped := get(p, "Accept-Encoding", "br, gzip;q=0.8")
			body := zipped.Body.Bytes()
			if zipped.Header().Get("Content-Encoding") == "gzip" {
				zr, err := gzip.NewReader(bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				if body, err = io.ReadAll(zr); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(body, w.Body.Bytes()) {
				t.Errorf("%s: the packed body differs from the plain one", name)
			}
		})
	}
}

// W9
func TestEverythingElseIsNotFound(t *testing.T) {
	t.Parallel()
	good := static.Path("app.css")
	base := strings.TrimPrefix(good, "/static/")
	for _, p := range []string{
		"/static/", "/static", "/static//", "/static/.", "/static/..", "/static/app.css",
		"/static/static.go", "/static/VENDOR.md", "/static/../static.go", "/static/..%2fstatic.go",
		"/static/%2e%2e/go.mod", "/static/..\\go.mod", "/static/\\" + base, "/static/" + base + "\x00",
		"/static/" + base + "%00", "/static/%00" + base, "/static/./" + base, "/static/x/../" + base,
		"/static//" + base, "/static//etc/passwd", "//static/" + base, "/static/" + base + "/",
		"/static/" + strings.ToUpper(base), "/static/" + base + " ", "/static/app.000000000000.css",
		"/static/C:\\windows\\win.ini", "/static/file:///etc/passwd", "/etc/passwd", base, "",
	} {
		if got := get(p).Code; got != http.StatusNotFound {
			t.Errorf("GET %q: got %d, want 404", p, got)
		}
	}
	escaped, err := http.NewRequest(http.MethodGet, "http://x/static/"+strings.Replace(base, "app", "%61pp", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, escaped)
	if w.Code != http.StatusNotFound {
		t.Errorf("GET %s: got %d, want 404", escaped.URL, w.Code)
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, static.Path("app.css"), nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d, want 405", w.Code)
	}
	w = httptest.NewRecorder()
	static.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodHead, static.Path("app.css"), nil))
	if w.Code != http.StatusOK || w.Body.Len() != 0 {
		t.Errorf("HEAD: got %d with %d bytes, want 200 without a body", w.Code, w.Body.Len())
	}
}

func TestStylesNameTheFontByItsHash(t *testing.T) {
	t.Parallel()
	css := get(static.Path("app.css")).Body.String()
	want := `url("` + strings.TrimPrefix(static.Path("inter.woff2"), "/static/") + `")`
	if !strings.Contains(css, want) {
		t.Errorf("app.css: got no %s", want)
	}
}

// The budgets of the page: ours stay small, and the first view is at most 110 KB packed.
func TestSizesStayWithinTheBudget(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]int{"app.css": 26 << 10, "app.js": 14 << 10} {
		if got := get(static.Path(name)).Body.Len(); got > most {
			t.Errorf("%s: got %d bytes, want at most %d", name, got, most)
		}
	}
	sum := 0
	for _, name := range []string{"app.css", "basecoat.css", "app.js", "htmx.js", "favicon.svg", "inter.woff2"} {
		sum += get(static.Path(name), "Accept-Encoding", "gzip").Body.Len()
	}
	if most := 100 << 10; sum > most { // 10 KB are left for the page itself
		t.Errorf("first view without the page: got %d bytes, want at most %d", sum, most)
	}
}

// vendored is a row of VENDOR.md: a file, what it is taken from with its version and path, its licence and hash.
var vendored = regexp.MustCompile(`(?m)^\| (\S+) \| [\w@/.-]+ \d+\.\d+\.\d+, \S+ \| (MIT|0BSD|ISC|OFL 1\.1|CC0 1\.0|MPL-2\.0) \| ([0-9a-f]{64}) \|$`)

// L4: what others wrote lies here as it was taken, with its version; what is not ours is listed.
func TestVendoredFilesAreTheListedOnes(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("VENDOR.md")
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[string]string{}
	for _, row := range vendored.FindAllStringSubmatch(string(list), -1) {
		hashes[row[1]] = row[3]
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		switch name := f.Name(); {
		case name == "VENDOR.md" || strings.HasSuffix(name, ".go"):
		case name == "app.css" || name == "app.js" || name == "favicon.svg": // ours
		default:
			body, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if sum := sha256.Sum256(body); hashes[name] != hex.EncodeToString(sum[:]) {
				t.Errorf("%s: got sha256 %x, want the one that VENDOR.md has: %q", name, sum, hashes[name])
			}
			delete(hashes, name)
		}
	}
	if len(hashes) > 0 {
		t.Errorf("VENDOR.md: got %v listed, want files that are there", hashes)
	}
}

func TestNothingNeedsEval(t *testing.T) {
	t.Parallel()
	body := get(static.Path("app.js")).Body.String()
	for _, bad := range []string{"eval(", "new Function", "innerHTML", "setTimeout(\"", "document.write", ".cssText", "setAttribute(\"style\""} {
		if strings.Contains(body, bad) {
			t.Errorf("app.js: got %q, want none", bad)
		}
	}
}
