package bench

import (
	"context"

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
	return watchedReader{r, s.seen}, nil
}

type watchedReader struct {
	connector.Reader
	seen *visibility
}

func (r watchedReader) Fetch(limit connector.Limit) (connector.Piece, error) {
	r.seen.fetch()
	return r.Reader.Fetch(limit)
}

func (r watchedReader) Ack(ctx context.Context, o connector.Offset) error {
	r.seen.ack()
	return r.Reader.Ack(ctx, o)
}
