package store

import "testing"

// The disks on which SQLite's journal is not safe are known by the kernel's number, with either sign.
func TestNetworkDisks(t *testing.T) {
	old := statfs
	t.Cleanup(func() { statfs = old })
	for kind, want := range map[int64]string{
		0x6969: "NFS", 0xFF534D42: "SMB (CIFS)", int64(int32(-11317950)): "SMB (CIFS)", 0xFE534D42: "SMB 2", 0x01021997: "9p", 0x65735546: "FUSE",
		0xEF53: "", 0x794C7630: "", 0x58465342: "", 0x01021994: "",
	} {
		statfs = func(string) (int64, error) { return kind, nil }
		if got, err := Network("x"); err != nil || got != want {
			t.Errorf("%x: got %q, %v, want %q", kind, got, err, want)
		}
	}
	statfs = old
	if got, err := Network(t.TempDir()); err != nil || got != "" {
		t.Logf("this machine's own: %q, %v", got, err)
	}
}
