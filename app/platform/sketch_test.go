package platform_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/platform"
)

func TestSketch(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		``:                            "empty",
		" \n":                         "empty",
		`<!DOCTYPE html><p>Sorry</p>`: "html page, 27 bytes",
		`Unsupported path(Janus)`:     "text, 23 bytes",
		`nonsense`:                    "text, 8 bytes",
		`{"data":{"videos":[{"id":"7","n":12.5,"ok":true,"x":null}]},"error":{"code":"ok"}}`: `{"data":{"videos":[{"id":"…","n":0,"ok":true,"x":null}]},"error":{"code":"…"}}`,
		`[1,2,3,4]`:                        `[0,0,…]…`,
		`{"mina@example.test":"a","ok":1}`: `{"…":"…","ok":0}`,
		`{"data":[{"id":"7"`:               `truncated json, 18 bytes: {"data":[{"id":"…"`,
	} {
		if got := platform.Sketch([]byte(body)); got != want {
			t.Errorf("%s: got %s, want %s", body, got, want)
		}
	}
	deep := bytes.Repeat([]byte(`{"a":`), 1<<20)
	if got := platform.Sketch(deep); len(got) > 410 {
		t.Errorf("got %d characters of a deep body, want few", len(got))
	}
}

var word = regexp.MustCompile(`[^\s"{}\[\]:,…]{4,}`)

// Nothing of a string's text shows, whatever the body is.
func FuzzSketch(f *testing.F) {
	f.Add("a secret caption", "token")
	f.Add("\"}{", "<")
	f.Fuzz(func(t *testing.T, text, raw string) {
		got := platform.Sketch([]byte(raw))
		if len(got) > 500 {
			t.Errorf("got %d characters", len(got))
		}
		marked := "SECRET" + text
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.ToValidUTF8(marked, ""))
		for _, body := range []string{`{"caption":"` + quoted + `"}`, `["` + quoted + `"]`, `{"` + quoted + ` !":1}`} {
			if got := platform.Sketch([]byte(body)); strings.Contains(got, "SECRET") {
				t.Errorf("%q: got %s, want none of its text", body, got)
			}
		}
		for _, w := range word.FindAllString(got, -1) {
			if !strings.Contains(raw, w) && !strings.Contains("html page text truncated json bytes empty false null true", w) && !regexp.MustCompile(`^\d+$`).MatchString(w) {
				t.Errorf("got %q, which is nothing of the body's", w)
			}
		}
	})
}
