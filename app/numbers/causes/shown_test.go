package causes_test

import (
	"strings"
	"testing"

	"github.com/truecount/truecount/app/numbers/causes"
)

// Apps write numbers in many ways; what cannot be meant is no number.
func TestRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed       string
		whole       bool
		value, step float64
	}{
		{"12345", true, 12345, 1},
		{" 12 345 ", true, 12345, 1},
		{"12\u00a0345", true, 12345, 1},
		{"12\u202f345", true, 12345, 1},
		{"12.345", true, 12345, 1},
		{"12,345", true, 12345, 1},
		{"12'345", true, 12345, 1},
		{"12’345", true, 12345, 1},
		{"1,234,567", true, 1234567, 1},
		{"1.234.567", true, 1234567, 1},
		{"12,3K", true, 12300, 100},
		{"12.3k", true, 12300, 100},
		{"12.3 K", true, 12300, 100},
		{"12K", true, 12000, 1000},
		{"1.2M", true, 1200000, 100000},
		{"1,25 Mio.", true, 1250000, 10000},
		{"1.2 mrd", true, 1200000000, 100000000},
		{"3,4 mil", true, 3400, 100},
		{"1.234K", true, 1234, 1},
		{"1.234,5K", true, 1234500, 100},
		{"1,234.0", true, 1234, 1},
		{"0", true, 0, 1},
		{"-12", true, -12, 1},
		{"−1.2K", true, -1200, 100},
		{"+7", true, 7, 1},
		{"5.31%", false, 5.31, 0.01},
		{"5,3 %", false, 5.3, 0.1},
		{"5.345", false, 5.345, 0.001},
		{"12", false, 12, 1},
	} {
		got, ok := causes.Read(c.typed, c.whole)
		if !ok || got.Value != c.value || got.Step < c.step*0.999 || got.Step > c.step*1.001 {
			t.Errorf("%q: got %v %t, want %v in steps of %v", c.typed, got, ok, c.value, c.step)
		}
	}
	for _, typed := range []string{
		"", " ", "many", "12.34", "1.23.456", "12,34,567", "1234,567", "1,2.3,4", "12K5", "12 elephants", "K", "--5", "1e9", "NaN",
		"Infinity", "0x10", "12%", "1.2345K5", "5 or 6", "99999999999999999", "1.00001K", strings.Repeat("1", 41), "<b>1</b>", "1..2",
	} {
		if got, ok := causes.Read(typed, true); ok {
			t.Errorf("%q: got %v, want nothing", typed, got)
		}
	}
}
