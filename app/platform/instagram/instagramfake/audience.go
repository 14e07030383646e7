package instagramfake

import (
	"slices"
	"strings"
)

var demographics = []string{"follower_demographics", "engaged_audience_demographics"}

// parts are how an audience divides, in thousandths; an account's own mix is turned by its id.
var parts = map[string][]struct {
	key      string
	perMille int64
}{
	"age":    {{"13-17", 60}, {"18-24", 310}, {"25-34", 340}, {"35-44", 160}, {"45-54", 80}, {"55-64", 30}, {"65+", 20}},
	"gender": {{"F", 560}, {"M", 380}, {"U", 60}},
	"country": {
		{"PT", 270},
		{"KR", 190},
		{"US", 160},
		{"BR", 120},
		{"GB", 70},
		{"DE", 60},
		{"FR", 50},
		{"ES", 40},
		{"JP", 25},
		{"CA", 15},
	},
	"city": {
		{"Lisbon, Lisbon District", 150},
		{"Seoul, Seoul", 120},
		{"Porto, Porto District", 60},
		{"São Paulo, São Paulo (state)", 50},
		{"London, England", 40},
		{"Berlin, Berlin", 30},
	},
}

const enough = 100 // people under which nothing is told

// demographics answers one breakdown of an audience: of the followers, or of a twentieth who engaged.
func (f *fake) demographics(c call, metrics []string) {
	by := c.q.Get("breakdown")
	_, known := parts[by]
	switch {
	case len(metrics) != 1 || c.q.Get("period") != "lifetime" || c.q.Get("metric_type") != "total_value":
		param(c.rw, "(#100) The parameters period and metric_type must be lifetime and total_value")
		return
	case !slices.Contains([]string{"this_week", "this_month"}, c.q.Get("timeframe")):
		param(c.rw, "(#100) The parameter timeframe must be one of this_week, this_month")
		return
	case !known:
		param(
			c.rw,
			"(#100) The parameter breakdown must be one of "+strings.Join([]string{"age", "gender", "country", "city"}, ", "),
		)
		return
	}
	followers := f.w.Followers(id, c.grant.Account, f.w.Hour())
	people := int64(0)
	if followers != nil {
		people = *followers
	}
	if metrics[0] == demographics[1] {
		people /= 20
	}
	results := []object{}
	for _, p := range parts[by] {
		if people >= enough {
			results = append(results, object{"dimension_values": []string{p.key}, "value": people * p.perMille / 1000})
		}
	}
	out := []object{}
	if len(results) > 0 {
		out = append(out, object{
			"name": metrics[0], "period": "lifetime", "title": metrics[0], "description": "",
			"id":          c.grant.Account + "/insights/" + metrics[0] + "/lifetime",
			"total_value": object{"breakdowns": []object{{"dimension_keys": []string{by}, "results": results}}},
		})
	}
	answer(c.rw, 200, object{"data": out})
}
