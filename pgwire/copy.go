package pgwire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
)

func (r *results) CopyIn(format CopyFormat) (CopyReader, error) {
	if r.phase != phaseBegin {
		return nil, invariants.Errorf("a COPY begins before the result before it is complete")
	}
	r.phase = phaseCopyIn
	r.c.out = appendCopyResponse(r.c.out, 'G', format)
	if r.c.flush(); r.c.lost != nil {
		return nil, r.c.lost
	}
	return &copyReader{r: r}, nil
}

func (r *results) CopyOut(format CopyFormat) (func(data []byte) error, error) {
	if r.phase != phaseBegin {
		return nil, invariants.Errorf("a COPY begins before the result before it is complete")
	}
	r.phase = phaseCopyOut
	r.c.out = appendCopyResponse(r.c.out, 'H', format)
	return r.copyData, r.c.lost
}

// copyData sends one CopyData message.
func (r *results) copyData(data []byte) error {
	if r.phase != phaseCopyOut {
		return invariants.Errorf("COPY data comes outside a COPY")
	}
	if len(data) > maxRowBytes-4 {
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "COPY data of %d bytes is longer than the protocol allows", len(data))
	}
	c := r.c
	c.out = binary.BigEndian.AppendUint32(append(c.out, 'd'), uint32(len(data)+4))
	c.out = append(c.out, data...)
	if len(c.out) >= flushBytes {
		if c.flush(); c.lost == nil && r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
	}
	return c.lost
}

// appendCopyResponse appends a CopyInResponse or CopyOutResponse message, which have the same form.
func appendCopyResponse(dst []byte, kind byte, format CopyFormat) []byte {
	code := byte(textFormat)
	if format.Binary {
		code = byte(binaryFormat)
	}
	dst = binary.BigEndian.AppendUint32(append(dst, kind), uint32(7+2*format.Columns))
	dst = binary.BigEndian.AppendUint16(append(dst, code), uint16(format.Columns))
	for range format.Columns {
		dst = append(dst, 0, code)
	}
	return dst
}

// copyReader reads what a client sends for COPY ... FROM STDIN.
type copyReader struct {
	r   *results
	end error // after which nothing comes
}

func (cr *copyReader) Next() ([]byte, error) {
	if cr.end == nil && cr.r.phase != phaseCopyIn {
		cr.end = invariants.Errorf("COPY data is read outside a COPY")
	}
	if cr.end != nil {
		return nil, cr.end
	}
	data, err := cr.r.c.copyData(cr.r.ctx)
	cr.end = err
	return data, err
}

// copyData returns the body of the next CopyData message, io.EOF at CopyDone, or why there will be none.
func (c *conn) copyData(ctx context.Context) ([]byte, error) {
	for {
		kind, body, err := c.await(func() (bool, error) {
			if ctx.Err() != nil {
				return false, context.Cause(ctx)
			}
			return false, nil
		})
		switch {
		case ctx.Err() != nil && err != nil:
			return nil, err
		case err != nil:
			return nil, c.breakOff(err)
		}
		switch kind {
		case 'd':
			return body, nil
		case 'H', 'S': // a client that pipelines sends them before it knows of the COPY
			continue
		}
		if err := c.messages.decode(kind, body); err != nil {
			return nil, c.breakOff(err)
		}
		switch kind {
		case 'c':
			return nil, io.EOF
		case 'f':
			return nil, pgerr.Newf(pgerr.QueryCanceled, "COPY from stdin failed: %s", c.messages.copyFail.Message)
		case 'X':
			return nil, c.breakOff(errBye)
		default:
			return nil, c.breakOff(pgerr.Newf(pgerr.ProtocolViolation, "unexpected message type 0x%02X during COPY from stdin", kind))
		}
	}
}

// breakOff ends the connection when the running command has returned. The command gets an error that is not io.EOF: it
// must not take the end of the connection for the end of the data.
func (c *conn) breakOff(err error) error {
	c.broken = err
	return errors.Join(errClientGone, errors.New(err.Error()))
}
