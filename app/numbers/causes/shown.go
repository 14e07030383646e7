package causes

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Shown is a number as a platform's app shows it.
type Shown struct {
	Value float64
	Step  float64 // what one more in the last place typed is worth: of "12.3K" it is 100
}

// longestShown is how many bytes of a number are read.
const longestShown = 40

// most is the largest number that is read: no count of a platform comes near it.
const most = 1e15

// shape is a number with its signs and separators, and the word for its size.
var shape = regexp.MustCompile(`^([+-]?)([0-9]+(?:[.,'][0-9]+)*)(%|[a-z]+\.?)?$`)

// sizes are the words for thousands, millions and billions in the apps' languages.
var sizes = map[string]float64{
	"k": 1e3, "tsd": 1e3, "mil": 1e3, "thousand": 1e3,
	"m": 1e6, "mn": 1e6, "mi": 1e6, "mio": 1e6, "mln": 1e6, "million": 1e6,
	"b": 1e9, "bn": 1e9, "mrd": 1e9, "mld": 1e9, "billion": 1e9,
}

// Read reads a number as apps of any language write it: 12,3K, 1.2M, 12 345, 12.345. whole says that it counts
// something, so that a single separator before three digits groups thousands. False: it cannot be meant.
func Read(typed string, whole bool) (Shown, bool) {
	if len(typed) > longestShown {
		return Shown{}, false
	}
	s := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r == '−' || r == '–':
			return '-'
		case r == '’' || r == '‘':
			return '\''
		default:
			return unicode.ToLower(r)
		}
	}, typed)
	parts := shape.FindStringSubmatch(s)
	if parts == nil {
		return Shown{}, false
	}
	size, word := 1.0, strings.TrimSuffix(parts[3], ".")
	if word != "" && word != "%" {
		known := false
		if size, known = sizes[word]; !known {
			return Shown{}, false
		}
	}
	if word == "%" && whole {
		return Shown{}, false
	}
	digits, decimals, ok := places(parts[2], whole && size == 1)
	if !ok {
		return Shown{}, false
	}
	value, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return Shown{}, false
	}
	step := size / math.Pow10(decimals)
	value = math.Round(value*step*1e6) / 1e6
	if value > most || whole && value != math.Trunc(value) {
		return Shown{}, false
	}
	if whole {
		step = max(step, 1)
	}
	if parts[1] == "-" {
		value = -value
	}
	return Shown{Value: value, Step: step}, true
}

// places gives the digits of a number without their separators, and how many of them are decimals. counting says that
// there can be no decimals.
func places(number string, counting bool) (digits string, decimals int, ok bool) {
	groups := strings.FieldsFunc(number, func(r rune) bool { return r == '.' || r == ',' || r == '\'' })
	digits = strings.Join(groups, "")
	if len(groups) == 1 {
		return digits, 0, true
	}
	separators := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, number)
	last, final := separators[len(separators)-1], groups[len(groups)-1]
	same := strings.Count(separators, string(last)) == len(separators)
	grouped := last == '\'' || same && (len(separators) > 1 || counting)
	if !grouped { // the last separator is the point
		if strings.IndexByte(separators, last) != len(separators)-1 {
			return "", 0, false
		}
		groups, decimals = groups[:len(groups)-1], len(final)
		if strings.Trim(final, "0") == "" && counting {
			return strings.Join(groups, ""), 0, thousands(groups)
		}
	}
	return digits, decimals, thousands(groups)
}

// thousands reports groups as they are written: three digits each after the first, which has no more.
func thousands(groups []string) bool {
	if len(groups) > 1 && len(groups[0]) > 3 {
		return false
	}
	for _, g := range groups[1:] {
		if len(g) != 3 {
			return false
		}
	}
	return true
}
