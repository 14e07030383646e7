package platform_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/platform"
)

func TestShape(t *testing.T) {
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
		if got := platform.Shape([]byte(body)); got != want {
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
		if got := platform.Shape(body); len(got) > 400 {
			t.Errorf("%s: got %d bytes, want few", name, len(got))
		}
	}
}

var word = regexp.MustCompile(`[^\s"{}\[\]:,…]{4,}`)

var fixed = regexp.MustCompile(`^(html|page|text|truncated|json|bytes|empty|false|null|true|\d+)$`)

// keys are the names of the objects in a body, as far as it is JSON.
func keys(body string) map[string]bool {
	out := map[string]bool{}
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var open []json.Delim
	name := false // a name comes next, inside an object
	for {
		tok, err := d.Token()
		if err != nil {
			return out
		}
		in := len(open) > 0 && open[len(open)-1] == '{'
		switch v := tok.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				open = append(open, v)
				name = v == '{'
				continue
			}
			open = open[:len(open)-1]
			name = len(open) > 0 && open[len(open)-1] == '{'
		case string:
			if in && name {
				out[v] = true
			}
			name = in && !name
		default:
			name = in
		}
	}
}

// Nothing of a string's text shows, whatever the body is.
func FuzzShape(f *testing.F) {
	f.Add("a secret caption", "token")
	f.Add("\"}{", "<")
	f.Add("x", `{"data":[{"name":"somebody"},"text here",{"a b c d e":1},4],"error":{"message":"sorry, somebody"}}`)
	f.Fuzz(func(t *testing.T, text, raw string) {
		got := platform.Shape([]byte(raw))
		if len(got) > 400 {
			t.Errorf("got %d characters", len(got))
		}
		marked := "SECRET" + text
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.ToValidUTF8(marked, ""))
		for _, body := range []string{`{"caption":"` + quoted + `"}`, `["` + quoted + `"]`, `{"` + quoted + ` !":1}`} {
			if got := platform.Shape([]byte(body)); strings.Contains(got, "SECRET") {
				t.Errorf("%q: got %s, want none of its text", body, got)
			}
		}
		names := keys(raw)
		for _, w := range word.FindAllString(got, -1) {
			if !names[w] && !fixed.MatchString(w) {
				t.Errorf("%q: got %q with %q, which is no key of the body's", raw, got, w)
			}
		}
	})
}
