package config

import (
	"net/url"
	"path/filepath"
)

// KeysFile is where the keyset lies when ENCRYPTION_KEYS does not name one.
func (c Config) KeysFile() string { return filepath.Join(c.DataDir, "keys.json") }

// SpoolDir is where renewed tokens wait in files while the database takes none.
func (c Config) SpoolDir() string { return filepath.Join(c.DataDir, "spool") }

// SandboxFile is the journal of the sandbox's world.
func (c Config) SandboxFile() string { return filepath.Join(c.DataDir, "sandbox.journal") }

// PublicHost is the host that the installation is known by; a machine's own name, or an address that cannot be read, is
// none.
func (c Config) PublicHost() string {
	u, err := url.Parse(c.BaseURL)
	if err != nil || Loopback(u.Hostname()) {
		return ""
	}
	return u.Hostname()
}
