package web_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/truecount/truecount/app/numbers/period"
	"github.com/truecount/truecount/app/web/machines"
)

var (
	documented = regexp.MustCompile("(?m)^\\| `([A-Z]+) (/api/v1[^`?]*)[^`]*` \\|")
	variable   = regexp.MustCompile(`:(\w+)`)
)

// Each route of API v1 that there is stands in the OpenAPI document and in the help, and they describe no other. The
// help names each parameter of a question about a figure, and the document lists the values that they take.
func TestEveryRouteOfV1IsDescribed(t *testing.T) {
	t.Parallel()
	s := serve(t)
	var mounted []string
	for _, r := range s.Web.Table() {
		if strings.HasPrefix(r.Path, "/api/v1") {
			mounted = append(mounted, r.Method+" "+variable.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	doc, err := openapi3.NewLoader().LoadFromData(machines.Document(s.Platforms.Specs()))
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if strings.HasPrefix(path, "/api/v1") {
				described = append(described, method+" "+path)
			}
		}
	}
	page, err := os.ReadFile("../help/docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	var explained []string
	for _, m := range documented.FindAllStringSubmatch(string(page), -1) {
		explained = append(explained, m[1]+" "+m[2])
	}
	slices.Sort(mounted)
	if len(mounted) < 4 {
		t.Fatalf("got the routes %v, want those of API v1", mounted)
	}
	for where, got := range map[string][]string{"OpenAPI": described, "the help": explained} {
		if slices.Sort(got); !slices.Equal(got, mounted) {
			t.Errorf("%s: got %v, want %v", where, got, mounted)
		}
	}
	for _, path := range []string{"/api/v1/numbers", "/api/v1/explain"} {
		for _, p := range doc.Paths.Find(path).Get.Parameters {
			if name := p.Value.Name; !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("the help: got no word of %s, a parameter of %s", name, path)
			}
			var values []string
			if p.Value.Schema != nil && p.Value.Schema.Value != nil {
				for _, v := range p.Value.Schema.Value.Enum {
					values = append(values, v.(string))
				}
			}
			want := map[string][]string{"span": period.Spans(), "by": period.Cuts()}[p.Value.Name]
			if want == nil {
				continue
			}
			if slices.Sort(values); !slices.Equal(values, slices.Sorted(slices.Values(want))) {
				t.Errorf("OpenAPI: got %v for %s of %s, want %v", values, p.Value.Name, path, want)
			}
			for _, v := range want {
				if !strings.Contains(string(page), v) {
					t.Errorf("the help: got no word of %s=%s", p.Value.Name, v)
				}
			}
		}
	}
}
