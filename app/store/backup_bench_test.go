package store_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/truecount/truecount/app/store"
	"github.com/truecount/truecount/app/viewer"
	"github.com/truecount/truecount/ent"
)

// BenchmarkBackup copies a database of COPY_MB megabytes (100) while one writes, and tells how long its
// writes take meanwhile: COPY_MB=1000 go test ./app/store -run '^$' -bench Backup -benchtime 1x
func BenchmarkBackup(b *testing.B) {
	mb, err := strconv.Atoi(cmp.Or(os.Getenv("COPY_MB"), "100"))
	if err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(b.Context(), "sqlite://"+filepath.Join(b.TempDir(), "test.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(viewer.System(b.Context(), viewer.ReasonTest))
	defer stop()
	for i := range mb {
		rows := make([]*ent.MetaCreate, 250)
		for j := range rows {
			value := make([]byte, 4000)
			_, _ = rand.Read(value)
			rows[j] = s.Client.Meta.Create().SetID(fmt.Sprint(i, " ", j)).SetValue(value)
		}
		s.Client.Meta.CreateBulk(rows...).ExecX(ctx)
	}
	var took []time.Duration
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ctx.Err() == nil; n++ {
			began := time.Now()
			if err := s.Client.Meta.UpdateOneID("0 0").SetValue([]byte{byte(n)}).Exec(ctx); err == nil {
				took = append(took, time.Since(began))
			}
		}
	}()
	var size int64
	n := 0
	for b.Loop() {
		n++
		c, err := s.Backup(ctx, filepath.Join(b.TempDir(), fmt.Sprint(n, ".db")))
		if err != nil {
			b.Fatal(err)
		}
		size = c.Size
	}
	stop()
	<-done
	slices.Sort(took)
	b.ReportMetric(float64(size)/1e6, "MB")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "write-p95-ms")
	b.ReportMetric(float64(took[len(took)-1].Milliseconds()), "write-max-ms")
}
