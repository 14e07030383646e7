package app

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
)

// A heap that may grow to four times what lives (gcPercent) grows by 76 MB for each password that is looked at, for a
// hash holds 19 MiB. The memory limit makes the collector work before that: it leaves room for twice what lives, so that
// it never runs without end, and never less than a batch of syncs takes.
const (
	memoryFloor = 144 << 20
	memoryRoom  = 64 << 20
)

// memoryLimit is the limit for a heap of which so many bytes live.
func memoryLimit(live uint64) int64 { return max(memoryFloor, int64(min(live, 1<<46))*2+memoryRoom) }

// limitMemory sets the process's memory limit, by MEMORY_LIMIT or by what lives on the heap now. GOMEMLIMIT in the
// environment overrules both.
func (a *App) limitMemory(context.Context) error {
	if os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	limit := a.Config.MemoryLimit
	if limit == 0 {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		if sample[0].Value.Kind() != metrics.KindUint64 {
			return nil
		}
		limit = memoryLimit(sample[0].Value.Uint64())
	}
	debug.SetMemoryLimit(limit)
	return nil
}
