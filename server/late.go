package server

import (
	"context"
	"time"
)

// How long late rows are kept, and how often those that are older are deleted.
const (
	lateKept   = 24 * time.Hour
	lateSweeps = 10 * time.Minute
)

// sweepLate deletes old late rows from time to time, until the server ends.
func (s *Server) sweepLate() {
	ctx, cancel := context.WithCancel(context.Background())
	s.sweeping, s.swept = cancel, make(chan struct{})
	go func() {
		defer close(s.swept)
		tick := time.NewTicker(lateSweeps)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := s.TrimLate(ctx, time.Now().Add(-lateKept)); err != nil && ctx.Err() == nil {
					s.config.Logger.Warn("old late rows were not deleted", "error", err)
				}
			}
		}
	}()
}

// TrimLate deletes the late rows that came before a time. The server itself does so for those that are older than a day.
func (s *Server) TrimLate(ctx context.Context, before time.Time) error {
	return s.engine.TrimLate(ctx, before)
}
