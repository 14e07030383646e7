package app_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/release"
)

// known tells a licence by a sentence that only it has.
var known = []struct {
	name string
	says *regexp.Regexp
}{
	{"Apache-2.0", regexp.MustCompile(`(?i)apache license,? version 2\.0`)},
	{"MPL-2.0", regexp.MustCompile(`(?i)mozilla public license,? (version|v\.) ?2\.0`)},
	{
		"MIT",
		regexp.MustCompile(
			`(?i)permission is hereby granted, free of charge, to any person obtaining a copy of this software .*the above copyright notice and this permission notice`,
		),
	},
	{
		"ISC",
		regexp.MustCompile(
			`(?i)permission to use, copy, modify,? and(/or)? distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice`,
		),
	},
	{
		"0BSD",
		regexp.MustCompile(
			`(?i)permission to use, copy, modify,? and(/or)? distribute this software for any purpose with or without fee is hereby granted\.`,
		),
	},
	{
		"BSD",
		regexp.MustCompile(
			`(?i)redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met`,
		),
	},
	{"CC0-1.0", regexp.MustCompile(`(?i)cc0 1\.0 universal`)},
	{"OFL-1.1", regexp.MustCompile(`(?i)sil open font license version 1\.1`)},
}

// refused is said by licences that ask for more than we give.
var refused = regexp.MustCompile(
	`(?i)gnu (general|lesser|library|affero)|gnu lgpl|server side public license|business source license|commons clause|elastic license|polyform|attribution-noncommercial|noncommercial use only`,
)

// secondary is how the Mozilla licence names others that its code may be joined with.
var secondary = regexp.MustCompile(
	`means either the GNU General Public License, Version 2\.0, the GNU Lesser General Public License, Version 2\.1, the GNU Affero General Public License, Version 3\.0, or any later versions of those licenses`,
)

// decided are the texts that no rule knows, by module and file, with what was read there.
var decided = map[string]string{
	"modernc.org/sqlite LICENSE-SQLITE":                     "SQLite itself is in the public domain",
	"modernc.org/memory LICENSE-LOGO":                       "the address of a picture that is in no build",
	"github.com/wneessen/go-mail LICENSES/CC-BY-ND-4.0.txt": "of two drawings and a test's picture that are in no build",
}

// licences names what a text grants; nothing when it cannot be told.
func licences(text []byte) (names []string) {
	flat := strings.Join(strings.Fields(strings.ReplaceAll(string(text), "//", "")), " ")
	flat = secondary.ReplaceAllString(flat, "")
	if refused.MatchString(flat) {
		return nil
	}
	for _, k := range known {
		if k.says.MatchString(flat) {
			names = append(names, k.name)
		}
	}
	return names
}

// dependency is a package as the go command describes it.
type dependency struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
		Replace            *struct{ Path string }
	}
}

// dependencies lists every package that the program, its tests and its generators are built from.
func dependencies(t *testing.T) (out []dependency) {
	t.Helper()
	for _, name := range []string{"../go.mod", "../go.sum"} { // so that a change of them is a new test
		if _, err := os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), "go", "list", "-deps", "-test", "-json=Dir,Module", "./...", "tool")
	c.Dir = ".."
	var said bytes.Buffer
	c.Stderr = &said
	b, err := c.Output()
	if err != nil {
		t.Fatalf("list: %v\n%s", err, &said)
	}
	for d := json.NewDecoder(bytes.NewReader(b)); ; {
		var p dependency
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module != nil && !p.Module.Main {
			out = append(out, p)
		}
	}
}

var licenceName = regexp.MustCompile(`(?i)^(licen[cs]es?|copying|unlicen[cs]e)([.-].*)?$`)

// texts lists the licence files from a package's directory up to its module's, and those in a directory of
// licences.
func texts(t *testing.T, from, root string) (files []string) {
	t.Helper()
	for dir := from; strings.HasPrefix(dir, root); dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			switch {
			case !licenceName.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go"):
			case !e.IsDir():
				files = append(files, filepath.Join(dir, e.Name()))
			default:
				below, err := filepath.Glob(filepath.Join(dir, e.Name(), "*"))
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, below...)
			}
		}
	}
	return files
}

// L4: everything the program is built from, tested and generated with is under a licence that asks for nothing
// but its notice, by the texts themselves, and is the module its name says.
func TestLicences(t *testing.T) {
	t.Parallel()
	seen, used, open := map[string][]string{}, map[string]bool{}, maps.Clone(decided)
	for _, p := range dependencies(t) {
		m := p.Module
		if m.Replace != nil {
			t.Errorf("%s: got it replaced by %s, want what its name says", m.Path, m.Replace.Path)
		}
		for _, file := range texts(t, p.Dir, m.Dir) {
			if used[file] {
				continue
			}
			used[file] = true
			rel, err := filepath.Rel(m.Dir, file)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			names := licences(text)
			key := m.Path + " " + filepath.ToSlash(rel)
			if _, ok := decided[key]; ok {
				delete(open, key)
			} else if len(names) == 0 {
				t.Errorf("%s %s: got a text that is on no list, want it read and decided on", m.Path, rel)
			}
			seen[m.Path] = append(seen[m.Path], names...)
		}
		if _, ok := seen[m.Path]; !ok {
			seen[m.Path] = nil
		}
	}
	for key := range open {
		t.Errorf("%s: got it decided on, want what there is", key)
	}
	count := map[string]int{}
	for path, names := range seen {
		if len(names) == 0 {
			t.Errorf("%s: got no licence, want one", path)
		}
		slices.Sort(names)
		count[strings.Join(slices.Compact(names), "+")]++
	}
	if len(seen) < 50 {
		t.Errorf("got %d modules, want all", len(seen))
	}
	t.Logf("%d modules: %v", len(seen), count)
}

// linked lists the modules that are in the program, with their licence files: module@version to paths.
func linked(t *testing.T) map[string][]string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Dir,Module", ".")
	c.Dir = ".."
	c.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0") // the same list on every machine
	b, err := c.Output()
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	out := map[string][]string{}
	for d := json.NewDecoder(bytes.NewReader(b)); ; {
		var p dependency
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || p.Module.Main {
			continue
		}
		name := p.Module.Path + " " + p.Module.Version
		for _, f := range texts(t, p.Dir, p.Module.Dir) {
			if !slices.Contains(out[name], f) {
				out[name] = append(out[name], f)
			}
		}
	}
}

// The notices of everything that is linked in are in the program, each text once with the modules it is for.
// WRITE_NOTICES=1 writes them anew after a change of go.mod.
func TestNotices(t *testing.T) {
	t.Parallel()
	under := map[string][]string{} // text to modules
	for name, files := range linked(t) {
		for _, f := range files {
			text, err := os.ReadFile(f) // #nosec G304 -- of the module cache
			if err != nil {
				t.Fatal(err)
			}
			key := strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n"))
			if !slices.Contains(under[key], name) {
				under[key] = append(under[key], name)
			}
		}
	}
	var parts []string
	for text, names := range under {
		slices.Sort(names)
		parts = append(parts, strings.Join(names, "\n")+"\n\n"+text)
	}
	slices.Sort(parts)
	rule := "\n\n" + strings.Repeat("-", 79) + "\n\n"
	want := "Truecount is built from these modules, each under its own licence.\n" + rule[1:] + strings.Join(
		parts,
		rule,
	) + "\n"
	if os.Getenv("WRITE_NOTICES") != "" {
		if err := os.WriteFile(filepath.Join("release", "notices.txt"), []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := release.Notices(); got != want {
		t.Errorf("got %d bytes of notices, want %d: run WRITE_NOTICES=1 go test ./app -run TestNotices", len(got), len(want))
	}
}

// L4: texts are told apart, and one that asks for more is not taken for one that does not.
func TestLicenceTexts(t *testing.T) {
	t.Parallel()
	const mit = "Permission is hereby granted, free of charge, to any person obtaining a copy\nof this software and so on. The above copyright notice and this permission notice shall be included."
	const isc = "// Permission to use, copy, modify, and/or distribute this software for any\n// purpose with or without fee is hereby granted"
	for text, want := range map[string]string{
		mit: "MIT",
		isc + ", provided that the above copyright notice appears.": "ISC",
		isc + ".": "0BSD",
		"Apache License\n   Version 2.0, January 2004":                   "Apache-2.0",
		mit + " This is under the GNU General Public License too.":       "",
		mit + " Commons Clause":                                          "",
		"GNU LESSER GENERAL PUBLIC LICENSE Version 3":                    "",
		"All rights reserved.":                                           "",
		"Business Source License 1.1, later Apache License, Version 2.0": "",
	} {
		if got := strings.Join(licences([]byte(text)), "+"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// exact is a version that means one thing for ever.
var exact = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+incompatible)?$`)

// L4: what is fetched to build and to check is pinned: modules, the Go version, tools, and the image's base.
func TestPins(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	mod := read("go.mod")
	required := regexp.MustCompile(`(?m)^(?:require )?\t?([a-z][\w./-]+\.[\w./-]+) (v\S+)`).FindAllStringSubmatch(mod, -1)
	if len(required) < 50 {
		t.Errorf("go.mod: got %d modules, want all", len(required))
	}
	sums := read("go.sum")
	for _, r := range required {
		if !exact.MatchString(r[2]) {
			t.Errorf("%s: got version %s, want an exact one", r[1], r[2])
		}
		if !strings.Contains(sums, r[1]+" "+r[2]+"/go.mod h1:") {
			t.Errorf("%s %s: got no hash in go.sum", r[1], r[2])
		}
	}
	if strings.Contains(mod, "\nreplace ") || strings.Contains(mod, "\nexclude ") {
		t.Error("go.mod: got a module replaced or left out, want none")
	}
	toolchain := regexp.MustCompile(`(?m)^toolchain go(\d+\.\d+\.\d+)$`).FindStringSubmatch(mod)
	if toolchain == nil || !strings.Contains(read(".deploy/Dockerfile"), "FROM golang:"+toolchain[1]+" ") {
		t.Errorf("got toolchain %q, want one that the image is built with", toolchain)
	}
	if axe := sha256.Sum256([]byte(read("app/testdata/axe.min.js"))); !strings.Contains(
		read("app/testdata/README.md"),
		hex.EncodeToString(axe[:]),
	) {
		t.Errorf("axe.min.js: got sha256 %x, want the one beside its version", axe)
	}
	for _, name := range []string{".ci/run", "Taskfile.yml", ".deploy/Dockerfile", "ent/generate.go"} {
		text := read(name)
		for _, at := range regexp.MustCompile(`[\w.-]+\.\w+/[\w./-]+@(\S+)`).FindAllStringSubmatch(text, -1) {
			if !exact.MatchString(strings.Trim(at[1], `"'`)) {
				t.Errorf("%s: got %s, want an exact version", name, at[0])
			}
		}
		if strings.Contains(text, "@latest") || strings.Contains(text, ":latest") {
			t.Errorf("%s: got the latest of something, want an exact version", name)
		}
	}
}
