package config

import (
	"path/filepath"
	"strconv"
	"time"

	"github.com/truecount/truecount/app/words"
)

// Backup says when copies of an SQLite database are made, where they go and how many are kept.
type Backup struct {
	Every time.Duration // 0: never
	Dir   string
	Keep  int
}

const (
	leastBetween = 10 * time.Minute    // two copies
	longestCopy  = 30 * 24 * time.Hour // what was deleted is to be gone from copies by then
)

func (c *Config) backups(r raw) error {
	b := &c.Backup
	var err error
	if b.Every, err = duration("BACKUP_EVERY", r.BackupEvery, "24h"); err != nil {
		return err
	}
	if b.Every > 0 && b.Every < leastBetween {
		return invalidValue("BACKUP_EVERY", words.English.Say("config.backupEvery"), "24h")
	}
	if b.Keep, err = strconv.Atoi(r.BackupKeep); err != nil || b.Keep < 1 || b.Keep > 365 {
		return invalidValue("BACKUP_KEEP", words.English.Say("config.to365"), "7")
	}
	if b.Dir = r.BackupDir; b.Dir == "" {
		b.Dir = filepath.Join(c.DataDir, "backups")
	}
	if b.Every > 0 && b.Every > longestCopy/time.Duration(b.Keep) {
		c.Warnings = append(c.Warnings, words.English.Say("config.backupsLong"))
	}
	return nil
}
