package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Text is cut as people read it: a letter with its marks, a flag or a family of emoji is one. These joiners and
// modifiers belong to what stands before them (Unicode annex 29, in short).
const (
	joiner      = '\u200d'
	firstTone   = '\U0001F3FB'
	lastTone    = '\U0001F3FF'
	firstRegion = '\U0001F1E6' // two of them make a flag
	lastRegion  = '\U0001F1FF'
)

func region(r rune) bool { return r >= firstRegion && r <= lastRegion }

// belongs reports a rune that is no letter of its own.
func belongs(r rune) bool {
	return unicode.Is(unicode.M, r) || r == joiner || r == '\u200c' || (r >= firstTone && r <= lastTone) ||
		(r >= '\U000E0020' && r <= '\U000E007F')
}

// ends gives where each letter of s ends, in bytes.
func ends(s string) []int {
	var out []int
	var last rune
	flag := 0 // regions in a row
	for i, r := range s {
		if region(r) {
			flag++
		} else if !belongs(r) {
			flag = 0
		}
		if i > 0 && !belongs(r) && last != joiner && (!region(r) || flag%2 == 1) {
			out = append(out, i)
		}
		last = r
	}
	if s != "" {
		out = append(out, len(s))
	}
	return out
}

// letters is how many letters a person sees.
func letters(s string) int { return len(ends(s)) }

// first gives the first n letters.
func first(s string, n int) string {
	at := ends(s)
	switch {
	case n <= 0:
		return ""
	case len(at) <= n:
		return s
	default:
		return s[:at[n-1]]
	}
}

// Cut shortens s to n letters, the last of which tells that there was more.
func Cut(s string, n int) string {
	if n <= 0 || letters(s) <= n {
		return first(s, n)
	}
	return strings.TrimRightFunc(first(s, n-1), unicode.IsSpace) + "…"
}

// Initials are at most two letters of a name: of its first and its last word, without their vowel marks. Empty: it
// has no word.
func Initials(name string) string {
	words := strings.FieldsFunc(norm.NFC.String(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !belongs(r) && !strings.ContainsRune("'’ʼ`", r)
	})
	var out []rune
	for _, w := range words {
		for _, r := range w {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				out = append(out, unicode.ToUpper(r))
				break
			}
		}
	}
	if len(out) > 2 {
		out = []rune{out[0], out[len(out)-1]}
	}
	return string(out)
}
