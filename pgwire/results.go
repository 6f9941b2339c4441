package pgwire

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// phase is what the client expects next of a statement.
type phase uint8

const (
	phaseBegin phase = iota // a result of any kind
	phaseRows
	phaseCopyIn
	phaseCopyOut
)

// results is the Out of a text or of a portal.
type results struct {
	c        *conn
	ctx      context.Context // of the call that the results are made in
	extended bool            // a portal: the client knows the columns
	formats  []int16
	encoder  rowEncoder
	phase    phase
	ended    int    // statements that are complete
	tag      string // of the last of them

	limit     int64       // rows until the portal is suspended, 0 for no limit
	sent      int64       // rows since it was run, or run on
	suspend   func() bool // waits until the portal is run on, with sent and limit set anew; false: it has been closed
	suspended bool        // ever
	closed    bool
}

// reset makes r the results of something else, and keeps its memory.
func (r *results) reset(ctx context.Context, extended bool, formats []int16) {
	*r = results{c: r.c, ctx: ctx, extended: extended, formats: formats, encoder: rowEncoder{columns: r.encoder.columns}}
}

func (r *results) Columns(columns []Column) error {
	if r.phase != phaseBegin {
		return invariants.Errorf("a result begins before the one before it is complete")
	}
	if !r.extended {
		r.c.out = appendRowDescription(r.c.out, columns, r.formats)
	}
	if r.extended && len(r.formats) > 1 && len(r.formats) != len(columns) {
		return invariants.Errorf("a portal with %d result formats has %d columns", len(r.formats), len(columns))
	}
	r.encoder.reset(columns, r.formats, r.c.settings())
	r.phase = phaseRows
	return r.c.lost
}

func (r *results) Rows(b *batch.Batch) error {
	if r.closed {
		return ErrPortalClosed
	}
	if r.phase != phaseRows {
		return invariants.Errorf("rows come before their columns")
	}
	if err := r.encoder.check(b); err != nil {
		return err
	}
	chunk := r.encoder.chunk(b)
	for i := 0; i < b.Len(); {
		n, times := min(chunk, b.Len()-i), int64(1)
		if len(b.Diff) > 0 {
			n, times = 1, b.Diff[i]
			if times <= 0 {
				return invariants.Errorf("row %d of a result has multiplicity %d", i, times)
			}
		}
		if r.limit > 0 {
			n = int(min(int64(n), r.limit-r.sent))
		}
		for ; times > 0; times-- {
			if err := r.rows(b, i, i+n); err != nil {
				return err
			}
		}
		i += n
	}
	return nil
}

// rows sends the rows from to to-1, which are not more than the limit allows.
func (r *results) rows(b *batch.Batch, from, to int) error {
	c := r.c
	var err error
	if c.out, err = r.encoder.appendRows(c.out, b, from, to); err != nil {
		return err
	}
	if len(c.out) >= flushBytes {
		if c.flush(); c.lost != nil {
			return c.lost
		}
		if r.ctx.Err() != nil { // a client that reads slowly need not read on to cancel
			return context.Cause(r.ctx)
		}
	}
	r.sent += int64(to - from)
	if r.sent == r.limit {
		r.suspended = true
		if !r.suspend() {
			r.closed = true
			return ErrPortalClosed
		}
	}
	return nil
}

func (r *results) Complete(tag string) error {
	if r.phase == phaseCopyOut {
		r.c.out = append(r.c.out, 'c', 0, 0, 0, 4)
	}
	r.phase = phaseBegin
	r.ended++
	r.tag = tag
	if r.suspended {
		tag = countTag(tag, r.sent)
	}
	r.c.complete(tag)
	return r.c.lost
}

func (r *results) Notice(severity Severity, notice *pgerr.Error) error {
	message := pgproto3.NoticeResponse(*errorMessage(severity, notice))
	r.c.send(&message)
	r.c.flush() // what it says may be about what takes so long
	return r.c.lost
}

func (r *results) Flush() error {
	r.c.flush()
	return r.c.lost
}

// complete sends a CommandComplete message.
func (c *conn) complete(tag string) {
	n := len(tag) + 5
	c.out = append(c.out, 'C', byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	c.out = append(append(c.out, tag...), 0)
}

// countTag is a command tag with another number of rows: a portal that runs in pieces reports those of the piece.
func countTag(tag string, rows int64) string {
	i := strings.LastIndexByte(tag, ' ')
	if _, err := strconv.ParseUint(tag[i+1:], 10, 64); err != nil {
		return tag
	}
	return tag[:i+1] + strconv.FormatInt(rows, 10)
}

// settings are those that text forms depend on.
func (c *conn) settings() *types.Settings {
	if s, ok := c.session.(Settled); ok {
		return s.Settings()
	}
	return types.DefaultSettings
}
