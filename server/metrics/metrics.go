// Package metrics gives a server's figures to Prometheus. It reads them when it is asked and keeps none.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Sources are where the figures come from. All are called from the goroutines of HTTP requests.
type Sources struct {
	Version string
	// Connections is the number of clients, Statements how many have run by what they do, Conflicts how many transactions were refused.
	Connections func() int
	Statements  func() map[string]int64
	Conflicts   func() int64
	// Epoch is the last published one.
	Epoch func() uint64
	// StateBytes is the memory of operators' state.
	StateBytes func() int64
	Store      func() Store
}

// Store are the figures of the store (storage.Metrics).
type Store struct {
	DiskBytes, WALBytes, MemTableBytes, CompactionDebtBytes, BytesWritten, CompactedBytes uint64
	CacheBytes, CacheHits, CacheMisses, Stalls                                            int64
	L0Sublevels, Open                                                                     int
	Ingested                                                                              uint64
}

// Metrics is a registry of its own: several servers may be in one process.
type Metrics struct{ registry *prometheus.Registry }

// New makes the metrics of a server.
func New(s Sources) *Metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&collector{s},
	)
	return &Metrics{r}
}

// Handler answers with all figures in Prometheus' text form.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// The figures. A new one is a line here and one in Collect.
var (
	buildInfo      = describe("build_info", "The version that runs; the value is 1.", "version")
	connections    = describe("connections", "Clients that are connected.")
	statements     = describe("statements_total", "Statements that were run, by what they do.", "kind")
	conflicts      = describe("transaction_conflicts_total", "Transactions that were refused because of others (SQLSTATE 40001), before reruns.")
	epoch          = describe("epoch", "Number of the last published epoch.")
	stateBytes     = describe("state_bytes", "Memory of the state of dataflows.")
	diskBytes      = describe("store_disk_bytes", "What the data folder takes on disk.")
	walBytes       = describe("store_wal_bytes", "What the write-ahead log takes on disk.")
	memtableBytes  = describe("store_memtable_bytes", "Memory of what was committed and not flushed.")
	debtBytes      = describe("store_compaction_debt_bytes", "What compactions have to write before the store has its shape.")
	writtenBytes   = describe("store_written_bytes_total", "What commits have written.")
	compactedBytes = describe("store_compacted_bytes_total", "What flushes and compactions have written.")
	cacheBytes     = describe("store_cache_bytes", "Memory of the cache of blocks.")
	cacheHits      = describe("store_cache_hits_total", "Blocks that were found in the cache.")
	cacheMisses    = describe("store_cache_misses_total", "Blocks that were read from disk.")
	sublevels      = describe("store_l0_sublevels", "Sorted runs that were flushed and not compacted.")
	stalls         = describe("store_stalls_total", "How often a commit had to wait for the disk.")
	ingested       = describe("store_ingested_total", "Commits that went through sorted files.")
	openSnapshots  = describe("store_open_snapshots", "Snapshots and cursors that are open.")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("freshet_"+name, help, labels, nil)
}

type collector struct{ sources Sources }

// Describe implements prometheus.Collector. Without descriptions the figures are checked as they come.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	gauge(buildInfo, 1, c.sources.Version)
	gauge(connections, float64(c.sources.Connections()))
	for kind, n := range c.sources.Statements() {
		counter(statements, float64(n), kind)
	}
	counter(conflicts, float64(c.sources.Conflicts()))
	gauge(epoch, float64(c.sources.Epoch()))
	gauge(stateBytes, float64(c.sources.StateBytes()))
	s := c.sources.Store()
	gauge(diskBytes, float64(s.DiskBytes))
	gauge(walBytes, float64(s.WALBytes))
	gauge(memtableBytes, float64(s.MemTableBytes))
	gauge(debtBytes, float64(s.CompactionDebtBytes))
	counter(writtenBytes, float64(s.BytesWritten))
	counter(compactedBytes, float64(s.CompactedBytes))
	gauge(cacheBytes, float64(s.CacheBytes))
	counter(cacheHits, float64(s.CacheHits))
	counter(cacheMisses, float64(s.CacheMisses))
	gauge(sublevels, float64(s.L0Sublevels))
	counter(stalls, float64(s.Stalls))
	counter(ingested, float64(s.Ingested))
	gauge(openSnapshots, float64(s.Open))
}
