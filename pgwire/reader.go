package pgwire

import (
	"encoding/binary"
	"errors"
	"io"
)

const (
	// readBufferBytes is the size of a connection's read buffer at rest.
	readBufferBytes = 8 << 10
	// readBufferKeep is the size up to which a buffer that a long message grew is kept for the next one.
	readBufferKeep = 64 << 10
	// headerBytes is the length of a message's type and length.
	headerBytes = 5
)

// reader cuts what arrives into messages. It never allocates for bytes that are announced, only for bytes that have arrived: a
// message of n bytes never makes it hold more than 2n. What it has read survives an error of the connection, such as a deadline.
type reader struct {
	source     io.Reader
	buf        []byte
	start, end int // buf[start:end] has arrived and is not consumed
}

func newReader(source io.Reader) *reader {
	return &reader{source: source, buf: make([]byte, readBufferBytes)}
}

// next returns n bytes and consumes them. They are borrowed until the next call. The error is that of the source, io.EOF only if it
// ended where a message ends, else io.ErrUnexpectedEOF.
func (r *reader) next(n int) ([]byte, error) {
	if err := r.fill(n); err != nil {
		return nil, err
	}
	b := r.buf[r.start : r.start+n : r.start+n]
	r.start += n
	return b, nil
}

// message returns the type and body of the next message and consumes it. The body is borrowed until the next call. limit gives
// the longest body that a type may have, or the error for a type that does not exist.
func (r *reader) message(limit func(kind byte) (int, error)) (kind byte, body []byte, err error) {
	if err := r.fill(headerBytes); err != nil {
		return 0, nil, err
	}
	kind = r.buf[r.start]
	most, err := limit(kind)
	if err != nil {
		return 0, nil, err
	}
	n := int64(binary.BigEndian.Uint32(r.buf[r.start+1:])) - 4 // the length counts itself
	if n < 0 || n > int64(most) {
		return 0, nil, errMessageLength
	}
	all, err := r.next(headerBytes + int(n))
	if err != nil {
		return 0, nil, err
	}
	return kind, all[headerBytes:], nil
}

// room is where bytes that arrive belong, empty if the first message needs a larger buffer. Who has put some there says so with arrived.
func (r *reader) room() []byte {
	switch {
	case r.start == r.end:
		r.start, r.end = 0, 0
	case r.end == len(r.buf) && r.start > 0:
		r.makeRoom(0)
	}
	return r.buf[r.end:]
}

func (r *reader) arrived(n int) { r.end += n }

// isEmpty tells whether nothing has arrived that is not consumed.
func (r *reader) isEmpty() bool { return r.start == r.end }

// peek returns the next message as message does, and does not consume it. whole is false as long as it has not arrived whole. A message
// that is none has the type 0.
func (r *reader) peek(limit func(kind byte) (int, error)) (kind byte, body []byte, whole bool) {
	b := r.buf[r.start:r.end]
	if len(b) < headerBytes {
		return 0, nil, false
	}
	most, err := limit(b[0])
	n := int64(binary.BigEndian.Uint32(b[1:])) - 4
	if err != nil || n < 0 || n > int64(most) {
		return 0, nil, true
	}
	if int64(len(b)-headerBytes) < n {
		return 0, nil, false
	}
	return b[0], b[headerBytes : headerBytes+n], true
}

// fill makes sure that n bytes are there, growing the buffer no faster than they arrive.
func (r *reader) fill(n int) error {
	if r.start == r.end {
		r.start, r.end = 0, 0
		if cap(r.buf) > readBufferKeep && n <= readBufferKeep {
			r.buf = make([]byte, readBufferBytes)
		}
	}
	for r.end-r.start < n {
		if r.end == len(r.buf) {
			r.makeRoom(n)
		}
		got, err := r.source.Read(r.buf[r.end:])
		r.end += got
		if err == nil || r.end-r.start >= n {
			continue
		}
		if errors.Is(err, io.EOF) && r.end > r.start {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}

// makeRoom makes the full buffer able to take more of the n bytes at its start: by moving them to the front, else by growing.
func (r *reader) makeRoom(n int) {
	if r.start > 0 {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
		return
	}
	grown := make([]byte, min(2*len(r.buf), max(n, readBufferBytes)))
	copy(grown, r.buf[:r.end])
	r.buf = grown
}
