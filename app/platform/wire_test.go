package platform

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"
)

// Never zero for unknown, and one strange counter does not lose an answer. // P3
func TestCount(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`0`: "0", `12`: "12", `"12"`: "12", `9223372036854775807`: "9223372036854775807", `12.0`: "12", `1e3`: "1000",
		`null`: "unknown", `""`: "unknown", `-1`: "bad", `"many"`: "bad", `48.4`: "bad", `1e300`: "bad", `9223372036854775808`: "bad", `{}`: "bad", `[1]`: "bad", `true`: "bad", `"NaN"`: "bad", `"Inf"`: "bad",
	} {
		var c Count
		if err := json.Unmarshal([]byte(in), &c); err != nil {
			t.Errorf("%s: got %v, want no error", in, err)
		}
		got := "unknown"
		switch {
		case c.Bad:
			got = "bad"
		case c.N != nil:
			got = strconv.FormatInt(*c.N, 10)
		}
		if got != want || (c.Bad && c.N != nil) {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestTextKeepsEveryDigit(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Text{
		`"017"`: "017", `27391460284731957`: "27391460284731957", `-5`: "-5", `null`: "", `{}`: "", `true`: "", `"a\u0026b"`: "a&b",
	} {
		var got Text
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", in, got, err, want)
		}
	}
}

// T12: a lifetime that makes no sense is an unknown one.
func TestLifetime(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		`3599`: 3599 * time.Second, `"7200"`: 7200 * time.Second, `7200.9`: 7200 * time.Second, `34560000`: 400 * 24 * time.Hour,
		`0`: 0, `-1`: 0, `34560001`: 0, `1e30`: 0, `null`: 0, `"soon"`: 0, `{}`: 0, `"NaN"`: 0,
	} {
		var l Lifetime
		if err := json.Unmarshal([]byte(in), &l); err != nil {
			t.Errorf("%s: got %v, want no error", in, err)
		}
		end := l.After(start)
		if want == 0 && !end.IsZero() || want != 0 && end.Sub(start) != want {
			t.Errorf("%s: got an end at %s, want %s later", in, end, want)
		}
	}
}

// W4: only http and https on the platform's own hosts, and no user part.
func TestLink(t *testing.T) {
	t.Parallel()
	s := Spec{PictureHosts: []string{".cdn.example", "www.one.example"}}
	for in, want := range map[string]string{
		"https://a.cdn.example/x?y=1": "https://a.cdn.example/x?y=1", "https://cdn.example/x": "https://cdn.example/x", "http://WWW.one.example/": "http://WWW.one.example/",
		" https://a.cdn.example/x ": "https://a.cdn.example/x",
		"https://evilcdn.example/":  "", "https://one.example/": "", "https://a.www.one.example/": "", "https://a.cdn.example.evil/": "", "//a.cdn.example/x": "", "": "",
		"javascript:alert(1)//a.cdn.example": "", "data:text/html,a.cdn.example": "", "https://u@a.cdn.example/": "", "https://a.cdn.example:8080/": "", "ftp://a.cdn.example/": "", "https://a.cdn.example\n/": "",
	} {
		if got := s.Link(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// P8: doubles and posts without an id go, newest first, undated last.
func TestTidy(t *testing.T) {
	t.Parallel()
	day := func(d int) time.Time { return time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC) }
	posts := []Post{
		{ExternalID: "undated"},
		{ExternalID: "a", PostedAt: day(1)},
		{ExternalID: "c", PostedAt: day(3)},
		{},
		{ExternalID: "a", PostedAt: day(9)},
		{ExternalID: "b", PostedAt: day(2)},
	}
	for limit, want := range map[int]string{10: "cbaundated", 2: "cb", 0: "", -1: "cbaundated"} {
		got := ""
		for _, p := range Tidy(posts, limit) {
			got += p.ExternalID
		}
		if got != want {
			t.Errorf("limit %d: got %s, want %s", limit, got, want)
		}
	}
}

func FuzzCount(f *testing.F) {
	for _, s := range []string{`0`, `"12"`, `1e3`, `-1`, `null`, `{}`, `"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var c Count
		if err := c.UnmarshalJSON([]byte(s)); err != nil || (c.N != nil && (*c.N < 0 || c.Bad)) {
			t.Errorf("%q: got %+v, %v, want a count, an unknown one or a bad one", s, c, err)
		}
	})
}

// A post that comes twice in one reading keeps the later counters, and what only the first told.
func TestAPostTwice(t *testing.T) {
	t.Parallel()
	n := func(v int64) *int64 { return &v }
	got := Tidy([]Post{
		{ExternalID: "1", Title: "first", Views: n(10), Likes: n(3), Absent: map[string]Absence{"reach": AbsenceLate}},
		{ExternalID: "2", Views: n(1)},
		{ExternalID: "1", Title: "second", Views: n(12), Reach: n(5)},
	}, 10)
	if len(got) != 2 || *got[0].Views != 12 || *got[0].Likes != 3 || *got[0].Reach != 5 || got[0].Absent["reach"] != "" ||
		got[0].Title != "first" {
		t.Errorf("got %+v, want the later counters", got)
	}
}
