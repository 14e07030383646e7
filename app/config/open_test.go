package config_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/platform/all"
	"github.com/truecount/truecount/app/vault"
)

// What would let strangers in is refused in public, with one line and an example, and told on this machine.
func TestSettingsThatAreUnsafeInPublic(t *testing.T) {
	t.Parallel()
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := vault.NewFile(keys); err != nil {
		t.Fatal(err)
	}
	whole := map[string]string{
		"BASE_URL": "https://count.example.com", "ENCRYPTION_KEYS": keys, "TIKTOK_CLIENT_KEY": "aw1kd83hfn2", "TIKTOK_CLIENT_SECRET": "q8Zt4nV0xLw2Rk",
	}
	for _, tc := range []struct{ name, value, wrong string }{
		{"TRUSTED_PROXIES", "0.0.0.0/0", "anyone can fake"}, {"TRUSTED_PROXIES", "10.0.0.1,::/0", "anyone can fake"}, {"TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1", "anyone can fake"},
		{"TRUSTED_PROXIES", "::ffff:0.0.0.0/96", "anyone can fake"}, {"TRUSTED_PROXIES", "2000::/3", "anyone can fake"}, {"TRUSTED_PROXIES", "10.0.0.0/8", ""}, {"TRUSTED_PROXIES", "fd00::/16", ""}, {"TRUSTED_PROXIES", "127.0.0.1", ""},
		{"TIKTOK_API_URL", "http://tiktok.internal:9000", "unencrypted"}, {"YOUTUBE_TOKEN_URL", "http://10.0.0.7/token", "unencrypted"}, {"INSTAGRAM_AUTHORIZE_URL", "http://x.example/a", "unencrypted"},
		{"TIKTOK_API_URL", "http://127.0.0.1:9000", ""}, {"TIKTOK_API_URL", "http://localhost:9000", ""}, {"TIKTOK_API_URL", "https://tiktok.internal", ""},
		{"JOBS_SECRET", "your-jobs-secret-here", "placeholder"}, {"JOBS_SECRET", "kd83hfn2aw1q8Zt4nV0", ""},
	} {
		vars := maps.Clone(whole)
		vars[tc.name] = tc.value
		c, err := config.Load(vars, all.Platforms().Declared())
		if tc.wrong == "" {
			if err != nil || len(c.Warnings) != 0 {
				t.Errorf("%s=%s: got %v, %v, want it taken", tc.name, tc.value, err, c.Warnings)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), tc.name+" ") || !strings.Contains(err.Error(), tc.wrong) ||
			!strings.Contains(err.Error(), "for example "+tc.name+"=") ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s=%s in public: got %v, want one line with %q", tc.name, tc.value, err, tc.wrong)
		}
		local := map[string]string{tc.name: tc.value}
		c, err = config.Load(local, all.Platforms().Declared())
		if err != nil || !strings.Contains(strings.Join(c.Warnings, "\n"), tc.name+" ") ||
			strings.Contains(strings.Join(c.Warnings, ""), "your-jobs-secret") {
			t.Errorf("%s=%s on this machine: got %v, %v, want a warning", tc.name, tc.value, err, c.Warnings)
		}
	}
	bare := map[string]string{"BASE_URL": "https://count.example.com", "ENCRYPTION_KEYS": keys}
	c, err := config.Load(bare, all.Platforms().Declared())
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "no platform has credentials") {
		t.Errorf("in public without credentials: got %v, %v, want one warning", err, c.Warnings)
	}
	if c, err := config.Load(map[string]string{}, all.Platforms().Declared()); err != nil || len(c.Warnings) != 0 {
		t.Errorf("with nothing set: got %v, %v, want no warning", err, c.Warnings)
	}
}

// A memory limit is bytes or a size in words.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]int64{"": 0, "0": 0, "512MiB": 512 << 20, "1GiB": 1 << 30, "134217728": 128 << 20, "131072KiB": 128 << 20} {
		if c, err := config.Load(map[string]string{"MEMORY_LIMIT": value}, all.Platforms().Declared()); err != nil ||
			c.MemoryLimit != want {
			t.Errorf("%q: got %d, %v, want %d", value, c.MemoryLimit, err, want)
		}
	}
	for _, value := range []string{"much", "-1", "1MB", "32MiB", "512 MiB", "1.5GiB", "MiB", "99999999GiB"} {
		if _, err := config.Load(map[string]string{"MEMORY_LIMIT": value}, all.Platforms().Declared()); err == nil ||
			!strings.HasPrefix(err.Error(), "MEMORY_LIMIT ") {
			t.Errorf("%q: got %v, want it refused", value, err)
		}
	}
}
