package server

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/freshetdb/freshet/server/metrics"
)

// serveHTTP serves what is for those who watch.
func (s *Server) serveHTTP() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.Handle("GET /metrics", s.metrics.Handler())
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	s.web = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { // ends with Close
		if err := s.web.Serve(s.webAt); !errors.Is(err, http.ErrServerClosed) {
			s.ended <- err
		}
	}()
}

// health answers 200 while the server can read and write.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	status, code := "ok", http.StatusOK
	epoch := uint64(0)
	snapshot, err := s.runtime.Snapshot()
	if err != nil {
		status, code = err.Error(), http.StatusServiceUnavailable
	} else {
		epoch = snapshot.Epoch()
		_ = snapshot.Close() // nothing was read through it
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{ // the client may be gone
		"status": status, "version": s.config.Version, "epoch": epoch, "pid": pid(),
	})
}

// figures are what the metrics read.
func (s *Server) figures() metrics.Sources {
	return metrics.Sources{
		Version:     s.config.Version,
		Connections: s.wire.Connections,
		Statements:  s.engine.Statements,
		Conflicts:   s.engine.Conflicts,
		Epoch: func() uint64 {
			snapshot, err := s.runtime.Snapshot()
			if err != nil {
				return 0
			}
			defer func() { _ = snapshot.Close() }() // nothing was read through it
			return snapshot.Epoch()
		},
		StateBytes: s.pool.Bytes,
		Store: func() metrics.Store {
			m := s.store.Metrics()
			return metrics.Store{
				DiskBytes: m.DiskBytes, WALBytes: m.WALBytes, MemTableBytes: m.MemTableBytes, CompactionDebtBytes: m.CompactionDebtBytes,
				BytesWritten: m.BytesWritten, CompactedBytes: m.CompactedBytes, CacheBytes: m.CacheBytes, CacheHits: m.CacheHits,
				CacheMisses: m.CacheMisses, L0Sublevels: m.L0Sublevels, Stalls: m.Stalls, Ingested: m.Ingested, Open: m.Open,
			}
		},
	}
}
