package instagramfake

import "strings"

// field is one entry of a fields parameter: name.modifier(arguments){fields}.
type field struct {
	name string
	mods map[string][]string // insights.metric(a,b) -> metric: a, b
	sub  []field
}

// parseFields reads a fields parameter; ok is false when its brackets do not close.
func parseFields(s string) (out []field, ok bool) {
	for s != "" {
		end := strings.IndexAny(s, ",.({")
		f := field{mods: map[string][]string{}}
		if end < 0 {
			f.name, s = s, ""
		} else {
			f.name, s = s[:end], s[end:]
		}
		for s != "" && s[0] != ',' {
			switch s[0] {
			case '.':
				open, shut := strings.IndexByte(s, '('), strings.IndexByte(s, ')')
				if open < 0 || shut < open {
					return nil, false
				}
				f.mods[s[1:open]] = strings.Split(s[open+1:shut], ",")
				s = s[shut+1:]
			case '{':
				shut := closing(s)
				if shut < 0 {
					return nil, false
				}
				if f.sub, ok = parseFields(s[1:shut]); !ok {
					return nil, false
				}
				s = s[shut+1:]
			default:
				return nil, false
			}
		}
		s = strings.TrimPrefix(s, ",")
		f.name = strings.TrimSpace(f.name)
		if f.name == "" {
			return nil, false
		}
		out = append(out, f)
	}
	return out, true
}

// closing is where the bracket that s begins with closes.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
