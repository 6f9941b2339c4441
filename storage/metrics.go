package storage

// Metrics are what the runtime looks at to slow down before commits have to wait, and what operators of a server watch.
type Metrics struct {
	// DiskBytes is what the folder takes on disk.
	DiskBytes uint64
	// WALBytes is the part of it that is the write-ahead log.
	WALBytes uint64
	// MemTables are the memtables that are filling or wait for their flush. When their bytes come to MemTableBytesMax commits wait.
	// Their number says little: the first ones of a store are small.
	MemTables                       int
	MemTableBytes, MemTableBytesMax uint64
	// L0Sublevels is how many sorted runs have been flushed and not compacted; at L0SublevelsMax commits wait.
	L0Sublevels, L0SublevelsMax int
	// CompactionDebtBytes is about how much compactions have to write before all levels have their shape.
	CompactionDebtBytes uint64
	// BytesWritten is what commits have written since the store was opened, before compactions write it again.
	BytesWritten uint64
	// CompactedBytes is what flushes and compactions have written.
	CompactedBytes uint64
	CacheBytes     int64
	CacheHits      int64
	CacheMisses    int64
	// Stalled tells that a commit waits now; Stalls counts how often one began to.
	Stalled bool
	Stalls  int64
	// Ingested counts the commits that went through sorted files.
	Ingested uint64
	// Spills counts how often rows that waited in memory went into sorted files.
	Spills uint64
	// Snapshots and cursors that are open.
	Open int
}

// TableBytes is about how many bytes a table takes in files on disk. What is in memtables still is not in it: up to MemTableBytesMax of
// all tables together.
func (s *Store) TableBytes(id TableID) int64 {
	if s.wedged.Load() {
		return 0
	}
	n, err := s.db.EstimateDiskUsage(appendTable(nil, id), appendTableEnd(nil, id))
	if err != nil {
		return 0 // a figure that is not known
	}
	return int64(n)
}

// Metrics reads the figures. It costs tens of microseconds: once a tick, not once a batch.
func (s *Store) Metrics() Metrics {
	m := s.db.Metrics()
	total := m.Total()
	return Metrics{
		DiskBytes:           m.DiskSpaceUsage(),
		WALBytes:            m.WAL.PhysicalSize,
		MemTables:           int(m.MemTable.Count),
		MemTableBytes:       m.MemTable.Size,
		MemTableBytesMax:    memTablesMax * s.options.MemTableBytes,
		L0Sublevels:         int(m.Levels[0].Sublevels),
		L0SublevelsMax:      l0StopWrites,
		CompactionDebtBytes: m.Compact.EstimatedDebt,
		BytesWritten:        m.WAL.BytesWritten + total.TableBytesIngested,
		CompactedBytes:      total.TableBytesFlushed + total.TableBytesCompacted,
		CacheBytes:          m.BlockCache.Size,
		CacheHits:           m.BlockCache.Hits,
		CacheMisses:         m.BlockCache.Misses,
		Stalled:             s.health.stalled.Load(),
		Stalls:              s.health.stalls.Load(),
		Ingested:            s.ingested.Load(),
		Spills:              s.spilled.Load(),
		Open:                s.openHandles(),
	}
}
