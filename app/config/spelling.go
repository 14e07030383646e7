package config

import (
	"errors"
	"fmt"
	"iter"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/truecount/truecount/app/words"
)

// raw finds a character that may not stand as it is in the user name or password of an address: the rest of the address
// is read differently because of it. how is the way to write it; empty: there is none.
func rawCharacter(address string) (character, how string) {
	_, rest, found := strings.Cut(address, "://")
	at := strings.LastIndexByte(rest, '@')
	if !found || at < 0 {
		return "", ""
	}
	signIn := rest[:at]
	if i := strings.IndexByte(signIn, '?'); i >= 0 && strings.Contains(signIn[:i], "@") {
		return "", "" // an @ of the parameters
	}
	for i, r := range signIn {
		switch {
		case r == '%' && i+2 < len(signIn) && hex(signIn[i+1]) && hex(signIn[i+2]):
		case strings.ContainsRune("#/?%[]@\\\"<>^`{}| ", r):
			return string(r), url.QueryEscape(string(r))
		}
	}
	return "", ""
}

func hex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

// misread says of an address what it would be if the character in its password were written as it must.
func misread(name, address, example string) error {
	c, how := rawCharacter(address)
	if c == "" {
		return nil
	}
	if c == " " {
		c, how = "blank", "%20"
	}
	return invalidValue(name, words.English.Say("config.rawCharacter", "Character", c, "Escaped", how), example)
}

// spelled refuses what an editor or a shell left in values: quotes around them, and characters that nobody sees.
func spelled(vars map[string]string, names []string, wrong *problems) {
	for _, name := range names {
		v := vars[name]
		if len(v) > 1 && (v[0] == '"' || v[0] == '\'') && v[len(v)-1] == v[0] {
			wrong.add(errors.New(words.English.Say("config.quoted", "Name", name)))
			continue
		}
		i := strings.IndexFunc(v, unseen)
		if i < 0 {
			continue
		}
		for _, r := range v[i:] {
			wrong.add(
				errors.New(
					words.English.Say(
						"config.invisible",
						"Name",
						name,
						"Code",
						fmt.Sprintf("U+%04X", r),
						"Position",
						len([]rune(v[:i]))+1,
					),
				),
			)
			break
		}
	}
}

func unseen(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || (unicode.IsSpace(r) && r != ' ')
}

// settingNames are all that are known, and what the declared platforms ask for.
func settingNames(vars map[string]string, declared []Declared) []string {
	var names []string
	for f := range fieldsOf(reflect.TypeFor[raw]()) {
		names = append(names, f.Tag.Get("env"))
	}
	for name := range vars {
		for _, d := range declared {
			if suffix, ours := strings.CutPrefix(name, prefix(d)); ours && slices.Contains(suffixes(d), suffix) {
				names = append(names, name)
			}
		}
	}
	names = slices.DeleteFunc(
		names,
		func(n string) bool { return n == "" || vars[n] == "" || n == keysName },
	) // a keyset is JSON
	slices.Sort(names)
	return names
}

func fieldsOf(t reflect.Type) iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}
