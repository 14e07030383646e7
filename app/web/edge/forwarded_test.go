package edge

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
)

// An address that a trusted proxy writes down with its port is that person's.
func TestForwardedWithAPort(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"198.51.100.9:41000":            "198.51.100.9",
		"[2001:db8::9]:41000":           "2001:db8::9",
		"[2001:db8::9]":                 "2001:db8::9",
		"198.51.100.9":                  "198.51.100.9",
		"2001:db8::9":                   "2001:db8::9",
		"203.0.113.7, 198.51.100.9:1":   "198.51.100.9",
		"198.51.100.9:41000, 10.0.0.2":  "198.51.100.9",
		"nonsense":                      "10.0.0.1",
		"nonsense, 198.51.100.9:41000,": "10.0.0.1",
	} {
		e := gin.New()
		if err := e.SetTrustedProxies([]string{"10.0.0.0/8"}); err != nil {
			t.Fatal(err)
		}
		got := ""
		e.GET("/", func(c *gin.Context) { got = c.ClientIP() })
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.1:5000"
		r.Header.Set("X-Forwarded-For", header)
		plainForwarded(e).ServeHTTP(httptest.NewRecorder(), r)
		if got != want {
			t.Errorf("%s: got %s, want %s", header, got, want)
		}
	}
}
