package bench

import (
	"context"
	"slices"
	"time"

	"github.com/freshetdb/freshet/connector"
)

type watchedSource struct {
	connector.Source
	seen *visibility
}

func (s watchedSource) Open(ctx context.Context, start connector.Start) (connector.Reader, error) {
	r, err := s.Source.Open(ctx, start)
	if err != nil {
		return nil, err
	}
	return &watchedReader{Reader: r, seen: s.seen}, nil
}

type watchedReader struct {
	connector.Reader
	seen    *visibility
	fetched []fetched // what is not acknowledged, under the lock of seen
}

// fetched is when a piece was asked for, and where it ends.
type fetched struct {
	at  time.Time
	end connector.Offset
}

func (r *watchedReader) Fetch(limit connector.Limit) (connector.Piece, error) {
	at := time.Now()
	piece, err := r.Reader.Fetch(limit)
	if piece != nil {
		r.seen.mu.Lock()
		defer r.seen.mu.Unlock()
		r.fetched = append(r.fetched, fetched{at, piece.End()})
	}
	return piece, err
}

func (r *watchedReader) Ack(ctx context.Context, o connector.Offset) error {
	r.seen.mu.Lock()
	defer r.seen.mu.Unlock()
	n := 0
	for n < len(r.fetched) && r.fetched[n].end.Compare(o) <= 0 {
		n++
	}
	if n > 0 {
		r.seen.ticks = append(r.seen.ticks, time.Since(r.fetched[0].at))
		r.fetched = slices.Delete(r.fetched, 0, n)
	}
	return r.Reader.Ack(ctx, o)
}
