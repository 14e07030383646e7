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
		`[1,2,3,4]`: `[0,0,…]`,
		`{"data":[{"a":1},{"a":2},{"a":[3]},{"b":"x"}],"error":{"code":"ok"}}`: `{"data":[{"a":0},{"a":0},…],"error":{"code":"…"}}`,
		`{"data":[1,2,3,"cut`:              `truncated json, 19 bytes: {"data":[0,0,…`,
		`{"mina@example.test":"a","ok":1}`: `{"…":"…","ok":0}`,
		`{"data":[{"id":"7"`:               `truncated json, 18 bytes: {"data":[{"id":"…"`,
	} {
		if got := platform.Sketch([]byte(body)); got != want {
			t.Errorf("%s: got %s, want %s", body, got, want)
		}
	}
	// 8 MiB is the most that is ever read.
	for name, body := range map[string][]byte{
		"deep":      bytes.Repeat([]byte(`{"a":`), 8<<20/5),
		"long list": []byte("[" + strings.Repeat("1,", 4<<20) + "1]"),
		"long text": []byte(`{"a":"` + strings.Repeat("x", 8<<20) + `"}`),
		"many keys": []byte("{" + strings.Repeat(`"abcdefgh":1,`, 1<<19) + `"a":1}`),
	} {
		if got := platform.Sketch(body); len(got) > 400 {
			t.Errorf("%s: got %d bytes, want few", name, len(got))
		}
	}
}

var word = regexp.MustCompile(`[^\s"{}\[\]:,…]{4,}`)

// Nothing of a string's text shows, whatever the body is.
func FuzzSketch(f *testing.F) {
	f.Add("a secret caption", "token")
	f.Add("\"}{", "<")
	f.Fuzz(func(t *testing.T, text, raw string) {
		got := platform.Sketch([]byte(raw))
		if len(got) > 400 {
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
