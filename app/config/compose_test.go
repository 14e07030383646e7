package config_test

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform/all"
)

func root(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The compose file passes every setting on, and one that nobody has set is as good as not passed.
func TestComposePassesEverySetting(t *testing.T) {
	t.Parallel()
	var file struct {
		All struct {
			Environment map[string]string `yaml:"environment"`
		} `yaml:"x-truecount"`
	}
	if err := yaml.Unmarshal(root(t, ".deploy/compose.yaml"), &file); err != nil {
		t.Fatal(err)
	}
	fixed := map[string]string{ // what the file itself decides
		"ADDR": "0.0.0.0:8080", "BASE_URL": "https://count.example.org", "DATABASE_URL": "postgres://truecount:x7@database/truecount", "ENCRYPTION_KEYS": "/run/secrets/keys",
	}
	var known []string
	for _, m := range regexp.MustCompile(`(?m)^#([A-Z][A-Z_]+)=`).FindAllSubmatch(root(t, ".env.example"), -1) {
		known = append(known, string(m[1]))
	}
	slices.Sort(known)
	if passed := slices.Sorted(maps.Keys(file.All.Environment)); !slices.Equal(passed, known) {
		t.Errorf("got %v passed, want %v", passed, known)
	}
	vars := maps.Clone(fixed)
	for name, value := range file.All.Environment {
		if fixed[name] != "" {
			continue
		}
		if want := "${" + name + ":-}"; value != want {
			t.Errorf("%s: got %q, want %q", name, value, want)
		}
		vars[name] = ""
	}
	got, wrong := config.Examine(vars, all.Platforms().Declared())
	want, _ := config.Examine(fixed, all.Platforms().Declared())
	if len(wrong) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("with nothing set: got %v and another configuration than without, want the same", wrong)
	}
}
