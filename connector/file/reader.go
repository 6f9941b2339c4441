package file

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/format"
	"github.com/freshetdb/freshet/internal/pgerr"
)

// Sizes of what is read at once, in bytes.
const (
	pieceSize    = 1 << 20   // a decoder is busy with it for half a millisecond
	minPieceSize = 512       // where a limit asks for less
	tailSize     = 4 << 10   // of a piece that is not read at once: where its last line end is looked for
	maxRowSize   = 128 << 20 // a longer row is reported and left out: it would have to be in memory as a whole
)

// errClosed is what Fetch answers after Close.
var errClosed = errors.New("fetch from a closed file reader")

// reader reads one file at a time: the one of its path, or in the midst of a rotation the one before it.
type reader struct {
	source *source
	path   string
	start  connector.Start
	pieces connector.Pool[piece]
	spaces connector.Pool[workspace]
	poll   time.Duration

	file *handle // nil: closed
	info os.FileInfo
	at   place
	head []byte // of the file, as far as it is known
	// header is the line that names the fields, without its end; nil: not read.
	header []byte
	// rotated tells that the path has another file now, so that this one has ended where it ends.
	rotated bool
	// tooLong is how much of a row of more than maxRowSize bytes has been passed over, and splitter how that ends.
	tooLong  int64
	splitter format.Splitter
	// notices go with the next piece.
	notices []connector.RowError
	// seen is the file's size before Fetch last read of it: what is written while it reads is something that it may not have found.
	seen int64
	// modified is when the file was written last before that: it may have been written anew with as many bytes.
	modified time.Time
}

func (s *source) Open(_ context.Context, start connector.Start) (connector.Reader, error) {
	at, err := parsePlace(start.From)
	if err != nil {
		return nil, err
	}
	r := &reader{source: s, path: start.Partition, start: start, poll: pollInterval, at: at, seen: -1}
	if err := r.find(); err != nil {
		return nil, err
	}
	return r, nil
}

// open makes a file the one that is read.
func (r *reader) open(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return errors.Join(ioError(f.Name(), err), f.Close())
	}
	if r.file != nil {
		_ = r.file.letGo() // it was only read from
	}
	r.file, r.info = newHandle(f), info
	r.head, r.header, r.rotated, r.tooLong, r.seen = nil, nil, false, 0, -1
	return nil
}

func (r *reader) Fetch(limit connector.Limit) (connector.Piece, error) {
	if r.file == nil {
		return nil, errClosed
	}
	for {
		if err := r.look(); err != nil {
			return nil, err
		}
		if ready, err := r.begin(); err != nil {
			return nil, err
		} else if ready {
			p, err := r.take(limit)
			if p != nil || err != nil {
				return p, err
			}
		}
		again, err := r.atEnd()
		if err != nil {
			return nil, err
		}
		if !again {
			return r.nothing()
		}
	}
}

// nothing is what Fetch answers if there is no row.
func (r *reader) nothing() (connector.Piece, error) {
	if r.source.follow {
		return nil, nil
	}
	return nil, io.EOF
}

// take reads the next whole rows; nil, nil means that there are none before the end of the file.
func (r *reader) take(limit connector.Limit) (connector.Piece, error) {
	p := r.pieces.Get()
	p.reader = r
	if done, err := r.takeUnread(p, limit); err != nil {
		r.pieces.Put(p)
		return nil, err
	} else if done {
		return p, nil
	}
	size := pieceSize
	if limit.Bytes > 0 {
		size = min(max(limit.Bytes, minPieceSize), pieceSize)
	}
	if cap(p.buffer) < size {
		p.buffer = make([]byte, 0, size)
	}
	data := p.buffer[:0]
	end := 0
	if r.tooLong == 0 {
		r.splitter = r.source.format.Splitter()
	}
	for end == 0 {
		room := data[len(data):max(size, len(data))]
		n, err := r.file.f.ReadAt(room, r.at.position+r.tooLong+int64(len(data)))
		data = data[:len(data)+n]
		if r.tooLong > 0 {
			end = r.splitter.Split(data, 1)
		} else {
			end = r.splitter.Split(data, limit.Rows)
		}
		switch {
		case end > 0:
		case err == io.EOF:
			if r.tooLong > 0 && r.source.follow && !r.rotated {
				r.tooLong += int64(len(data))
				r.splitter.Forget()
			}
			if len(data) == 0 && r.tooLong == 0 || r.source.follow && !r.rotated {
				r.pieces.Put(p)
				return nil, nil
			}
			if end = len(data); end == 0 { // the last row, without a line end
				return r.passTooLong(p, nil, 0), nil
			}
		case err != nil:
			r.pieces.Put(p)
			return nil, ioError(r.path, err)
		case len(data) >= maxRowSize || r.tooLong > 0:
			r.tooLong += int64(len(data))
			r.splitter.Forget()
			data = data[:0]
		case len(data) == size:
			size *= 2
			data = append(make([]byte, 0, size), data...)
			p.buffer = data[:0]
		}
	}
	if r.tooLong > 0 {
		return r.passTooLong(p, data, end), nil
	}
	r.fill(p, data[:end])
	return p, nil
}

// takeUnread makes a piece of the next rows without reading them: only its end is looked at. That is not possible (done is false) where rows have
// to be counted, where a line end may be within a row, near the end of the file, and before the fingerprint of its beginning is complete.
func (r *reader) takeUnread(p *piece, limit connector.Limit) (done bool, err error) {
	size := pieceSize
	if limit.Bytes > 0 {
		size = min(limit.Bytes, pieceSize)
	}
	if limit.Rows > 0 || size < 2*blockSize || r.tooLong > 0 || r.at.headLength < headSize || !r.source.format.Lines() {
		return false, nil
	}
	var tail [tailSize]byte
	n, err := r.file.f.ReadAt(tail[:], r.at.position+int64(size)-tailSize)
	if n < tailSize && err != io.EOF {
		return false, ioError(r.path, err)
	}
	last := bytes.LastIndexByte(tail[:n], '\n')
	if n < tailSize || last < 0 {
		return false, nil
	}
	p.file, p.at, p.unread = r.file.hold(), r.at.position, size-tailSize+last+1
	r.fill(p, nil)
	r.at.position += int64(p.unread)
	p.end = r.at
	return true, nil
}

// passTooLong makes a piece without rows, which reports the row that is too long and ends behind it.
func (r *reader) passTooLong(p *piece, data []byte, end int) *piece {
	r.notice(pgerr.Newf(pgerr.ProgramLimitExceeded, "row is longer than %d bytes", maxRowSize), data[:end])
	r.at.position += r.tooLong
	r.tooLong = 0
	r.fill(p, data[:end])
	p.done = len(p.chunk.Data)
	return p
}

// fill makes a piece of rows, and moves on.
func (r *reader) fill(p *piece, data []byte) {
	p.chunk = format.Chunk{Partition: r.path, Offset: r.rowOffset(), Data: data, Header: r.header}
	p.done = 0
	p.notices, r.notices = r.notices, nil
	r.at.position += int64(len(data))
	r.updateHead(data)
	p.end = r.at
}

// rowOffset is the offset of a row that begins here.
func (r *reader) rowOffset() int64 { return int64(r.at.generation)<<generationShift + r.at.position }

// notice keeps a message for the next piece.
func (r *reader) notice(e *pgerr.Error, sample []byte) {
	r.notices = append(r.notices, connector.RowError{
		Partition: r.path, Offset: r.rowOffset(), Err: e, Sample: bytes.Clone(connector.Sample(sample)),
	})
}

// begin reads what stands before the rows: a mark of the encoding, the names of the fields. It answers false if they are
// not there yet.
func (r *reader) begin() (ready bool, err error) {
	if r.at.position > 0 && (r.header != nil || !r.source.format.Header()) {
		return true, nil
	}
	var mark [3]byte
	n, err := r.file.f.ReadAt(mark[:], 0)
	if err != nil && err != io.EOF {
		return false, ioError(r.path, err)
	}
	first := int64(0)
	if n == 3 && string(mark[:]) == "\xEF\xBB\xBF" {
		first = 3
	}
	if r.source.format.Header() {
		size, err := r.readHeader(first)
		if size == 0 || err != nil {
			return false, err
		}
		first += size
	}
	if r.at.position < first {
		r.at.position = first
		r.head = nil
		return true, r.readHead()
	}
	return true, nil
}

// readHeader reads the line at the beginning of the rows, and answers its size; 0: it is not there.
func (r *reader) readHeader(from int64) (int64, error) {
	s := r.source.format.Splitter()
	data := make([]byte, 0, 1<<12)
	for len(data) < maxRowSize {
		n, err := r.file.f.ReadAt(data[len(data):cap(data)], from+int64(len(data)))
		data = data[:len(data)+n]
		end := s.Split(data, 1)
		if end == 0 && err == io.EOF && (!r.source.follow || r.rotated) {
			end = len(data)
		}
		if end > 0 {
			r.header = bytes.TrimRight(data[:end], "\r\n")
			return int64(end), nil
		}
		if err == io.EOF {
			return 0, nil
		}
		if err != nil {
			return 0, ioError(r.path, err)
		}
		data = append(make([]byte, 0, 2*cap(data)), data...)
	}
	return 0, pgerr.Newf(pgerr.ProgramLimitExceeded, "the header of %q is longer than %d bytes", r.path, maxRowSize)
}

func (r *reader) Wait(ctx context.Context) error {
	if !r.source.follow || r.file == nil {
		return ctx.Err()
	}
	timer := time.NewTimer(r.poll)
	defer timer.Stop()
	for !r.changed() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			timer.Reset(r.poll)
		}
	}
	return nil
}

// changed tells whether Fetch may find something that it did not find before.
func (r *reader) changed() bool {
	info, err := r.file.f.Stat()
	if err != nil || info.Size() != r.seen || !info.ModTime().Equal(r.modified) {
		return true // Fetch will say what is wrong
	}
	now, err := os.Stat(r.path)
	return err == nil && !os.SameFile(now, r.info)
}

func (r *reader) Offset() connector.Offset { return r.at.append(nil) }

func (r *reader) Ack(context.Context, connector.Offset) error { return nil }

func (r *reader) Close() error {
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.letGo()
}
