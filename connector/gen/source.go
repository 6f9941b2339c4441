package gen

import (
	"context"
	"io"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// partition is the name of the one partition that a generator has. One is enough: pieces are made in parallel.
const partition = "0"

// pieceRows is how many rows a piece has: enough that taking it costs nothing, and little enough that it is made in a millisecond.
const pieceRows = 8 * batch.Rows

// source is a generator. It has no resources.
type source struct {
	what    string
	columns []column
	rows    int64
	rate    float64
	pool    connector.Pool[piece]
}

// newSource joins a table with the columns that are declared.
func newSource(what string, t *table, declared []connector.Column, rate float64) (*source, error) {
	s := &source{what: what, rows: t.rows, rate: rate}
	for _, c := range declared {
		var col column
		var err error
		switch c.Meta {
		case connector.NoMeta:
			col, err = t.find(what, c)
		case connector.MetaPartition:
			col = texts(c.Name, func(dst []byte, _ int64) []byte { return append(dst, partition...) })
		case connector.MetaOffset:
			col = ints(c.Name, types.OIDInt8, each(func(row int64) int64 { return row }))
		default:
			err = pgerr.Newf(pgerr.FeatureNotSupported, "%s has no %s to include", what, c.Meta).
				WithHint("It has partition and offset.")
		}
		if err != nil {
			return nil, err
		}
		s.columns = append(s.columns, col)
	}
	return s, nil
}

func (s *source) Traits() connector.Traits {
	return connector.Traits{Bounded: s.rows < endless, Synthetic: true, RowsPerSecond: s.rate}
}

func (s *source) Partitions(context.Context) ([]string, error) { return []string{partition}, nil }

// Decides says yes where rows that are left out cost no texts.
func (s *source) Decides(p batch.Predicate) bool { return s.columns[p.Column].known() }

// Defers says yes to what need not be made for all rows.
func (s *source) Defers(column int) bool { return s.columns[column].pick != nil }

func (s *source) Close() error { return nil }

func (s *source) Open(_ context.Context, start connector.Start) (connector.Reader, error) {
	if start.Partition != partition {
		return nil, pgerr.Newf(pgerr.InvalidParameterValue, "%s has no partition %q", s.what, start.Partition)
	}
	from, err := start.From.Number()
	if err != nil || from > uint64(s.rows) {
		return nil, pgerr.Newf(pgerr.InvalidParameterValue, "%s has no offset %x", s.what, []byte(start.From))
	}
	r := &reader{
		source: s, next: int64(from), columns: s.some(start.Columns), left: s.some(start.Left), deferred: s.some(start.Deferred),
	}
	for _, p := range start.Where {
		r.where = append(r.where, newTest(s.columns[p.Column], p))
	}
	return r, nil
}

func (s *source) some(list []int) (columns []column) {
	for _, i := range list {
		columns = append(columns, s.columns[i])
	}
	return columns
}

type reader struct {
	source  *source
	columns []column
	where   []test
	// left and deferred are as in Start.
	left, deferred []column
	next           int64
	closed         bool
}

func (r *reader) Fetch(limit connector.Limit) (connector.Piece, error) {
	if r.closed {
		return nil, pgerr.New(pgerr.InternalError, "fetch from a closed reader")
	}
	if r.next >= r.source.rows {
		return nil, io.EOF
	}
	n := int64(pieceRows)
	if limit.Rows > 0 {
		n = min(n, int64(limit.Rows))
	}
	p := r.source.pool.Get()
	p.reader = r
	p.next, p.end = r.next, min(r.next+n, r.source.rows)
	r.next = p.end
	return p, nil
}

func (r *reader) Wait(ctx context.Context) error { return ctx.Err() }

// Lag is how many rows are left, if they end.
func (r *reader) Lag() int64 {
	if r.source.rows >= endless {
		return -1
	}
	return r.source.rows - r.next
}

func (r *reader) Offset() connector.Offset                    { return connector.NumberOffset(uint64(r.next)) }
func (r *reader) Ack(context.Context, connector.Offset) error { return nil }
func (r *reader) Close() error {
	r.closed = true
	return nil
}

// piece is a range of rows.
type piece struct {
	reader *reader
	// from is the first row of what was decoded last.
	from, next, end int64
	work            picked
}

func (p *piece) End() connector.Offset { return connector.NumberOffset(uint64(p.end)) }

// Size has no bytes: rows are made when they are decoded.
func (p *piece) Size() (rows, bytes int) { return int(p.end - p.next), 0 }

func (p *piece) Decode(b, left *batch.Batch, _ connector.Report) (bool, error) {
	n := int(min(p.end-p.next, int64(batch.Rows-b.Len())))
	if r := p.reader; len(r.where) == 0 {
		for i := range r.columns {
			r.columns[i].fill(&b.Cols[i], p.next, n)
		}
		b.SetLen(b.Len() + n)
	} else {
		n = min(n, batch.Rows-left.Len())
		p.work.choose(r.where, p.next, n)
		p.work.fill(b, r.columns, p.next, n, p.work.in)
		p.work.fill(left, r.left, p.next, n, p.work.out)
	}
	p.from, p.next = p.next, p.next+int64(n)
	return p.next < p.end, nil
}

func (p *piece) Complete(columns []*batch.Vec, sel []int32) {
	for i := range p.reader.deferred {
		if columns[i] != nil {
			p.reader.deferred[i].pick(columns[i], p.from, sel)
		}
	}
}

func (p *piece) Release() {
	pool := &p.reader.source.pool
	p.reader = nil
	pool.Put(p)
}
