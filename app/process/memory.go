package process

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
)

// A heap that may grow to four times what lives (gcPercent) grows by 76 MB for each password that is looked at, for a
// hash holds 19 MiB. The memory limit makes the collector work before that: it leaves room for twice what lives, so
// that it never runs without end, and never less than a batch of syncs takes.
const (
	memoryFloor = 144 << 20
	memoryRoom  = 64 << 20
)

// memoryLimit is the limit for a heap of which so many bytes live.
func memoryLimit(live uint64) int64 { return max(memoryFloor, int64(min(live, 1<<46))*2+memoryRoom) }

// LimitMemory sets the process's memory limit: to limit bytes, or for 0 by what lives on the heap now. GOMEMLIMIT in
// the environment overrules both. It is called every minute.
func LimitMemory(limit int64) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	if limit == 0 {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		if sample[0].Value.Kind() != metrics.KindUint64 {
			return
		}
		limit = memoryLimit(sample[0].Value.Uint64())
	}
	debug.SetMemoryLimit(limit)
}

// gcPercent lets the heap grow to some 100 MB in a batch before it is swept: measured, a tenth more syncs a second.
const gcPercent = 300

// TuneCollector sets how far the heap may grow before it is swept. GOGC in the environment overrules it.
func TuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
