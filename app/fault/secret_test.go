package fault_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/fault"
	"github.com/truecount/truecount/app/words"
	"github.com/truecount/truecount/ent"
)

const canary = "CANARY-1f0e"

type bag struct {
	Name   string
	Token  fault.Secret
	Next   *fault.Secret
	Many   []fault.Secret
	ByName map[string]fault.Secret
	Inside inside
}

type inside struct{ Code fault.Secret }

func filled() bag {
	s := fault.Secret(canary)
	b := bag{Name: "n", Token: s, Next: &s, Many: []fault.Secret{s, s}, ByName: map[string]fault.Secret{"a": s}}
	b.Inside.Code = s
	return b
}

// T5: however a secret is printed, alone or inside anything, its text does not come out.
func TestASecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	b, s := filled(), fault.Secret(canary)
	err := fault.Wrap(fault.Internal, words.Plain("x"), fmt.Errorf("refresh %v: %w", s, fmt.Errorf("with %s", s)))
	sealed := []byte(canary)
	row := &ent.Connection{AccessSealed: &sealed, RefreshSealed: &sealed}
	things := map[string]any{
		"a secret": s, "its address": &s, "a struct": b, "its address ": &b, "a list": []any{s, b}, "a map": map[string]any{"k": s},
		"an error": err, "a row": row, "a user's row": &ent.User{PasswordHash: canary},
	}
	for name, thing := range things {
		for _, verb := range []string{"%v", "%+v", "%s", "%q", "%x", "%X", "%d"} {
			if _, row := thing.(fmt.Stringer); row && verb != "%v" && verb != "%+v" && verb != "%s" {
				continue // of a row only its own way of printing is kept clean; its values are sealed or hashed
			}
			told := fmt.Sprintf(verb, thing)
			if strings.Contains(told, canary) || strings.Contains(strings.ToLower(told), fmt.Sprintf("%x", canary)) {
				t.Errorf("%s with %s: got %s", name, verb, told)
			}
		}
		if told := fmt.Sprintf("%#v", thing); strings.Contains(told, canary) && !strings.Contains(name, "row") {
			t.Errorf("%s with %%#v: got %s", name, told)
		}
		if told, err := json.Marshal(thing); err == nil && bytes.Contains(told, []byte(canary)) {
			t.Errorf("%s as JSON: got %s", name, told)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "thing", thing, slog.Group("g", "thing", thing))
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "thing", thing)
		if log.Len() == 0 || strings.Contains(log.String(), canary) {
			t.Errorf("%s in the log: got %s", name, log.String())
		}
	}
	if told, err := xml.Marshal(b.Inside); err != nil || bytes.Contains(told, []byte(canary)) {
		t.Errorf("as XML: got %s, %v", told, err)
	}
	if s.Reveal() != canary {
		t.Errorf("got %q, want its text from Reveal alone", s.Reveal())
	}
}

var secretName = regexp.MustCompile(`(?i)(token|secret|password|verifier|passphrase)$`)

// T5: no struct of the program keeps a secret in a plain string. The one field named like a secret that
// holds none is the name of a setting.
func TestNoStructKeepsASecretPlain(t *testing.T) {
	t.Parallel()
	structs := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			st, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			structs++
			for _, f := range st.Fields.List {
				kind, plain := f.Type.(*ast.Ident)
				if !plain || kind.Name != "string" {
					continue
				}
				for _, name := range f.Names {
					if secretName.MatchString(name.Name) && path != filepath.Join("..", "config", "platform.go") &&
						!strings.Contains(path, "sandbox") &&
						!strings.Contains(path, "fake") {
						t.Errorf("%s: got field %s as a string, want fault.Secret", path, name.Name)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if structs < 200 {
		t.Errorf("got %d structs, want the whole program's", structs)
	}
}
