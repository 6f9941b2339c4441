package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

const benchKeys = 1_000_000

// benchRun is rows changed at random, with keys of 16 bytes and values of 64.
func benchRun(rng *rand.Rand, rows int) *state.Run {
	picked := make([]uint64, rows)
	for i := range picked {
		picked[i] = rng.Uint64N(benchKeys)
	}
	slices.Sort(picked)
	run := &state.Run{}
	var k [16]byte
	var value [64]byte
	for _, n := range slices.Compact(picked) {
		binary.BigEndian.PutUint64(k[8:], n)
		binary.BigEndian.PutUint64(value[:], rng.Uint64())
		run.Put(k[:], value[:])
	}
	return run
}

func BenchmarkCommit(b *testing.B) {
	for _, rows := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			s := mustOpen(b, Options{Dir: b.TempDir()})
			rng := rand.New(rand.NewPCG(1, 2))
			runs := make([]*state.Run, 16)
			for i := range runs {
				runs[i] = benchRun(rng, rows)
			}
			epoch, total := uint64(0), 0
			b.ReportAllocs()
			for b.Loop() {
				epoch++
				run := runs[epoch%16]
				total += run.Len()
				c := Changes{Now: int64(epoch), Tables: []TableChanges{{Table: 1, Runs: []*state.Run{run}}}}
				if err := errors.Join(s.Commit(epoch, c), s.Publish(epoch)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(total), "ns/row")
			mustClose(b, s)
		})
	}
}

// BenchmarkAppend commits rows that are numbered, of 110 bytes each.
func BenchmarkAppend(b *testing.B) {
	for _, rows := range []int{1_000, 5_000, 20_000, 100_000} {
		for _, appendBytes := range []int{1, 1 << 30} {
			b.Run(fmt.Sprintf("rows=%d/files=%t", rows, appendBytes == 1), func(b *testing.B) {
				s := mustOpen(b, Options{Dir: b.TempDir(), AppendBytes: appendBytes})
				rng := rand.New(rand.NewPCG(1, 2))
				var k [9]byte
				var value [110]byte
				epoch, number := uint64(0), uint64(0)
				for b.Loop() {
					b.StopTimer()
					run := &state.Run{}
					for range rows {
						number++
						binary.BigEndian.PutUint64(k[1:], number)
						for i := range 6 {
							binary.BigEndian.PutUint64(value[8*i:], rng.Uint64())
						}
						run.Put(k[:], value[:])
					}
					epoch++
					c := Changes{Now: int64(epoch), Tables: []TableChanges{{Table: 1, Appends: true, Runs: []*state.Run{run}}}}
					b.StartTimer()
					if err := errors.Join(s.Commit(epoch, c), s.Publish(epoch)); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(number), "ns/row")
				b.ReportMetric(b.Elapsed().Seconds()*1000/float64(epoch), "ms/epoch")
				mustClose(b, s)
			})
		}
	}
}

func benchStore(b *testing.B) (*Store, *Snapshot) {
	s := mustOpen(b, Options{Dir: b.TempDir(), IngestBytes: 1})
	run := &state.Run{}
	var k [16]byte
	var value [64]byte
	for n := range uint64(benchKeys) {
		binary.BigEndian.PutUint64(k[8:], n)
		run.Put(k[:], value[:])
	}
	c := Changes{Now: 1, Tables: []TableChanges{{Table: 1, Runs: []*state.Run{run}}}}
	if err := errors.Join(s.Commit(1, c), s.Publish(1)); err != nil {
		b.Fatal(err)
	}
	snapshot, err := s.Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		mustClose(b, snapshot)
		mustClose(b, s)
	})
	return s, snapshot
}

func BenchmarkGet(b *testing.B) {
	_, snapshot := benchStore(b)
	table := snapshot.Table(1)
	rng := rand.New(rand.NewPCG(1, 2))
	var k [16]byte
	var value []byte
	b.ReportAllocs()
	for b.Loop() {
		binary.BigEndian.PutUint64(k[8:], rng.Uint64N(benchKeys))
		var ok bool
		var err error
		if value, ok, err = table.Get(value[:0], k[:]); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkGetMany(b *testing.B) {
	_, snapshot := benchStore(b)
	table := snapshot.Table(1)
	rng := rand.New(rand.NewPCG(1, 2))
	keys := benchRun(rng, 2048).Keys
	var values key.Keys
	var found []bool
	b.ReportAllocs()
	for b.Loop() {
		values.Reset()
		var err error
		if found, err = table.GetMany(&keys, &values, found[:0]); err != nil || !found[0] {
			b.Fatal(found[0], err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*keys.Len()), "ns/row")
}

func BenchmarkScan(b *testing.B) {
	_, snapshot := benchStore(b)
	table := snapshot.Table(1)
	var run state.Run
	b.ReportAllocs()
	for b.Loop() {
		c, err := table.Scan(state.Range{})
		if err != nil {
			b.Fatal(err)
		}
		for more := true; more; {
			run.Reset()
			if more, err = c.Next(&run, 2048); err != nil {
				b.Fatal(err)
			}
		}
		mustClose(b, c)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchKeys), "ns/row")
}

func BenchmarkSnapshot(b *testing.B) {
	s, _ := benchStore(b)
	b.ReportAllocs()
	for b.Loop() {
		snapshot, err := s.Snapshot()
		if err != nil {
			b.Fatal(err)
		}
		mustClose(b, snapshot)
	}
}
