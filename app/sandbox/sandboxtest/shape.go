package sandboxtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
)

// Shape fails the test where an answer has a key that the recorded one has not, or another type
// under it. What is recorded and absent here is fine: platforms leave out what they do not tell.
// Further names keys that no recording shows and the documentation does.
func Shape(t testing.TB, recorded, body string, further ...string) {
	t.Helper()
	b, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	want := Decode(t, string(b))
	if m, ok := want.(map[string]any); ok && m["body"] != nil && m["status"] != nil { // with its status and headers
		want = m["body"]
	}
	compare(t, "", want, Decode(t, body), further)
}

func compare(t testing.TB, at string, want, got any, further []string) {
	t.Helper()
	if kind(want) != kind(got) {
		t.Errorf("%s: got %s, want %s as recorded", at, kind(got), kind(want))
		return
	}
	switch g := got.(type) {
	case map[string]any:
		w := want.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(g)) {
			if slices.Contains(further, key) {
				continue
			}
			if _, ok := w[key]; !ok {
				t.Errorf("%s.%s: got a key that was never recorded", at, key)
				continue
			}
			compare(t, at+"."+key, w[key], g[key], further)
		}
	case []any:
		all := merged(want.([]any))
		for i, item := range g {
			if all != nil {
				compare(t, fmt.Sprintf("%s[%d]", at, i), all, item, further)
			}
		}
	}
}

// merged has every key that any item of a recorded list has.
func merged(list []any) any {
	if len(list) == 0 {
		return nil
	}
	all, ok := list[0].(map[string]any)
	if !ok {
		return list[0]
	}
	all = maps.Clone(all)
	for _, item := range list[1:] {
		if m, ok := item.(map[string]any); ok {
			for k, v := range m {
				if _, ok := all[k]; !ok {
					all[k] = v
				}
			}
		}
	}
	return all
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case string:
		return "text"
	case json.Number:
		return "number"
	case []any:
		return "list"
	default:
		return "object"
	}
}
