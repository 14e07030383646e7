package ui

import (
	"strings"
	"time"

	"github.com/truecount/truecount/app/words"
)

// The functions below write numbers and dates in English for pages whose words are not in the catalogue yet.

// Unknown is what stands where a number is not known.
const Unknown = words.Unknown

func Exact(n int64) string                            { return words.English.Exact(n) }
func Compact(n int64) string                          { return words.English.Compact(n) }
func CompactFloat(v float64) string                   { return words.English.CompactFloat(v) }
func ExactFloat(v float64) string                     { return words.English.ExactFloat(v) }
func Percent(v float64, decimals int) string          { return words.English.Percent(v, decimals) }
func SignedCount(n int64) string                      { return words.English.SignedCount(n) }
func Ago(t, now time.Time, z *time.Location) string   { return words.English.Ago(t, now, z) }
func Day(t, now time.Time, z *time.Location) string   { return words.English.Day(t, now, z) }
func Stamp(t time.Time, z *time.Location) string      { return words.English.Stamp(t, z) }
func Clock(t, now time.Time, z *time.Location) string { return words.English.Clock(t, now, z) }
func Range(from, to time.Time) string                 { return words.English.Range(from, to) }
func Length(d time.Duration) string                   { return words.English.Length(d) }

func Signed(v float64, decimals int, unit string) string {
	if strings.Contains(unit, "pt") {
		return words.English.SignedPoints(v, decimals)
	}
	return words.English.SignedPercent(v, decimals)
}

func Plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Exact(n) + " " + many
}
